"""What the fields of a label offer: names, and values that messages of the box carry already.

A value that tells one patient from another must never be one keystroke away from another
patient's message: a name or number is offered only where messages about the same patient, by
number, carry it and agree.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from boxes.inbox.patients import number_of
from boxes.models import Box, Message, Property
from boxes.models.property import Use
from boxes.summary import names_a_citizen
from boxes.words import folded, words_of

MOST = 20
# So many of the newest messages are looked through for what is common.
WINDOW = 100
# So many of the newest messages about the same patient.
SAME = 50
# A name with one of these in it says whom a message is about.
ABOUT_SOMEBODY = (
    "bsn patient client naam name geboren geboorte born birth dossier record pid zis epd ehr "
    "nummer number insz ssn burger citizen persoon person"
).split()
MOST_DIGITS = 3


@dataclass(frozen=True)
class Offer:
    """A value for the label of this name."""

    name: str
    value: str


def names_for(box: Box) -> list[str]:
    return Property.objects.names_in(box)


def values_for(box: Box, name: str, about: Message | None) -> list[str]:
    """For one name, from its newest uses: the same patient's first, then the most used."""
    uses = Property.objects.newest_uses(box, name)
    return offered(name, uses, same_patients(about).get(name, [])) if uses else []


def offers_for(message: Message) -> list[Offer]:
    """For the names that are common in the box, so that a page can offer without script."""
    by_name = defaultdict(list)
    newest = Message.objects.in_box(message.box).order_by("-id").values("pk")[:WINDOW]
    for use in Property.objects.uses_on(newest):
        by_name[use.name].append(use)
    same = same_patients(message)
    return [
        Offer(name, value)
        for name in sorted(
            by_name.keys() | same.keys(), key=lambda name: (-len(by_name[name]), name)
        )
        for value in offered(name, by_name[name], same.get(name, []))[:MOST]
    ]


def same_patients(message: Message | None) -> dict[str, list[str]]:
    """By name, what other messages carry that name this patient's number in a fixed place."""
    if message is None or message.identity != "one" or not number_of(message):
        return {}
    # That it is not empty is said again: else no database sees that the index serves.
    numbered = Message.objects.filter(~Q(patient_hash=""), box=message.box_id, identity="one")
    others = numbered.filter(patient_hash=message.patient_hash)
    keys = others.exclude(pk=message.pk).order_by("-id").values("pk")[:SAME]
    found = defaultdict(list)
    for use in Property.objects.uses_on(keys):
        found[use.name].append(use.value)
    return found


def offered(name: str, uses: Iterable[Use], same: list[str]) -> list[str]:
    by_value = defaultdict(list)
    for use in uses:
        by_value[use.value].append(use)
    common = sorted(by_value, key=lambda value: -len(by_value[value]))
    agreed = list(dict.fromkeys(same))
    if says_who(name):
        return [value for value in agreed if value] if len(agreed) == 1 else []
    shared = [value for value in common if is_shared(value, by_value[value])]
    mine = [value for value in agreed if value and not tells_apart(value)]
    return list(dict.fromkeys([*mine, *shared]))[:MOST]


def says_who(name: str) -> bool:
    plain = folded(name)
    return any(part in plain for part in ABOUT_SOMEBODY)


def tells_apart(value: str) -> bool:
    """Whether it looks like a number, a date of birth or the like."""
    digits = sum(letter.isdigit() for letter in value)
    return digits > MOST_DIGITS or names_a_citizen(value)


def is_shared(value: str, uses: list[Use]) -> bool:
    """Whether it is a word of this box, and of nobody in particular: on messages about several
    patients, or on several that name none."""
    if not value or tells_apart(value):
        return False
    words = set(words_of(value))
    if any(words and words <= set(use.patient_words.split()) for use in uses):
        return False  # somebody's name
    patients = {use.patient for use in uses if use.patient}
    return len(patients) > 1 or (not patients and len(uses) > 1)
