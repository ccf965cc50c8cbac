"""The clinical formats: read into one vocabulary, laid out by one family of templates."""

from __future__ import annotations

from viewer import readers
from viewer.jobs import FULL, Job, Rendered
from viewer.readers import edifact, json_text, plain
from viewer.renderers.base import MIB, Renderer
from viewer.renderers.clinical import laid_out

# Base64 documents inside a content do not count for its reader, which cuts them out first.
WITH_FILES = 25 * MIB


class ClinicalRenderer(Renderer):
    """The formats that one reader understands, by all their names."""

    def __init__(self, kind: str, limit: int, *names: str, head: int = 0) -> None:
        others = (other for other, name in readers.ALIASES.items() if name in names)
        unregistered = (
            name.replace("application/vnd.edi.", "application/edi.", 1)
            for name in names
            if name.startswith("application/vnd.edi.")
        )
        self.content_types = (*names, *others, *unregistered)
        self.kind = kind
        self.limit = limit
        self.head = head

    def full(self, job: Job) -> Rendered:
        return laid_out(readers.read(job.form, job.content), job, FULL)


CLINICAL = (
    ClinicalRenderer(
        "edifact_message",
        WITH_FILES,
        "application/vnd.edi.medlab+xml",
        "application/vnd.edi.medvri+xml",
        "application/vnd.edi.medvry+xml",
        "application/vnd.edi.medspe+xml",
        "application/vnd.edi.mednip+xml",
        "application/vnd.edi.edifact+xml",
    ),
    ClinicalRenderer("edifact_message", edifact.SIZE, "application/edifact"),
    ClinicalRenderer("hl7_message", WITH_FILES, "application/hl7-v2"),
    ClinicalRenderer("clinical_document", WITH_FILES, "application/hl7-cda+xml"),
    ClinicalRenderer("fhir_resource", WITH_FILES, "application/fhir+json", "application/fhir+xml"),
    ClinicalRenderer("dossier", WITH_FILES, "application/vnd.nl.perinatologie.resource+xml"),
    ClinicalRenderer("form", WITH_FILES, "application/vnd.formidable.instance+json"),
    ClinicalRenderer("json", json_text.SIZE, "application/json"),
    ClinicalRenderer("table", plain.PREVIEW, "text/csv"),
    ClinicalRenderer("text", plain.PREVIEW, "text/rtf"),
)
