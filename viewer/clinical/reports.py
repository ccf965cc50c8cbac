"""A report: its sections with their items, and all that stands around them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from viewer.clinical.people import Party, Patient
from viewer.clinical.results import Result
from viewer.clinical.values import Moment, Notice, Row


@dataclass(frozen=True)
class Text:
    """Free text in the order of the message. ``markup`` is HTML that must pass the sanitiser;
    ``lines`` say the same."""

    lines: tuple[str, ...] = ()
    heading: str = ""
    term: str = ""
    markup: str = ""
    monospace: bool = False


@dataclass(frozen=True)
class Table:
    """A table of plain text; ``header`` is empty when the sender gave none."""

    rows: tuple[tuple[str, ...], ...]
    header: tuple[str, ...] = ()
    caption: str = ""
    term: str = ""


@dataclass(frozen=True)
class Node:
    """One element of a tree of an unknown vocabulary."""

    name: str
    value: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple[Node, ...] = ()


Item = Result | Text | Table | Row | Node


@dataclass(frozen=True)
class Section:
    """A headed part: ``heading`` is the sender's, ``term`` ours; with both, as for the children of
    a twin, the term comes first. ``details`` and ``moments`` belong to the heading."""

    heading: str = ""
    term: str = ""
    items: tuple[Item, ...] = ()
    sections: tuple[Section, ...] = ()
    details: tuple[Row, ...] = ()
    moments: tuple[Moment, ...] = ()
    statuses: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    def walk(self) -> Iterator[Section]:
        yield self
        for section in self.sections:
            yield from section.walk()

    @property
    def results(self) -> tuple[Result, ...]:
        return tuple(item for item in self.items if isinstance(item, Result))


@dataclass(frozen=True)
class Attachment:
    """A document inside the content. ``filename`` is as received: make it safe before it goes
    anywhere."""

    filename: str
    content_type: str
    content: bytes = b""
    size: int = 0
    content_id: str = ""
    inline: bool = False
    title: str = ""
    address: str = ""
    notice: str = ""


@dataclass(frozen=True)
class Report:
    """One message about, as a rule, one patient. ``kind`` and ``statuses`` are codes; ``standard``
    names the format."""

    kind: str
    standard: str = ""
    title: str = ""
    statuses: tuple[str, ...] = ()
    moments: tuple[Moment, ...] = ()
    patients: tuple[Patient, ...] = ()
    parties: tuple[Party, ...] = ()
    numbers: tuple[Row, ...] = ()
    alerts: tuple[Row, ...] = ()
    sections: tuple[Section, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    rest: tuple[Row, ...] = ()
    details: tuple[Row, ...] = ()

    def walk(self) -> Iterator[Section]:
        for section in self.sections:
            yield from section.walk()

    @property
    def results(self) -> tuple[Result, ...]:
        return tuple(result for section in self.walk() for result in section.results)

    def number(self, term: str) -> str:
        """The first number of a kind (``order_number``, ``report_number``, …), or nothing."""
        return next((row.value for row in self.numbers if row.term == term), "")


@dataclass(frozen=True)
class Document:
    """All that a reader found in one content; several reports are several messages, each with
    patients of its own."""

    reports: tuple[Report, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def patients(self) -> tuple[Patient, ...]:
        return tuple(patient for report in self.reports for patient in report.patients)

    @property
    def results(self) -> tuple[Result, ...]:
        return tuple(result for report in self.reports for result in report.results)

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        return tuple(found for report in self.reports for found in report.attachments)

    def without_files(self) -> Document:
        """The same without the bytes of its attachments, for what only needs to be laid out."""
        light = [
            replace(r, attachments=tuple(replace(a, content=b"") for a in r.attachments))
            for r in self.reports
        ]
        return replace(self, reports=tuple(light))
