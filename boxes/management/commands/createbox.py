from django.core.management.base import CommandParser
from django.db import transaction

from boxes.management.answers import AnsweringCommand, cleaned
from boxes.models import Box, LogEntry, Organization


class Command(AnsweringCommand):
    help = "Make a box. Its name is its address: lowercase letters and digits."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name")
        parser.add_argument("--organization", help="who owns it; made when there is none yet")
        parser.add_argument("--display-name", default="", help="what people see")

    @transaction.atomic
    def handle(self, *args, **options) -> None:
        organization = None
        if options["organization"]:
            organization, _ = Organization.objects.get_or_create(name=options["organization"])
        box = Box(
            name=options["name"],
            display_name=options["display_name"],
            organization=organization,
        )
        cleaned(box).save()
        LogEntry.objects.record("add", box=box)
        facts = {
            "name": box.name,
            "displayName": box.display_name,
            "organization": organization.name if organization else None,
        }
        self.answer(options, facts, f"The box “{box.name}” is there.")
