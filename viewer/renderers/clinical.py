"""Lays out what the readers found: one family of templates for every clinical format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cache, cached_property
from itertools import count, groupby
from typing import Any

from django.template.loader import render_to_string

from viewer import files
from viewer.cleaning.images import Enclosed
from viewer.clinical import (
    Attachment,
    Document,
    Item,
    Moment,
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
from viewer.clinical.results import ASIDE
from viewer.jobs import EMBED, PAGE, Inside, Job, Rendered
from viewer.renderers.base import all_said
from viewer.renderers.narrative import blocks
from viewer.renderers.plain import all_seen

FINDINGS = 40
GRAVE = ("critical", "abnormal")
# Nested sections beyond this are headings of one level; HTML knows six.
DEEPEST = 6
# What carries another message is not counted among the messages.
QUIET = ("entries", "technical", "other_data")
CARRIERS = ("email", "envelope")
# Numbers of the transport, not of what it is about.
CARRIED = ("interchange_number", "message_number")
MOST_SAMPLINGS = 4


@dataclass(frozen=True)
class Group:
    """Items of one kind that stand together: results become a table, rows a list.

    A ``number`` tells tables with one heading apart.
    """

    kind: str
    items: tuple
    number: int = 0


@dataclass(frozen=True)
class Part:
    """A section on its way to the page, with the level of its heading and its items in groups."""

    section: Section
    level: int
    groups: tuple[Group, ...]
    lifted: tuple[Moment, ...] = ()

    @property
    def quiet(self) -> bool:
        """Whether it repeats the text in codes, or is for machines in the first place."""
        return self.section.term in QUIET and not self.section.heading

    @property
    def open_groups(self) -> tuple[Group, ...]:
        """Results always stand open."""
        if not self.quiet:
            return self.groups
        results = [item for group in self.groups if group.kind == "results" for item in group.items]
        number = next((group.number for group in self.groups if group.kind == "results"), 0)
        return (Group("results", tuple(results), number),) if results else ()

    @property
    def folded_groups(self) -> tuple[Group, ...]:
        return tuple(group for group in self.groups if self.quiet and group.kind != "results")

    @property
    def unremarkable(self) -> bool:
        """Whether nothing is left of it in a view of what is abnormal."""
        return unremarkable(self.section)

    @property
    def moments(self) -> tuple[Moment, ...]:
        """Its dates, without those that the report as a whole is headed by."""
        return tuple(one for one in self.section.moments if one not in self.lifted)

    @property
    def folded(self) -> int:
        return sum(len(group.items) for group in self.folded_groups)


@dataclass(frozen=True)
class Sheet:
    """One report on its way to the page."""

    report: Report
    parts: tuple[Part, ...]
    results: tuple[Result, ...]
    level: int
    sampled: tuple[Moment, ...] = ()

    @property
    def moments(self) -> tuple[Moment, ...]:
        """The dates of the report; when the samples were taken says how old its results are."""
        return (*self.sampled, *self.report.moments)

    @property
    def numbers(self) -> tuple[Row, ...]:
        """Each kind once, with all the numbers of that kind."""
        found: dict[tuple[str, str], Row] = {}
        for row in self.report.numbers:
            kind = (row.term, row.label)
            if row.term in CARRIED:
                continue
            before = found.get(kind)
            value = f"{before.value}, {row.value}" if before else row.value
            found[kind] = replace(row, value=value)
        return tuple(found.values())

    @property
    def statuses(self) -> tuple[str, ...]:
        """Without what a warning above them says already."""
        return tuple(status for status in self.report.statuses if status != "test")

    @property
    def rest(self) -> tuple[Row, ...]:
        """What is for machines and for who has to find a message again."""
        carried = tuple(row for row in self.report.numbers if row.term in CARRIED)
        return (*carried, *self.report.rest)

    @cached_property
    def abnormal(self) -> tuple[Result, ...]:
        """What its reader must not miss, the gravest first."""
        critical = [result for result in self.results if result.severity == "critical"]
        others = [result for result in self.results if result.severity == "abnormal"]
        # Undirected are those for which there are no limits, such as antibodies.
        return (*critical, *sorted(others, key=lambda result: result.directed))

    @cached_property
    def judged(self) -> tuple[tuple[Result, ...], ...]:
        """What counts as a result, each with its components: it has a value, and is no finding."""
        panels: list[list[Result]] = []
        for result in self.results:
            if result.kind != "result":
                continue
            if result.component and panels:
                panels[-1].append(result)
            else:
                panels.append([result])
        return tuple(
            tuple(panel)
            for panel in panels
            if not (panel[0].finding or panel[0].beside)
            and any(one.value or one.flag for one in panel)
        )

    @cached_property
    def judged_abnormal(self) -> int:
        return sum(any(one.severity in GRAVE for one in panel) for panel in self.judged)

    @cached_property
    def unjudged(self) -> int:
        """Results of which neither their sender nor any limits tell whether they are normal, as
        a culture: a list of what is abnormal says nothing of them."""
        return sum(
            not any(one.severity in GRAVE or one.known_normal or one.flag for one in panel)
            for panel in self.judged
        )

    @property
    def beside(self) -> int:
        return sum(result.beside and bool(result.value) for result in self.results)

    @cached_property
    def tabled(self) -> bool:
        """Whether its sender wrote tables besides, whose values nobody can count."""
        groups = [group for part in self.parts for group in part.groups]
        return any(
            block.kind == "table"
            for group in groups
            if group.kind == "narrative"
            for _text, blocks_ in group.items
            for block in blocks_
        )

    @property
    def findings(self) -> tuple[Result, ...]:
        return self.abnormal[:FINDINGS]

    @property
    def more_findings(self) -> int:
        return max(0, len(self.abnormal) - FINDINGS)

    @property
    def unremarkable(self) -> int:
        """How many rows a view of the abnormal ones leaves out."""
        return sum(result.known_normal for result in self.results)

    @property
    def several_patients(self) -> bool:
        return len(self.report.patients) > 1


@dataclass
class Desk:
    """Where one document is laid out: the pictures it brought along, what is to be said of it."""

    pictures: Enclosed
    notices: list[Notice] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    tables: Iterator[int] = field(default_factory=lambda: count(1))

    def narrative(self, text: Text) -> list:
        found, told = blocks(text.markup, self.pictures)
        for block in found:
            if block.kind == "table":
                block.number = next(self.tables)
        for notice in told:
            if isinstance(number := notice.values.get("count"), int):
                self.counts[notice.code] = self.counts.get(notice.code, 0) + number
            elif notice not in self.notices:
                self.notices.append(notice)
        return found

    @property
    def told(self) -> tuple[Notice, ...]:
        counted = (Notice(code, {"count": number}) for code, number in self.counts.items())
        return (*self.notices, *counted)


def laid_out(
    document: Document,
    job: Job,
    view: str,
    template: str = "viewer/report.html",
    after: str = "",
    **more: Any,
) -> Rendered:
    """The document as a page shows it; the banner stands apart, for a print repeats it."""
    inside = enclosed(document)
    desk = Desk(pictures(document))
    document = seen(document, desk)
    carried = bool(document.reports) and document.reports[0].kind in CARRIERS
    headed = len(document.reports) > 1
    sheets = tuple(sheet(report, desk, headed) for report in document.reports)
    told = sheets[1:] if carried and len(sheets) > 1 else sheets
    persons = identity(document.patients)
    context = {
        "sheets": sheets,
        "persons": persons,
        "patients": document.patients,
        "patient": fullest(document.patients),
        "several": len(told) > 1,
        "told": told,
        "inner": sheets[1:] if carried else (),
        "embedded": job.mode == EMBED,
        "unfolded": job.mode != PAGE,
        **more,
    }
    first = document.reports[0] if document.reports else None
    return Rendered(
        view,
        html=render_to_string(template, context),
        after=render_to_string(after, context) if after else "",
        banner=render_to_string("viewer/_banner.html", context),
        summary=render_to_string("viewer/_summary.html", context),
        kind=first.kind if first else "unknown",
        standard=first.standard if first else "",
        notices=all_said((*said_once(document, persons), *desk.told, *warnings(document, persons))),
        patients=tuple(
            (number, patient.birth.iso if patient.birth else "")
            for patient in document.patients
            for number in patient.bsns or ("",)
        ),
        inside=tuple(listed(attachment) for attachment in inside),
        statuses=tuple(
            dict.fromkeys(one for report in document.reports for one in report.statuses)
        ),
    )


def banner(document: Document) -> str:
    """Whom it is about, for a view that shows nothing else of what was read."""
    patients = document.patients
    context = {
        "persons": identity(patients),
        "patients": patients,
        "patient": fullest(patients),
    }
    return render_to_string("viewer/_banner.html", context)


def enclosed(document: Document) -> tuple[Attachment, ...]:
    """The files of a content, in the order by which they are numbered."""
    return document.attachments


def listed(attachment: Attachment) -> Inside:
    content = attachment.content
    form = files.form_of(attachment.content_type, content[:4096], len(content))
    return Inside(
        name=attachment.filename[:1000],
        content_type=attachment.content_type[:255],
        size=len(content),
        title=all_seen(attachment.title[:300]),
        address=all_seen(attachment.address[:2000]),
        inline=form.viewable,
    )


def pictures(document: Document) -> Enclosed:
    """The images that a narrative may show: only those of this content, by their numbers."""
    return {
        one.content_id: (one.content_type.partition(";")[0].strip().lower(), one.content)
        for one in document.attachments
        if one.content_id and one.content
    }


def seen(document: Document, desk: Desk) -> Document:
    """The same with a face for each character that has none, in whatever field it hides."""
    shown = _seen(document)
    if shown is not document:
        desk.notices.append(Notice("marks_shown"))
    return shown


def _seen(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() and value.isprintable() else all_seen(value)
    if isinstance(value, tuple):
        shown = tuple(_seen(one) for one in value)
        return value if all(a is b or a == b for a, b in zip(value, shown, strict=True)) else shown
    kind: Any = type(value)
    changed = {}
    for name in _shown_fields(kind):
        # What is empty has nothing to see: most fields of most values.
        if (old := getattr(value, name)) and (shown := _seen(old)) is not old and shown != old:
            changed[name] = shown
    return replace(value, **changed) if changed else value


@cache
def _shown_fields(kind: type) -> tuple[str, ...]:
    if not is_dataclass(kind) or issubclass(kind, Notice | Attachment):
        return ()
    return tuple(one.name for one in fields(kind) if one.name != "markup")


def sheet(report: Report, desk: Desk, headed: bool) -> Sheet:
    # Below the subject of the message, and below the title of the report if it has one.
    level = 3 if report.title or headed else 2
    parts = tuple(part for section in report.sections for part in parts_of(section, level, desk))
    taken = sampled(report)
    if len(taken) == 1:
        parts = tuple(replace(part, lifted=taken) for part in parts)
    return Sheet(report, parts, report.results, level, taken)


def sampled(report: Report) -> tuple[Moment, ...]:
    """When the samples of a laboratory report were taken, if the report says so in few words."""
    if report.kind != "laboratory_report":
        return ()
    within = [(moment, section) for section in report.walk() for moment in section.moments]
    found: dict[Moment, list[str]] = {}
    for meaning in ("sampled", "observed"):
        for moment, section in within:
            if moment.meaning == meaning and moment not in report.moments:
                found.setdefault(moment, []).append(sampled_of(section))
        if found:
            break
    if len(found) < 2:
        return tuple(found)
    told = tuple(
        replace(moment, of=", ".join(dict.fromkeys(filter(None, names))))
        for moment, names in found.items()
    )
    return told if len(told) <= MOST_SAMPLINGS else ()


def sampled_of(section: Section) -> str:
    material = next((row.value for row in section.details if row.term == "material"), "")
    return section.heading or material


def parts_of(section: Section, level: int, desk: Desk) -> list[Part]:
    """A section and those inside it, one after another."""
    found = [Part(section, level, groups(section, desk))]
    for inner in section.sections:
        found += parts_of(inner, min(level + 1, DEEPEST), desk)
    return found


def unremarkable(section: Section) -> bool:
    """Whether all in it and in the sections within is known to be normal."""
    return (
        bool(section.items or section.sections)
        and all(isinstance(one, Result) and one.known_normal for one in section.items)
        and all(row.term in ASIDE for row in section.details)
        and all(status in ("", "final") for status in section.statuses)
        and all(unremarkable(inner) for inner in section.sections)
    )


def groups(section: Section, desk: Desk) -> tuple[Group, ...]:
    """The items in the order of the sender, those of one kind together."""
    found = tuple(as_row(item) for item in section.items)
    kinds = {Result: "results", Row: "rows", Text: "text", Table: "table", Node: "tree"}

    def kind_of(item: Item) -> str:
        return "narrative" if isinstance(item, Text) and item.markup else kinds[type(item)]

    return tuple(
        Group(
            kind,
            tuple((one, desk.narrative(one)) for one in items if isinstance(one, Text))
            if kind == "narrative"
            else tuple(items),
            next(desk.tables) if kind in ("results", "table") else 0,
        )
        for kind, items in groupby(found, kind_of)
    )


def as_row(item: Item) -> Item:
    """A finding of which nothing is said but what it is, is no row for a table of results."""
    if not isinstance(item, Result) or not item.finding or item.kind != "result":
        return item
    said = (item.unit, item.reference, item.low, item.high, item.flag, item.flag_received)
    if any((*said, item.status, item.comments, item.details, item.about, item.changed, item.code)):
        return item
    return Row(
        label=item.name,
        value=item.value,
        term=item.name_term,
        value_term=item.value_term,
        depth=item.depth,
    )


def said_once(document: Document, persons: str) -> tuple[Notice, ...]:
    """The remarks of the reader but for the one that the banner makes."""
    return tuple(
        notice for notice in document.notices if notice.code != "from_form" or persons != "one"
    )


def warnings(document: Document, persons: str) -> list[Notice]:
    """What the values say about themselves that a reader must know first."""
    told = []
    if persons in ("several", "contradictory"):
        told.append(Notice("patients_several" if persons == "several" else "patients_contradict"))
    elif any(incomplete(patient) for patient in filter(None, [fullest(document.patients)])):
        told.append(Notice("patient_incomplete"))
    if any("test" in report.statuses for report in document.reports):
        told.append(Notice("test_message"))
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
