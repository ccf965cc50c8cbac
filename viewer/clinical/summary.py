"""What a list of messages tells about one of them."""

from __future__ import annotations

from dataclasses import dataclass

from viewer.clinical.people import ONE, Patient, identity
from viewer.clinical.reports import Document, Report
from viewer.clinical.results import highest_flag

WEIGHTIEST = (
    "entered_in_error",
    "withdrawn",
    "cancelled",
    "replaced",
    "corrected",
    "partial",
    "preliminary",
    "test",
    "final",
)


@dataclass(frozen=True)
class Summary:
    """``identity`` is one, nobody, several or contradictory; only with one does ``patient`` tell
    who it is about."""

    kind: str
    identity: str
    patient: Patient | None
    flag: str
    status: str
    statuses: tuple[str, ...]
    order_number: str
    sender: str


def summary(document: Document) -> Summary:
    reports = document.reports
    persons = identity(document.patients)
    statuses = tuple(dict.fromkeys(status for report in reports for status in report.statuses))
    first = reports[0] if reports else None
    return Summary(
        kind=first.kind if first else "unknown",
        identity=persons,
        patient=fullest(document.patients) if persons == ONE else None,
        flag=highest_flag(document.results),
        status=next((status for status in WEIGHTIEST if status in statuses), ""),
        statuses=statuses,
        order_number=number_of(first) if first else "",
        sender=sender_of(document),
    )


def number_of(report: Report) -> str:
    """What a report and its correction share: the number of the order, else the laboratory's
    own."""
    return report.number("order_number") or report.number("report_number")


def fullest(patients: tuple[Patient, ...]) -> Patient:
    return max(patients, key=lambda one: (bool(one.bsn), one.birth is not None, bool(one.surnames)))


def sender_of(document: Document) -> str:
    """The organization, else the person, that made the report: the same words in a report and in
    its correction."""
    for role in ("laboratory", "sender", "author", "performer", "custodian"):
        for report in document.reports:
            for party in report.parties:
                if party.role == role and (party.organization or party.person):
                    return party.organization or party.person
    return ""
