"""HL7 v2 as text: separators, segments, fields and escapes, with a memory of what has been read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from viewer.clinical import Row, Unreadable
from viewer.readers import charset
from viewer.readers.limits import KIB, check_count

SEGMENTS, PARTS, EXPANSION = 20_000, 2_000, 64 * KIB
DELETED = '""'  # "delete the value that you have", which is not the same as empty
LAYOUT = {".fi": "", ".nf": "", ".ce": "\n", ".br": "\n", "H": "", "N": ""}
REPEATED = {".sp": "\n", ".sk": " ", ".in": "", ".ti": ""}


@dataclass(frozen=True)
class Separators:
    """MSH-1 and MSH-2."""

    field: str
    component: str
    repetition: str
    escape: str
    part: str

    @classmethod
    def of(cls, header: str) -> Separators:
        field = header[3:4]
        declared = header[4:].partition(field)[0] if field else ""
        marks = field + declared
        if (
            len(declared) not in (4, 5)
            or len(set(marks)) != len(marks)
            or not all(map(usable, marks))
        ):
            raise Unreadable("separators_impossible")
        return cls(field, *declared[:4])

    def escapes(self) -> dict[str, str]:
        return {
            "F": self.field,
            "S": self.component,
            "T": self.part,
            "R": self.repetition,
            "E": self.escape,
        }


def usable(mark: str) -> bool:
    """A separator is a printable sign; one that opens markup is an attack rather than a choice."""
    return mark.isprintable() and not mark.isalnum() and not mark.isspace() and mark not in "<>"


class Segment:
    """One line; fields, repetitions and components count from 1. MSH-1 is the separator itself."""

    def __init__(self, text: str, separators: Separators):
        self.separators = separators
        marks = f"[{re.escape(separators.field + separators.component + separators.repetition)}]"
        check_count(len(re.findall(marks, text)), PARTS)
        self.tag, *fields = text.split(separators.field)
        if self.tag in ("MSH", "FHS", "BHS"):
            fields = [separators.field, *fields]
        self.fields = [
            [field]
            if self.tag in ("MSH", "FHS", "BHS") and number < 2
            else field.split(separators.repetition)
            for number, field in enumerate(fields)
        ]
        self._taken: set[tuple[int, int, int]] = set()

    def repetitions(self, field: int) -> list[list[str]]:
        """A field's repetitions as components, still escaped and not yet taken."""
        if field > len(self.fields):
            return []
        return [one.split(self.separators.component) for one in self.fields[field - 1] if one]

    def raw(self, field: int, component: int = 1, repetition: int = 1) -> str:
        """One component, still escaped."""
        self._taken.add((field, repetition, component))
        try:
            one = self.fields[field - 1][repetition - 1]
            return one.split(self.separators.component)[component - 1]
        except IndexError:
            return ""

    def peeked(self, field: int, component: int) -> list[str]:
        """A component of each repetition, not yet taken."""
        found = [one[component - 1 : component] for one in self.repetitions(field)]
        return [part.strip() for one in found for part in one]

    def take(self, field: int, component: int = 1, repetition: int = 1) -> str:
        """One component as text, its parts joined as they are shown; deleted values are empty."""
        text = self.raw(field, component, repetition)
        return "" if text == DELETED else self.text(text).strip()

    def take_code(
        self, field: int, component: int, repetition: int = 1, *, among: frozenset[str]
    ) -> None:
        """Say of a component that it need not be shown, if it holds one of these codes."""
        found = self.repetitions(field)[repetition - 1 : repetition]
        if found and "".join(found[0][component - 1 : component]).strip().upper() in among:
            self._taken.add((field, repetition, component))

    def parts(self, field: int, component: int = 1, repetition: int = 1) -> list[str]:
        """The sub-components of a component."""
        text = self.raw(field, component, repetition)
        return [self.text(part).strip() for part in text.split(self.separators.part)]

    def components(self, field: int, repetition: int = 1) -> list[str]:
        found = self.repetitions(field)
        count = len(found[repetition - 1]) if repetition <= len(found) else 0
        return [self.take(field, number, repetition) for number in range(1, count + 1)]

    def text(self, escaped: str) -> str:
        return unescape(escaped, self.separators)

    def coded(self, field: int, repetition: int = 1) -> tuple[str, str]:
        """The words and the code of a coded field; its code list stays with the other data."""
        code, words = self.take(field, 1, repetition), self.take(field, 2, repetition)
        return words or self.take(field, 9, repetition) or code, code

    def take_all(self, *fields: int) -> None:
        """Say of fields that only count for machines that they need not be shown."""
        for field in fields:
            self.components(field)

    def rest(self) -> list[Row]:
        """Every component that nobody took, labelled by its place."""
        rows = []
        for field in range(1, len(self.fields) + 1):
            for number, components in enumerate(self.fields[field - 1], 1):
                for place, raw in enumerate(components.split(self.separators.component), 1):
                    if raw not in ("", DELETED) and (field, number, place) not in self._taken:
                        rows.append(Row(label=f"{self.tag}-{field}.{place}", value=self.text(raw)))
        return rows

    def cells(self) -> tuple[str, ...]:
        """The segment as a row of a table."""
        return (
            self.tag,
            *(self.text(self.separators.repetition.join(field)) for field in self.fields),
        )


def unescape(text: str, separators: Separators) -> str:
    """Escapes decoded once, after splitting; what is not an escape stays as it stands."""
    if separators.escape not in text:
        return text
    mark = re.escape(separators.escape)
    names = separators.escapes()
    done = re.sub(f"{mark}([^{mark}]{{1,200}}){mark}", lambda found: meaning(found, names), text)
    check_count(len(done), max(EXPANSION, len(text)))
    return done


def meaning(found: re.Match[str], names: dict[str, str]) -> str:
    name = found[1]
    if name in names:
        return names[name]
    if name in LAYOUT:
        return LAYOUT[name]
    if spaced := re.fullmatch(r"(\.(?:sp|sk|in|ti)) ?([+-]?[0-9]{0,3})", name):
        return (
            REPEATED[spaced[1]] * max(0, int(spaced[2] or 1))
            if spaced[2] not in ("+", "-")
            else found[0]
        )
    if name[0] == "X" and re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", name[1:]):
        return charset.decode_latin(bytes.fromhex(name[1:]))
    return found[0]


def split(text: str) -> list[list[Segment]]:
    """The messages of a text, each a list of segments; a line that is no segment continues the one
    before it."""
    messages: list[list[Segment]] = []
    separators: Separators | None = None
    lines = joined_lines(text)
    check_count(len(lines), SEGMENTS)
    for line in lines:
        if line[:3] in ("MSH", "FHS", "BHS"):
            separators = Separators.of(line)
        if separators is None:
            raise Unreadable("not_this_type", format="HL7 v2")
        segment = Segment(line, separators)
        if segment.tag == "MSH" or not messages:
            messages.append([])
        messages[-1].append(segment)
    return messages


def joined_lines(text: str) -> list[str]:
    """Lines by any line end. Senders forget to escape line ends inside a text: such a line belongs
    to the one before."""
    found: list[list[str]] = []
    for line in re.split(r"\r\n?|\n", text.strip("\x0b\x1c\r\n \t\ufeff\x00")):
        begins = re.match(r"[A-Z][A-Z0-9]{2}(?:[^\w\s]|$)", line)
        if begins:
            found.append([line])
        elif found and line.strip("\x0b\x1c \t\x00"):
            found[-1].append(line)
        elif line.strip("\x0b\x1c \t\x00"):
            raise Unreadable("not_this_type", format="HL7 v2")
    return ["\n".join(lines) for lines in found]
