"""Readers of formats: bytes to the plain values of ``viewer.clinical``; none of them knows
Django."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from viewer.clinical import Document, Unreadable
from viewer.readers import (
    cda,
    dicom,
    edifact,
    edixml,
    envelope,
    fhir,
    files,
    formidable,
    hl7,
    hub,
    mail,
    plain,
)
from viewer.readers.limits import first_results

MESSAGES: dict[str, Callable[[bytes], Document]] = {
    "application/vnd.edi.medvri+xml": edixml.read,
    "application/vnd.edi.medvry+xml": edixml.read,
    "application/vnd.edi.medlab+xml": edixml.read,
    "application/vnd.edi.medspe+xml": edixml.read,
    "application/vnd.edi.mednip+xml": edixml.read,
    "application/vnd.edi.edifact+xml": edixml.read,
    "application/edifact": edifact.read,
    "application/hl7-v2": hl7.read,
    "application/hl7-cda+xml": cda.read,
    "application/fhir+json": fhir.read,
    "application/fhir+xml": fhir.read,
    "application/vnd.nl.perinatologie.resource+xml": hub.read,
    "application/vnd.formidable.instance+json": formidable.read,
}
"""Formats that say what a message means."""


def inside(content_type: str, content: bytes) -> Document:
    """A message inside an envelope or a mail; one level only, so that nothing can nest without
    end."""
    name = named(content_type)
    if name == "message/rfc822":
        return mail.read(content, inner=nothing)
    reader = MESSAGES.get(name)
    if not reader:
        raise Unreadable("no_reader")
    return reader(content)


def nothing(content_type: str, content: bytes) -> Document:
    """For what is inside a message that is itself inside another: it stays a file."""
    raise Unreadable("no_reader")


READERS: dict[str, Callable[[bytes], Document]] = {
    **MESSAGES,
    "message/rfc822": partial(mail.read, inner=inside),
    "application/vnd.messagebox.envelope+json": partial(envelope.read, inner=inside),
    "application/json": plain.read_json,
    "text/csv": plain.read_csv,
    "text/rtf": plain.read_rtf,
    "application/dicom": dicom.read,
    "application/pdf": files.read_pdf,
    **{kind: partial(files.read_image, content_type=kind) for kind in files.FORMATS},
}
ALIASES = {
    "application/edi-x12": "application/edifact",
    "application/x-edifact": "application/edifact",
    "x-application/hl7-v2+er7": "application/hl7-v2",
    "application/hl7-v2+er7": "application/hl7-v2",
    "text/hl7v2": "application/hl7-v2",
    "text/x-hl7": "application/hl7-v2",
    "application/cda+xml": "application/hl7-cda+xml",
    "application/json+fhir": "application/fhir+json",
    "application/xml+fhir": "application/fhir+xml",
    "application/rtf": "text/rtf",
    "application/csv": "text/csv",
    "text/json": "application/json",
}


def named(content_type: str) -> str:
    """A type in lower case, without parameters, by the name that its reader has."""
    name = content_type.partition(";")[0].strip().lower()
    if name.startswith("application/edi."):
        name = name.replace("application/edi.", "application/vnd.edi.", 1)
    return ALIASES.get(name, name)


def read(content_type: str, content: bytes) -> Document:
    """The content as values. Raises Unreadable, and nothing else, for what its reader cannot make
    sense of."""
    reader = READERS.get(named(content_type))
    if not reader:
        raise Unreadable("no_reader")
    try:
        return first_results(reader(content))
    except RecursionError as error:
        raise Unreadable("too_deep", limit=64) from error
