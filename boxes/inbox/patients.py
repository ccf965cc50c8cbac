"""All messages of a box about the patient of one of them.

Who has the same number is the same patient, where its check digit is right: what merely fills the
field, as nine noughts, is none. A message without a number counts by exactly the
same name and date of birth, unless those belong to several numbers: then nobody can tell whose
it is, and it is left out.
"""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from boxes.models import Box, Message, Property
from boxes.summary import names_a_citizen, patient_hash

MOST = 500
# Names have no index: so many of the newest messages are looked through.
WINDOW = 5000


@dataclass(frozen=True)
class Found:
    """``keys`` newest first; ``doubtful`` when messages were left out because several patients
    share the name and the date of birth."""

    keys: list[int]
    doubtful: bool


def can_be_found(message: Message) -> bool:
    """Whether it says well enough who it is about."""
    named = message.patient_name and len(message.patient_birth) == len("2000-01-01")
    return message.identity == "one" and bool(number_of(message) or named)


def number_of(message: Message) -> str:
    """What its patient's number is found by; empty where it names none, or what cannot be one."""
    return message.patient_hash if names_a_citizen(message.bsn) else ""


def of_same_patient(message: Message) -> Found:
    number = number_of(message)
    named = dict(_named_alike(message).values_list("pk", "patient_hash"))
    numbers = {found for found in named.values() if found}
    doubtful = bool(numbers - {number}) if number else len(numbers) > 1
    alike = {pk for pk, found in named.items() if found in ("", number) or not number}
    if doubtful:
        alike = set() if number else {pk for pk, found in named.items() if not found}
    by_number = numbered(message.box, message.bsn) if number else []
    keys = {message.pk, *alike, *by_number}
    return Found(sorted(keys, reverse=True)[:MOST], doubtful)


def _named_alike(message: Message) -> QuerySet[Message]:
    rows = Message.objects.filter(box=message.box_id).order_by("-pk")
    if not (message.patient_words and len(message.patient_birth) == len("2000-01-01")):
        return rows.none()
    floor = list(rows.values_list("pk", flat=True)[WINDOW - 1 : WINDOW])
    same = {"patient_words": message.patient_words, "patient_birth": message.patient_birth}
    return rows.filter(identity="one", pk__gte=floor[0] if floor else 0, **same)


def numbered(box: Box, number: str) -> list[int]:
    """The newest that name the patient's number in a fixed place, or that somebody labelled with
    it."""
    messages = Message.objects.filter(~Q(patient_hash=""), box=box)
    named = messages.filter(patient_hash=patient_hash(number))
    labelled = Property.objects.filter(box=box, name__in=("bsn", "BSN"), value=number.zfill(9))
    return [
        *named.order_by("-pk").values_list("pk", flat=True)[:MOST],
        *labelled.order_by("-message_id").values_list("message_id", flat=True)[:MOST],
    ]
