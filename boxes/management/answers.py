"""How the commands answer: sentences for a person, or one line of JSON for a script."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation


class AnsweringCommand(BaseCommand):
    """A command that ends with one answer; ``--json`` prints it as a single line."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="answer with one line of JSON")

    def execute(self, *args, **options) -> str | None:
        """Operators read English, whatever language the service speaks to its users."""
        with translation.override("en"):
            return super().execute(*args, **options)

    def answer(self, options: dict[str, Any], facts: dict[str, Any], sentence: str) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(facts, ensure_ascii=False))
        else:
            self.stdout.write(sentence)


def cleaned(row):
    """The row when it is valid; else the command ends with what is wrong, and nothing is stored."""
    try:
        row.full_clean()
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
    return row
