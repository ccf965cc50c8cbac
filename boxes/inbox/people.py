"""To whom one can write: boxes that chose to be listed, and whom this box wrote with before."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

from django.conf import settings
from django.db.models import Q
from django.utils.module_loading import import_string

from boxes.inbox.forms import is_letter
from boxes.models import Box, Correspondent, User
from boxes.words import folded

# What parts one recipient from the next; each separator of lines is a space too. A sign that
# turns the direction of writing would let the next address be read as another.
_PARTING = re.compile(r"[<>,;\s\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
MOST_FOUND = 8
MOST_OFFERED = 50


@dataclass(frozen=True)
class Person:
    """``about`` is the organization; ``number`` how often one wrote with them before."""

    address: str
    name: str
    about: str = ""
    number: int = 0

    @property
    def line(self) -> str:
        """As it is written into the field of recipients."""
        return in_line(self.address, self.name)

    @property
    def shown(self) -> str:
        return " · ".join(dict.fromkeys(filter(None, (self.name, self.about, self.address))))


def in_line(address: str, name: str) -> str:
    """One recipient, whatever its sender called itself; empty where the address would be read as
    several."""
    if is_letter(address):  # names whom it is for itself
        return address if len(address.splitlines()) == 1 else ""
    if _PARTING.search(address):
        return ""
    plain = " ".join(_PARTING.sub(" ", name).split())
    return f"{plain} <{address}>" if plain and plain != address else address


def in_field(lines: Iterable[str]) -> str:
    """Recipients after each other; a letter's signs part, so it has a line of its own."""
    found = [line for line in lines if line]
    between = "\n" if any(is_letter(line) for text in found for line in text.splitlines()) else ", "
    return between.join(found)


def told(box: Box, people: list[Person]) -> list[dict]:
    """Each with the road that a message would take, whether it is safe, and what keeps it; those
    whom none can reach come last."""
    roads = import_string(settings.ROADS_TOLD)([person.address for person in people], box)
    found = [
        {**asdict(person), **road, "shown": person.shown, "line": person.line}
        for person, road in zip(people, roads, strict=True)
    ]
    return sorted(found, key=lambda one: bool(one["sentence"]))


def found_by(box: Box, user: User, words: str) -> list[Person]:
    """Those in whom each word occurs: earlier ones first, by how often, then listed boxes."""
    asked = folded(words).split()
    return _together(box, user, asked, MOST_FOUND) if asked else []


def offered(box: Box, user: User) -> list[Person]:
    """To choose from without a search."""
    return _together(box, user, [], MOST_OFFERED)


def _together(box: Box, user: User, asked: list[str], most: int) -> list[Person]:
    boxes = {person.address: person for person in _listed(box, asked, most)}
    earlier = _earlier(box, asked, most) if box.allows(user, "read") else []
    known = [
        Person(item.address, item.name, boxes[item.address].about, item.number)
        if item.address in boxes
        else item
        for item in earlier
    ]
    names = {person.address for person in known}
    return [*known, *(one for address, one in boxes.items() if address not in names)][:most]


def _earlier(box: Box, asked: list[str], most: int) -> list[Person]:
    rows = Correspondent.objects.known_to(box)
    for word in asked:
        rows = rows.filter(search_text__contains=word)
    names = ("address", "name", "number")
    found = [Person(address, name, "", n) for address, name, n in rows.values_list(*names)[:most]]
    return _by_own_names(found)


def _by_own_names(people: list[Person]) -> list[Person]:
    """A box of this installation goes by its own name: a sender calls itself what it likes."""
    boxes = {person.address: _box_named_in(person.address) for person in people}
    titles = {box.name: box.title for box in Box.objects.filter(name__in=boxes.values())}
    return [
        replace(person, name=titles.get(boxes[person.address], person.name)) for person in people
    ]


def _box_named_in(address: str) -> str:
    name, at, domain = address.rpartition("@")
    here = at and domain.casefold() == settings.MAIL_DOMAIN.casefold()
    return name.casefold() if here else address


def _listed(box: Box, asked: list[str], most: int) -> list[Person]:
    rows = Box.objects.filter(listed=True, state=Box.State.OPEN).exclude(pk=box.pk)
    for word in asked:
        rows = rows.filter(
            Q(name__icontains=word)
            | Q(display_name__icontains=word)
            | Q(organization__name__icontains=word)
        )
    return [
        Person(item.name, item.title, item.organization.name if item.organization else "")
        for item in rows.select_related("organization").order_by("display_name", "name")[:most]
    ]
