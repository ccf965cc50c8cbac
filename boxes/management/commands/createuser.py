import secrets
import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from boxes.management.answers import AnsweringCommand, cleaned
from boxes.models import LogEntry, Organization, User


class Command(AnsweringCommand):
    help = "Make a user. Without --password-stdin a password is drawn and printed this once."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name", help="the name to sign in with")
        parser.add_argument("--first-name", default="")
        parser.add_argument("--last-name", default="")
        parser.add_argument("--email", default="")
        parser.add_argument("--organization", help="made when there is none yet")
        parser.add_argument("--staff", action="store_true", help="may open the admin")
        parser.add_argument(
            "--superuser", action="store_true", help="may do everything in the admin"
        )
        parser.add_argument(
            "--auditor", action="store_true", help="may search and export the log, in the admin"
        )
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )

    @transaction.atomic
    def handle(self, *args, **options) -> None:
        user = User(
            username=options["name"],
            first_name=options["first_name"],
            last_name=options["last_name"],
            email=options["email"],
            is_staff=options["staff"] or options["superuser"] or options["auditor"],
            auditor=options["auditor"],
            is_superuser=options["superuser"],
        )
        if options["organization"]:
            user.organization, _ = Organization.objects.get_or_create(name=options["organization"])
        drawn = "" if options["password_stdin"] else secrets.token_urlsafe(15)
        user.set_password(drawn or _typed(user))
        cleaned(user).save()
        LogEntry.objects.record("add", detail=f"user {user.username}")
        facts = {"name": user.username, "password": drawn or None}
        sentence = f"The user “{user.username}” is there."
        if drawn:
            sentence += f" Password, shown this once: {drawn}"
        self.answer(options, facts, sentence)


def _typed(user: User) -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
    return password
