"""Names, numbers and addresses of HL7 v2."""

from __future__ import annotations

from viewer.clinical import Moment, NamePart, Party, Patient, Row
from viewer.readers import codes, dates
from viewer.readers.hl7_syntax import Segment
from viewer.readers.names import initialled, initials_of, position

BSN_AUTHORITY, BSN_TYPE = "NLMINBIZA", "NNNLD"
# Codes for machines, of HL7 tables 0529, 0190, 0201 and 0202: not shown where they are known.
PRECISIONS = frozenset("Y L D H M S".split())
ADDRESS_TYPES = frozenset("B BA BDL BI BIR BR C F H HV L M N O P RH RC S SH TM V".split())
TELEPHONE_USES = frozenset("ASN BPN EMR NET ORN PRN PRS VHN WPN".split())
TELEPHONE_KINDS = frozenset("BP CP FX Internet MD PH SAT TDD TTY X.400".upper().split())
USES = {"VEKTIS": "agb", "AGB": "agb", "UZI": "uzi", "URA": "ura"}


def patient(segment: Segment) -> Patient:
    """PID."""
    segment.take_all(1)
    numbers = [number(segment, 3, place) for place, _ in enumerate(segment.repetitions(3), 1)]
    bsns = [row.value for row in numbers if row.term == "bsn"]
    first = next(iter(bsns), "")
    others = [row for row in numbers if row.term != "bsn" or row.value != first]
    sex = segment.take(8)
    return Patient(
        **names(segment, 5),
        birth=moment(segment, 7, "birth"),
        sex=codes.sex(sex),
        sex_received=sex,
        bsn=first,
        identifiers=tuple(others),
        address=addresses(segment, 11),
        telephones=(*telephones(segment, 13), *telephones(segment, 14)),
        deceased=deceased(segment),
        details=coded_details(
            segment, (("language", 15), ("marital_status", 16), ("nationality", 28))
        ),
    )


# Numbers that an institution itself gives its patients, which is what its name says.
OWN = ("PI", "MR")


def deceased(segment: Segment) -> Moment | None:
    said, when = segment.take(30), moment(segment, 29, "deceased")
    return when or (Moment("deceased", "") if said.upper() == "Y" else None)


def number(segment: Segment, field: int, repetition: int = 1) -> Row:
    """CX: a number with the authority that gave it."""
    value = segment.take(field, 1, repetition)
    authority = segment.take(field, 4, repetition)
    kind = segment.take(field, 5, repetition)
    if BSN_AUTHORITY in authority.upper() or kind.upper() == BSN_TYPE:
        return Row(term="bsn", value=value)
    label = " ".join(filter(None, (authority, f"({kind})" if kind and kind not in OWN else "")))
    return Row(term="" if label else "identifier", label=label, value=value)


def names(segment: Segment, field: int) -> dict:
    """PID-5: the legal name, and the maiden name where a repetition gives it."""
    found: dict = {}
    maiden: NamePart | None = None
    for place, _ in enumerate(segment.repetitions(field), 1):
        kind = segment.take(field, 7, place).upper()
        whole, *parts = [*segment.parts(field, 1, place), "", "", "", ""][:5]
        if kind == "M" and found:
            maiden = NamePart(parts[1] or whole, parts[0], "own")
            segment.components(field, place)
            continue
        if found:
            continue
        given, further = segment.take(field, 2, place), segment.take(field, 3, place)
        titles = " ".join(
            filter(None, (segment.take(field, 6, place), segment.take(field, 5, place)))
        )
        found = {"surnames": surnames(whole, *parts), "titles": titles}
        found |= initials_of(given, further)
    if maiden and found.get("surnames"):
        found["surnames"] = tuple(kinship(part, maiden) for part in found["surnames"])
    return found


def surnames(
    whole: str, prefix: str, own: str, partner_prefix: str, partner: str
) -> tuple[NamePart, ...]:
    """The surnames in the order in which the whole name has them."""
    parts = [
        NamePart(own, prefix, "own" if partner else ""),
        NamePart(partner, partner_prefix, "partner" if own else ""),
    ]
    parts = [part for part in parts if part.surname]
    if len(parts) == 2 and whole:
        parts.sort(key=lambda part: position(part.surname, whole))
    return tuple(parts) or ((NamePart(whole),) if whole else ())


def kinship(part: NamePart, maiden: NamePart) -> NamePart:
    """Which of two surnames is her own: the maiden name says so with certainty."""
    own = part.surname.casefold() == maiden.surname.casefold()
    return NamePart(part.surname, part.prefix, "own" if own else "partner")


def addresses(segment: Segment, field: int) -> tuple[str, ...]:
    """XAD, with the Dutch street, name and number in the first component."""
    lines: list[str] = []
    for place, _ in enumerate(segment.repetitions(field), 1):
        whole, name, number, *_ = [*segment.parts(field, 1, place), "", ""]
        street = whole or f"{name} {number}".strip()
        other, city, province, postcode, country = (
            segment.take(field, component, place) for component in range(2, 7)
        )
        segment.take_code(field, 7, place, among=ADDRESS_TYPES)
        if other and not street.casefold().endswith(other.casefold()):
            street = f"{street} {other}"
        lines += [street, f"{postcode} {city}", province, country]
    return tuple(line.strip() for line in lines if line.strip())


def telephones(segment: Segment, field: int) -> tuple[str, ...]:
    """XTN: a number or an e-mail address; use and equipment codes are for machines."""
    found = []
    for place, _ in enumerate(segment.repetitions(field), 1):
        first, email = segment.take(field, 1, place), segment.take(field, 4, place)
        segment.take_code(field, 2, place, among=TELEPHONE_USES)
        segment.take_code(field, 3, place, among=TELEPHONE_KINDS)
        numbers = "".join(segment.take(field, component, place) for component in range(5, 9))
        found += [first, email, numbers]
    return tuple(filter(None, found))


def persons(segment: Segment, field: int, role: str) -> list[Party]:
    """XCN: persons with their codes."""
    found = []
    for place, _ in enumerate(segment.repetitions(field), 1):
        code, surname, given, further, suffix, title = (
            segment.take(field, component, place) for component in range(1, 7)
        )
        authority = segment.take(field, 9, place)
        names = (title, *map(initialled, (given, further)), surname, suffix)
        person = " ".join(filter(None, names))
        term = USES.get(authority.upper(), "doctor_code")
        identifiers = (Row(term=term, value=code),) if code and (person or authority) else ()
        if person or code:
            found.append(Party(role, person=person or code, identifiers=identifiers))
    return found


def moment(segment: Segment, field: int, meaning: str) -> Moment | None:
    """TS: a date and time; the second component is its precision in old versions."""
    received = segment.take(field)
    segment.take_code(field, 2, among=PRECISIONS)
    return dates.moment(meaning, received) if received else None


def coded_details(segment: Segment, fields: tuple[tuple[str, int], ...]) -> tuple[Row, ...]:
    rows = []
    for term, field in fields:
        words, code = segment.coded(field)
        if words:
            rows.append(Row(term=term, value=words, raw=code if code != words else ""))
    return tuple(rows)
