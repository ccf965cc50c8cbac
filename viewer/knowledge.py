"""What the readers' values tell a list about a message: who it is about, what is abnormal."""

from dataclasses import replace

from boxes.content_types import settle
from boxes.summary import Summary
from viewer.clinical import Document, Unreadable
from viewer.clinical import summary as summary_of
from viewer.jobs import Job, Known
from viewer.readers import read
from viewer.readers.files import UNSHOWN

# Prose: a list can tell no more about it than what it is.
WORDS_ONLY = ("text/plain", "text/markdown", "text/html")
PICTURES = dict.fromkeys(UNSHOWN, "image") | {"image/tiff": "fax_or_scan"}
# What asks for something or tells who somebody is, and has no findings to judge.
WITHOUT_FINDINGS = (
    "laboratory_request",
    "nipt_request",
    "prescription",
    "patient_record",
    "message_list",
)


def known(job: Job) -> Known:
    """Read the content; None when no reader could make sense of it."""
    mime = settle(job.mime, job.content)
    if mime in WORDS_ONLY:
        return Known(Summary(kind="text", flag="unjudged"))
    try:
        document = read(mime, job.content)
    except Unreadable:
        # A fax is drawn for a page; of what it is, its type tells as much as a list can.
        return Known(Summary(kind=PICTURES[mime], flag="unjudged") if mime in PICTURES else None)
    return Known(told(document))


def told(document: Document) -> Summary:
    """Several or contradictory patients are unclear: no list names one of them."""
    found = summary_of(document)
    patient = found.patient
    summary = Summary(
        kind=found.kind,
        flag=judgement(found.flag, found.kind),
        urgent=found.urgent,
        status=found.status,
        identity={"one": "one", "nobody": "nobody"}.get(found.identity, "unclear"),
        order_numbers=found.order_numbers,
        report_numbers=found.report_numbers,
        sender=found.sender,
    )
    if patient is None:
        return summary
    return replace(
        summary,
        patient_name=patient.banner_name(),
        birth_date=patient.birth.iso[:10] if patient.birth else "",
        sex=patient.sex,
        bsn=patient.bsn,
    )


def judgement(flag: str, kind: str) -> str:
    """The gravest of what was judged. Where nothing was, a list must not look as if nothing were
    abnormal."""
    return "unjudged" if flag == "none" and kind not in WITHOUT_FINDINGS else flag
