"""How much content a reader takes on: enforced before anything is walked, so that nonsense costs
nothing."""

from __future__ import annotations

from dataclasses import replace

from viewer.clinical import Document, Notice, Report, Result, Section, Unreadable

KIB, MIB = 1024, 1024 * 1024
RESULTS = 5_000
DEPTH = 64


def check_size(content: bytes | str, limit: int) -> None:
    if len(content) > limit:
        raise Unreadable("too_large", limit=limit)
    if not content.strip():
        raise Unreadable("no_content")


def check_count(count: int, limit: int) -> None:
    if count > limit:
        raise Unreadable("too_many_parts", limit=limit)


def check_depth(depth: int, limit: int = DEPTH) -> None:
    if depth > limit:
        raise Unreadable("too_deep", limit=limit)


def first_results(document: Document, limit: int = RESULTS) -> Document:
    """The document with its first results only, and a notice that says how many there are."""
    total = len(document.results)
    if total <= limit:
        return document
    budget = [limit]
    reports = tuple(_cut_report(report, budget) for report in document.reports)
    notice = Notice("truncated", {"shown": limit, "total": total})
    return Document(reports, (*document.notices, notice))


def _cut_report(report: Report, budget: list[int]) -> Report:
    return replace(
        report, sections=tuple(_cut_section(section, budget) for section in report.sections)
    )


def _cut_section(section: Section, budget: list[int]) -> Section:
    kept = []
    for item in section.items:
        if isinstance(item, Result):
            if not budget[0]:
                continue
            budget[0] -= 1
        kept.append(item)
    inner = tuple(_cut_section(child, budget) for child in section.sections)
    return replace(section, items=tuple(kept), sections=inner)
