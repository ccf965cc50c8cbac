"""Lays out what the readers found: one family of templates for every clinical format."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from django.template.loader import render_to_string

from viewer.clinical import (
    Document,
    Node,
    Notice,
    Patient,
    Report,
    Result,
    Row,
    Section,
    Table,
    Text,
    identity,
)
from viewer.jobs import EMBED, PAGE, Job, Rendered
from viewer.renderers.base import all_said

FINDINGS = 12
# Nested sections beyond this are headings of one level; HTML knows six.
DEEPEST = 6


@dataclass(frozen=True)
class Group:
    """Items of one kind that stand together: results become a table, rows a list."""

    kind: str
    items: tuple


@dataclass(frozen=True)
class Part:
    """A section on its way to the page, with the level of its heading and its items in groups."""

    section: Section
    level: int
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Sheet:
    """One report on its way to the page."""

    report: Report
    parts: tuple[Part, ...]
    results: tuple[Result, ...]

    @cached_property
    def abnormal(self) -> tuple[Result, ...]:
        """What its reader must not miss, the gravest first."""
        critical = [result for result in self.results if result.severity == "critical"]
        return (*critical, *(r for r in self.results if r.severity == "abnormal"))

    @cached_property
    def judged(self) -> tuple[Result, ...]:
        return tuple(result for result in self.results if result.kind == "result")

    @property
    def findings(self) -> tuple[Result, ...]:
        return self.abnormal[:FINDINGS]

    @property
    def more_findings(self) -> int:
        return max(0, len(self.abnormal) - FINDINGS)

    @property
    def unremarkable(self) -> int:
        """How many rows a view of the abnormal ones leaves out."""
        return len(self.judged) - len(self.abnormal)

    @property
    def several_patients(self) -> bool:
        return len(self.report.patients) > 1


def laid_out(document: Document, job: Job, view: str) -> Rendered:
    """The document as a page shows it; the banner stands apart, for a print repeats it."""
    sheets = tuple(sheet(report) for report in document.reports)
    persons = identity(document.patients)
    context = {
        "sheets": sheets,
        "persons": persons,
        "patients": document.patients,
        "patient": fullest(document.patients),
        "several": len(sheets) > 1,
        "embedded": job.mode == EMBED,
        "unfolded": job.mode != PAGE,
    }
    first = document.reports[0] if document.reports else None
    return Rendered(
        view,
        html=render_to_string("viewer/report.html", context),
        banner=render_to_string("viewer/_banner.html", context),
        summary=render_to_string("viewer/_summary.html", context),
        kind=first.kind if first else "unknown",
        standard=first.standard if first else "",
        notices=all_said((*document.notices, *warnings(document, persons))),
        patients=tuple(
            (number, patient.birth.iso if patient.birth else "")
            for patient in document.patients
            for number in patient.bsns or ("",)
        ),
    )


def sheet(report: Report) -> Sheet:
    parts = tuple(part for section in report.sections for part in parts_of(section, 3))
    return Sheet(report, parts, report.results)


def parts_of(section: Section, level: int) -> list[Part]:
    """A section and those inside it, one after another."""
    found = [Part(section, level, groups(section))]
    for inner in section.sections:
        found += parts_of(inner, min(level + 1, DEEPEST))
    return found


def groups(section: Section) -> tuple[Group, ...]:
    """The items in the order of the sender, those of one kind together."""
    kinds = {Result: "results", Row: "rows", Text: "text", Table: "table", Node: "tree"}
    return tuple(
        Group(kind, tuple(items))
        for kind, items in groupby(section.items, lambda i: kinds[type(i)])
    )


def warnings(document: Document, persons: str) -> list[Notice]:
    """What the values say about themselves that a reader must know first."""
    told = []
    if persons in ("several", "contradictory"):
        told.append(Notice("patients_several" if persons == "several" else "patients_contradict"))
    elif any(incomplete(patient) for patient in filter(None, [fullest(document.patients)])):
        told.append(Notice("patient_incomplete"))
    if differing := sum(result.differs for result in document.results):
        told.append(Notice("flags_differ", {"count": differing}))
    return told


def incomplete(patient: Patient) -> bool:
    return not (patient.banner_name() and patient.birth and patient.birth.iso)


def fullest(patients: tuple[Patient, ...]) -> Patient | None:
    return max(
        patients,
        key=lambda one: (bool(one.bsn), one.birth is not None, bool(one.surnames)),
        default=None,
    )
