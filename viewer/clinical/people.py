"""Patients and parties, and whether several patients are one person."""

from __future__ import annotations

import re
from dataclasses import dataclass

from viewer.clinical.values import Moment, Row

NOBODY, ONE, SEVERAL, CONTRADICTORY = "nobody", "one", "several", "contradictory"


@dataclass(frozen=True)
class NamePart:
    """One surname with its prefix; ``kind`` is own, partner or empty when the sender does not
    say."""

    surname: str
    prefix: str = ""
    kind: str = ""

    @property
    def shown(self) -> str:
        """The surname in capitals; ``van`` and ``'t`` stay small, also where they are part of the
        surname."""
        first = re.search(r"(?<!\S)'?[^\W\d_a-z]", self.surname)
        start = first.start() if first else 0
        small, rest = self.surname[:start], self.surname[start:]
        repeated = self.surname.casefold().startswith(f"{self.prefix} ".casefold())
        prefix = "" if repeated else self.prefix
        return f"{prefix} {small}{rest.upper()}".strip()


@dataclass(frozen=True)
class Patient:
    """A person whom the message is about. ``surnames`` are in the order in which they are
    written."""

    surnames: tuple[NamePart, ...] = ()
    given: str = ""
    initials: str = ""
    titles: str = ""
    name_text: str = ""
    birth: Moment | None = None
    sex: str = ""
    sex_received: str = ""
    bsn: str = ""
    identifiers: tuple[Row, ...] = ()
    address: tuple[str, ...] = ()
    telephones: tuple[str, ...] = ()
    deceased: Moment | None = None
    details: tuple[Row, ...] = ()
    from_form: bool = False

    @property
    def family_name(self) -> str:
        """Surnames in capitals, prefixes as written: ``DUINMEIJER – van der KLAVER``."""
        return " – ".join(part.shown for part in self.surnames if part.surname or part.prefix)

    def banner_name(self, salutation: str = "") -> str:
        """``KLAVER, Sanne (mw. S.J.)``; the salutation comes in the language of the page."""
        if not self.family_name:
            return self.name_text or " ".join(
                filter(None, (self.titles, self.initials, self.given))
            )
        first = self.given if self.given != self.initials else ""
        beside = " ".join(filter(None, (salutation, self.titles, self.initials)))
        named = ", ".join(filter(None, (self.family_name, first)))
        return f"{named} ({beside})" if beside else named

    @property
    def bsns(self) -> tuple[str, ...]:
        """Every citizen service number that the message gives for this person; more than one is an
        alarm."""
        others = (row.value for row in self.identifiers if row.term == "bsn")
        return tuple(filter(None, (self.bsn, *others)))

    @property
    def bsn_passes(self) -> bool:
        return eleven_proof(self.bsn)

    @property
    def bsn_grouped(self) -> tuple[str, ...]:
        """The digits in groups of 4, 2 and 3, to be parted by spacing and copied without."""
        plain = self.bsn
        return (plain[:4], plain[4:6], plain[6:]) if re.fullmatch(r"[0-9]{9}", plain) else (plain,)


@dataclass(frozen=True)
class Party:
    """Someone who has a part in the message; ``role`` is a code, ``role_text`` the sender's word
    for it."""

    role: str
    person: str = ""
    department: str = ""
    organization: str = ""
    specialty: str = ""
    address: tuple[str, ...] = ()
    telephones: tuple[str, ...] = ()
    identifiers: tuple[Row, ...] = ()
    role_text: str = ""
    details: tuple[Row, ...] = ()


def eleven_proof(bsn: str) -> bool:
    """Whether a citizen service number is well formed; eight digits lost a leading zero."""
    if not re.fullmatch(r"[0-9]{8,9}", bsn) or not bsn.strip("0"):
        return False
    digits = [int(digit) for digit in bsn.zfill(9)]
    total = sum(
        weight * digit for weight, digit in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), digits, strict=True)
    )
    return total % 11 == 0


def identity(patients: tuple[Patient, ...]) -> str:
    """One, nobody, several (different persons) or contradictory (one person, told in two ways)."""
    if not patients:
        return NOBODY
    bsns = {number.zfill(9) for patient in patients for number in patient.bsns}
    births = {patient.birth.iso or patient.birth.received for patient in patients if patient.birth}
    names = {patient.banner_name().casefold() for patient in patients if patient.family_name}
    sexes = {patient.sex for patient in patients if patient.sex in ("male", "female")}
    if len(bsns) > 1:
        return SEVERAL
    if len(births) > 1 or len(sexes) > 1 or (len(names) > 1 and not bsns):
        return CONTRADICTORY if bsns else SEVERAL
    return ONE
