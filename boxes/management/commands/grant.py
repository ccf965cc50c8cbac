from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from boxes.management import grants
from boxes.management.answers import AnsweringCommand
from boxes.models import LogEntry, User


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
        held = grants.rights_of(grants.grant(box, rights, user=user))
        LogEntry.objects.record(
            "change", box=box, detail=f"{user.username} may {', '.join(rights)}"
        )
        facts = {"user": user.username, "box": box.name, "rights": held}
        self.answer(options, facts, f"{user.username} may now {', '.join(held)} in {box.name}.")
