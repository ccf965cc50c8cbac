"""What the readers' values tell a list about a message: who it is about, what is abnormal."""

from boxes.content_types import settle
from boxes.summary import Summary
from viewer.clinical import Document, Unreadable
from viewer.clinical import summary as summary_of
from viewer.jobs import Job, Known
from viewer.readers import read

# Prose: a list can tell no more about it than what it is.
WORDS_ONLY = ("text/plain", "text/markdown", "text/html")


def known(job: Job) -> Known:
    """Read the content; None when no reader could make sense of it."""
    mime = settle(job.mime, job.content)
    if mime in WORDS_ONLY:
        return Known(Summary(kind="text"))
    try:
        document = read(mime, job.content)
    except Unreadable:
        return Known(None)
    return Known(told(document))


def told(document: Document) -> Summary:
    """Several or contradictory patients are unclear: no list names one of them."""
    found = summary_of(document)
    patient = found.patient
    identity = {"one": "one", "nobody": "nobody"}.get(found.identity, "unclear")
    words = {
        "kind": found.kind,
        "flag": found.flag,
        "status": found.status,
        "identity": identity,
        "order_number": found.order_number,
        "sender": found.sender,
    }
    if patient is None:
        return Summary(**words)
    return Summary(
        **words,
        patient_name=patient.banner_name(),
        birth_date=patient.birth.iso[:10] if patient.birth else "",
        sex=patient.sex,
        bsn=patient.bsn,
    )
