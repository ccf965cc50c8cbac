"""The envelope around EDI messages: who sent the interchange, when, whether it is a test, and
whether it is whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from viewer.clinical import Document, Moment, Notice, Party, Report, Row
from viewer.readers import codes, dates
from viewer.readers.csiz import Csiz
from viewer.readers.medeur import Medeur
from viewer.readers.medrpt import Medrpt
from viewer.readers.segments import Segment
from viewer.readers.statuses import settled

ENVELOPE = ("UNA", "UNB", "UNG", "UNH", "UNT", "UNE", "UNZ", "EMAIL")


TRAILERS = ("UNT", "UNZ", "UNE")
HIGHEST = "A"  # of the priorities of an interchange, code list 0029


class Carrier:
    """What stands around a message: the interchange, the message's header, the mail that brought
    it."""

    def __init__(self) -> None:
        self.parties: list[Party] = []
        self.moments: list[Moment] = []
        self.numbers: list[Row] = []
        self.details: list[Row] = []
        self.rest: list[Row] = []
        self.statuses: list[str] = []
        self.notices: list[Notice] = []
        self.title = ""

    def claims(self, segment: Segment) -> bool:
        """Read a segment of the envelope; false for one of the message itself."""
        reader = {"UNB": self.interchange, "UNH": self.header, "EMAIL": self.mail}.get(segment.tag)
        if reader:
            reader(segment)
        elif segment.tag in TRAILERS:
            segment.line()
        if segment.tag in ENVELOPE:
            self.rest.extend(segment.rest())
        return segment.tag in ENVELOPE

    def interchange(self, segment: Segment) -> None:
        segment.element(1)
        for role, element in (("from", 2), ("to", 3)):
            if account := segment.take(element):
                self.parties.append(Party(role, identifiers=(Row(term="mailbox", value=account),)))
        prepared = segment.element(4)
        received = " ".join(filter(None, prepared))
        if received:
            self.moments.append(
                Moment("sent", received, dates.iso(received) or prepared_at(prepared))
            )
        if number := segment.take(5):
            self.numbers.append(Row(term="interchange_number", value=number))
        if segment.peek(8).strip().upper() == HIGHEST:
            self.statuses.append("urgent")
            segment.take(8)
        test = segment.take(11)
        if test and test.casefold() not in ("no", "nee", "0"):
            self.statuses.append("test")

    def header(self, segment: Segment) -> None:
        if number := segment.take(1):
            self.numbers.append(Row(term="message_number", value=number))
        segment.element(2)

    def mail(self, segment: Segment) -> None:
        left = []
        for row in segment.extras:
            name = row.label.rpartition(".")[2]
            if name in ("from", "to"):
                self.parties.append(
                    Party(name, identifiers=(Row(term="email_address", value=row.value),))
                )
            elif name == "receivedate":
                self.moments.append(dates.moment("received", row.value))
            elif name == "priority" and row.value.casefold() in codes.URGENT:
                self.statuses.append("urgent")
            elif name == "subject":
                self.details.append(Row(term="subject", value=row.value))
            else:
                left.append(row)
        segment.extras = left

    def around(self, message: Medeur, standard: str) -> Report:
        """The message's report with its carrier's data after its own."""
        report = message.report(standard=standard)
        return replace(
            report,
            statuses=settled([*self.statuses, *report.statuses]),
            moments=(*report.moments, *self.moments),
            parties=(*report.parties, *gathered(self.parties)),
            numbers=(*report.numbers, *self.numbers),
            details=(*report.details, *self.details),
            rest=(*report.rest, *self.rest),
        )


def gathered(parties: Iterable[Party]) -> list[Party]:
    """The carrier's sender and receiver once each, with all the addresses that they have."""
    found: dict[str, Party] = {}
    for party in parties:
        known = found.get(party.role, replace(party, identifiers=()))
        numbers = dict.fromkeys((*known.identifiers, *party.identifiers))
        found[party.role] = replace(known, identifiers=tuple(numbers))
    return list(found.values())


def prepared_at(parts: list[str]) -> str:
    """``YYMMDD:HHMM``, or with the century in version 4."""
    date = parts[0] if parts else ""
    clock = parts[1] if len(parts) > 1 else ""
    if len(date) == 6 and date.isascii() and date.isdigit():
        date = f"{'20' if int(date[:2]) < 80 else '19'}{date}"
    return dates.iso(date + clock) or dates.iso(date)


def read(segments: list[Segment], syntax: str, notices: Iterable[Notice] = ()) -> Document:
    """All messages of an interchange, each a report of its own."""
    outer, messages = split(segments)
    reports: list[Report] = []
    found = list(notices)
    if any(segment.tag == "UNB" for segment in outer) and not any(
        segment.tag == "UNZ" for segment in outer
    ):
        found.append(Notice("no_end"))
    for inner in messages:
        carrier = Carrier()
        for segment in outer:
            carrier.claims(segment)
        report, said = one(inner, carrier, syntax)
        reports.append(report)
        found.extend(said)
    if len(reports) > 1:
        found.append(Notice("several_messages", {"count": len(reports)}))
    once = [notice for place, notice in enumerate(found) if notice not in found[:place]]
    return Document(tuple(reports), tuple(once))


def split(segments: list[Segment]) -> tuple[list[Segment], list[list[Segment]]]:
    """The envelope, and the segments of each message; without any UNH all is one message."""
    outer: list[Segment] = []
    messages: list[list[Segment]] = []
    inside = not any(segment.tag == "UNH" for segment in segments)
    if inside:
        messages.append([])
    for segment in segments:
        if segment.tag in ("UNA", "UNB", "UNG", "UNE", "UNZ"):
            outer.append(segment)
            inside = inside and segment.tag in ("UNA", "UNB", "UNG")
            continue
        if segment.tag == "UNH":
            messages.append([])
            inside = True
        elif not inside:
            # What stands outside any message belongs to the last one: nothing may get lost.
            messages.append([]) if not messages else None
        messages[-1].append(segment)
    return outer, messages or [[]]


def one(segments: list[Segment], carrier: Carrier, syntax: str) -> tuple[Report, list[Notice]]:
    """One message with its header and trailer."""
    header = segments[0] if segments and segments[0].tag == "UNH" else Segment("UNH")
    trailer = next((segment for segment in reversed(segments) if segment.tag == "UNT"), None)
    kind = header.peek(2).strip().upper()
    version = " ".join(filter(None, (header.peek(2, number).strip() for number in (2, 3))))
    standard = " ".join(filter(None, (kind, version, f"({syntax})")))
    inner = [segment for segment in segments if not carrier.claims(segment)]
    message = reader_for(kind, inner)
    message.read(inner)
    said = [*carrier.notices, *message.notices()]
    if segments and header.elements:
        said.extend(checked(segments, header, trailer))
    return carrier.around(message, standard), said


def reader_for(kind: str, segments: list[Segment]) -> Medeur:
    """By the layout that the segments show: the same type came in two of them."""
    tags = {segment.tag for segment in segments}
    if "BGM" in tags and tags & {"RSL", "INV", "PNA"}:
        return Medrpt(kind)
    if "BGM" in tags and "NAD" in tags:
        return Csiz(kind)
    return Medeur(kind)


def checked(segments: list[Segment], header: Segment, trailer: Segment | None) -> Iterable[Notice]:
    if trailer is None:
        yield Notice("no_end")
        return
    said = trailer.peek(1).strip()
    if said and said != str(len(segments)):
        yield Notice("wrong_count", {"said": said, "found": len(segments)})
    if trailer.peek(2).strip() != header.peek(1).strip():
        yield Notice("wrong_reference")
