import os
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from boxes import encryption
from boxes.encryption import Undecryptable
from boxes.key_sets import new_key_set, parse_key_set
from boxes.management.answers import AnsweringCommand
from boxes.models import Content, LogEntry
from boxes.sealed import reseal, sealed_fields
from boxes.sign_in import second_factor


class Command(AnsweringCommand):
    help = (
        "Go over to the first key of the set. First put a new key in front (--new where the set "
        "is kept in var/, else in the environment) and restart every process; then run this."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("kind", choices=("content", "tokens"))
        parser.add_argument(
            "--new", action="store_true", help="put a fresh key in front of the set kept in var/"
        )

    def handle(self, *args, **options) -> None:
        if options["new"]:
            self._put_in_front(options)
        elif options["kind"] == "tokens":
            self._tokens(options)
        else:
            self._content(options)

    def _put_in_front(self, options) -> None:
        name = {"content": "content_keys", "tokens": "token_keys"}[options["kind"]]
        path = settings.DATA_DIR / "secrets" / name
        held = getattr(settings, name.upper())
        if not path.exists() or parse_key_set(name, path.read_text()) != held:
            raise CommandError(
                f"{name.upper()} comes from the environment: put the key that newkey prints in "
                "front of it there, and keep the others behind it."
            )
        fresh = new_key_set()
        _replace(path, f"{fresh},{path.read_text().strip()}")
        key_id = fresh.partition(":")[0]
        LogEntry.objects.record("change", detail=f"{name.upper()}: new key {key_id}")
        sentence = (
            f"{key_id} stands in front in {path}. Restart, then run rotatekeys without --new."
        )
        self.answer(options, {"key": key_id}, sentence)

    def _tokens(self, options) -> None:
        """Nothing stored is under a token key: the first signs from the restart on."""
        first, *others = settings.TOKEN_KEYS
        sentence = f"{first} signs."
        if others:
            sentence += (
                f" {', '.join(others)} may be removed an hour after the restart that put {first} "
                "in front: no token lives longer."
            )
        self.answer(options, {"key": first, "removable": others}, sentence)

    def _content(self, options) -> None:
        first, *others = settings.CONTENT_KEYS
        resealed, faults = _reseal_contents()
        for model, field in sealed_fields():
            count, wrong = reseal(model, field)
            resealed += count
            faults += wrong
        count, wrong = second_factor.reseal()
        resealed += count
        faults += wrong
        LogEntry.objects.record("change", detail=f"{resealed} values went over to key {first}")
        facts = {
            "key": first,
            "resealed": resealed,
            "removable": [] if faults else others,
            "faults": faults,
        }
        sentence = f"{resealed} values went over to key {first}."
        if others and not faults:
            sentence += (
                f" {', '.join(others)} may be removed, once every process was restarted with "
                f"{first} in front and this command found nothing more to do."
            )
        self.answer(options, facts, "\n".join([sentence, *faults]))
        if faults:
            raise CommandError("Some values could not be read; keep every key.")


def _reseal_contents() -> tuple[int, list[str]]:
    """Each content that is not under the current key, one short transaction at a time."""
    count, last, faults = 0, 0, []
    behind = Content.objects.exclude(key_id=encryption.current_key_id()).order_by("pk")
    while content := behind.filter(pk__gt=last).first():
        last = content.pk
        try:
            content.reseal()
        except (Undecryptable, OSError) as error:
            faults.append(f"Content {content.pk}: {error}")
        else:
            count += 1
    return count, faults


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.touch(mode=0o600)
    fresh.write_text(text)
    os.replace(fresh, path)
