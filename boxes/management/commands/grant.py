from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from boxes.management import grants
from boxes.management.answers import AnsweringCommand
from boxes.models import Access, LogEntry, User


class Command(AnsweringCommand):
    help = "Let a user read, send, deliver or manage a box."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("user")
        parser.add_argument("box")
        parser.add_argument("right", help="one of them, or several: read,send")

    @transaction.atomic
    def handle(self, *args, **options) -> None:
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user “{options['user']}”. Make one with createuser.")
        box, rights = grants.box_named(options["box"]), grants.rights_in(options["right"])
        earlier = Access.objects.filter(box=box, user=user).first()
        anew = earlier is not None and earlier.has_ended
        access = grants.grant(box, rights, user=user)
        held, period = grants.rights_of(access), grants.period_of(access, anew=anew)
        again = " anew" if anew else ""
        LogEntry.objects.record(
            "change", box=box, detail=f"{user.username} may{again} {', '.join(rights)}"
        )
        facts = {
            "user": user.username,
            "box": box.name,
            "rights": held,
            "since": access.since.isoformat(),
            "until": access.until.isoformat() if access.until else None,
        }
        said = f"{user.username} may now {', '.join(held)} in {box.name}.{period}"
        self.answer(options, facts, said)
