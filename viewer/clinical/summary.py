"""What a list of messages tells about one of them."""

from __future__ import annotations

from dataclasses import dataclass

from viewer.clinical.people import ONE, Patient, identity
from viewer.clinical.reports import Document
from viewer.clinical.results import highest_flag

CARRIERS = ("email", "envelope", "message_list")
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
    order_numbers: tuple[str, ...]
    report_numbers: tuple[str, ...]
    sender: str
    urgent: bool


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
        order_numbers=numbers(document, "order_number"),
        report_numbers=numbers(document, "report_number"),
        sender=sender_of(document),
        urgent="urgent" in statuses,
    )


def numbers(document: Document, term: str) -> tuple[str, ...]:
    """All of a kind: by these a report and its correction know each other. What carries a report
    says more than the report does, and is not replaced with it."""
    if any(report.kind in CARRIERS for report in document.reports):
        return ()
    found = (row.value for report in document.reports for row in report.numbers if row.term == term)
    return tuple(dict.fromkeys(filter(None, found)))


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
