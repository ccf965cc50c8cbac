"""Values of HL7 v2 observations: one row of a result table, a piece of text, or a document."""

from __future__ import annotations

import re
from dataclasses import dataclass

from viewer.clinical import Attachment, Party, Result, Row
from viewer.readers import codes, dates
from viewer.readers.documents import Cut
from viewer.readers.hl7_people import moment, persons
from viewer.readers.hl7_syntax import DELETED, Segment

STATUSES = {
    "F": "final",
    "U": "final",
    "C": "corrected",
    "P": "preliminary",
    "R": "preliminary",
    "S": "partial",
    "I": "pending",
    "D": "withdrawn",
    "W": "entered_in_error",
    "X": "cancelled",
}
FLAGS = {"<": "critical_low", ">": "critical_high"}  # off the scale of the instrument
GRAVITY = (
    "critical_low",
    "critical_high",
    "critical",
    "low",
    "high",
    "resistant",
    "abnormal",
    "marked",
)
TYPES = {
    "PDF": "application/pdf",
    "JPEG": "image/jpeg",
    "JPG": "image/jpeg",
    "PNG": "image/png",
    "GIF": "image/gif",
    "TIFF": "image/tiff",
    "TIF": "image/tiff",
    "RTF": "text/rtf",
    "HTML": "text/html",
    "HTM": "text/html",
    "XML": "text/xml",
    "TEXT": "text/plain",
    "TXT": "text/plain",
    "PLAIN": "text/plain",
    "DICOM": "application/dicom",
    "MSWORD": "application/msword",
}
LOWER = re.compile(r"[>≥]=?\s*([0-9.,]+)")
UPPER = re.compile(r"[<≤]=?\s*([0-9.,]+)")
RANGE = re.compile(r"(-?[0-9.,]+)\s*[-–]\s*(-?[0-9.,]+)")


def result(segment: Segment) -> Result:
    """OBX as a row; repeated values stand under each other."""
    kind = segment.take(2).upper()
    name, code = segment.coded(3)
    unit, unit_code = segment.coded(6)
    reference = "; ".join(filter(None, (segment.text(raw) for raw in raws(segment, 7))))
    flag, received = flags(segment)
    status = segment.take(11)
    deleted = segment.raw(5) == DELETED
    low, high = limits(reference)
    segment.take_all(1, 12)
    return Result(
        name=name,
        value="\n".join(values(segment, kind)),
        value_term="delete" if deleted else "",
        unit=unit,
        low=low,
        high=high,
        reference=reference,
        flag=flag,
        flag_received=received,
        status=STATUSES.get(status.upper(), ""),
        status_received=status,
        changed=status.upper() == "C",
        code=code if code != name else "",
        about=segment.take(4),
        at=moment(segment, 14, "observed"),
        laboratory=segment.coded(15)[0],
        details=tuple(details(segment, unit, unit_code)),
    )


def raws(segment: Segment, field: int) -> list[str]:
    return [segment.raw(field, 1, number) for number, _ in enumerate(segment.repetitions(field), 1)]


def details(segment: Segment, unit: str, unit_code: str) -> list[Row]:
    """What stands beside a value: another code for the test, the method, the observer."""
    rows = []
    other, code = segment.take(3, 5), segment.take(3, 4)
    if other or code:
        rows.append(Row(term="translation", value=other or code, raw=code if other else ""))
    if unit_code not in ("", unit):
        rows.append(Row(term="code", value=unit_code))
    if method := segment.coded(17)[0]:
        rows.append(Row(term="method", value=method))
    rows.extend(
        Row(term="observer", value=named(party)) for party in persons(segment, 16, "performer")
    )
    return rows


def named(party: Party) -> str:
    """A person on one line, with the numbers by which the sender knows them."""
    others = (party.specialty, party.department, party.organization, *party.telephones)
    known = ", ".join(
        filter(None, (*others, *(row.value for row in (*party.identifiers, *party.details))))
    )
    return f"{party.person} ({known})" if party.person and known else party.person or known


def values(segment: Segment, kind: str) -> list[str]:
    return [value(segment, kind, number) for number, _ in enumerate(segment.repetitions(5), 1)]


def value(segment: Segment, kind: str, repetition: int) -> str:
    """One repetition of OBX-5 as a person reads it, exactly as received where it is a number or a
    text."""
    parts = segment.components(5, repetition)
    if kind in ("CE", "CWE", "CNE", "CF"):
        code, words, *_ = [*parts, "", ""]
        words = words or next((part for part in parts[8:9] if part), "")
        return f"{words} ({code})" if words and code and words != code else words or code
    if kind == "SN":
        return "".join(parts)
    if kind in ("DT", "TM", "TS", "DTM"):
        iso = dates.iso(parts[0]) if parts else ""
        return iso.replace("T", " ") or "".join(parts)
    if kind in ("NM", "ST", "TX", "FT", ""):
        # A sender that forgot to escape a separator gets it back.
        return segment.separators.component.join(parts)
    return " ".join(filter(None, parts))


def flags(segment: Segment) -> tuple[str, str]:
    """The gravest of the flags, and all of them as received."""
    received = [segment.take(8, 1, number) for number, _ in enumerate(segment.repetitions(8), 1)]
    found = [FLAGS.get(flag) or codes.flag(flag) for flag in received if flag]
    grave = next((name for name in GRAVITY if name in found), next(iter(found), ""))
    return grave, " ".join(received)


def limits(reference: str) -> tuple[str, str]:
    """Lower and upper limit of ``3.5-5.0``, ``<10`` or ``>50``; a text stays a text."""
    if both := RANGE.fullmatch(reference):
        return both[1], both[2]
    if lower := LOWER.fullmatch(reference):
        return lower[1], ""
    upper = UPPER.fullmatch(reference)
    return "", upper[1] if upper else ""


@dataclass(frozen=True)
class Enclosed:
    """ED: a document inside an observation; ``readable`` is false when its bytes could not be
    decoded."""

    attachment: Attachment
    readable: bool


def enclosed(segment: Segment, repetition: int, title: str, cut: Cut) -> Enclosed | None:
    """``application^type^subtype^encoding^data``; older senders fill the parts loosely."""
    parts = [*(part for part in segment.components(5, repetition)), "", "", "", "", ""][:5]
    application, kind, subtype, encoding, data = parts
    if not data:
        return None
    if encoding.upper() in ("A", "ASCII", "TEXT"):
        content: bytes | None = data.encode()
    elif encoding.upper() == "HEX":
        content = bytes.fromhex(data) if re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", data) else None
    else:
        content = cut.decode(data)
    words = [
        word.upper() for part in (subtype, kind, application) for word in re.split(r"[/.\s]", part)
    ]
    content_type = next(
        (TYPES[word] for word in words if word in TYPES), "application/octet-stream"
    )
    extension = content_type.rpartition("/")[2] if content_type != "text/plain" else "txt"
    body = content if content is not None else cut.whole(data).encode()
    filename = title if content_type == "application/octet-stream" else f"{title}.{extension}"
    return Enclosed(
        Attachment(filename, content_type, body, len(body), title=title), content is not None
    )
