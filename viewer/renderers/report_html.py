"""The parts of a report as HTML: its sections with their facts and rows, and its parties.

Made here for the same reason as its results (``viewer.renderers.result_html``). What is rare or
goes deep, such as tables and narratives of the sender, has templates.
"""

from collections.abc import Iterable
from html import escape

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from boxes.markup import NOTHING, Html, bdi, span
from viewer.clinical import Moment, Party, Row, Section, Text
from viewer.renderers import result_html
from viewer.renderers.clinical import Group, Part
from viewer.templatetags.words import (
    bsn_groups,
    impossible,
    in_words,
    label,
    moment_label,
    raw_beside,
    shown,
    valued,
)

DEEPEST = 6  # rows further in than this stand no further in


def part(part: Part, unfolded: bool) -> Html:
    """A section of a report, without those inside it: they follow."""
    section = part.section
    looks = " mbx-unremarkable" if part.unremarkable else ""
    facts = "".join((*map(moment, part.moments), *map(fact, section.details)))
    listed = f'<dl class="mbx-facts">{facts}</dl>' if facts else ""
    groups = "".join(_group(group, section) for group in part.open_groups)
    return Html(
        f'<section class="mbx-part{looks}">{_heading(section, part.level)}\n{listed}\n'
        f"{groups}{_folded(part, unfolded)}</section>"
    )


def moment(moment: Moment) -> Html:
    doubt = f" <em>({escape(_('not a possible date'))})</em>" if impossible(moment) else ""
    return Html(
        f"<div><dt>{escape(moment_label(moment))}</dt><dd>{escape(shown(moment))}{doubt}</dd></div>"
    )


def fact(row: Row) -> Html:
    name, value = escape(label(row)), escape(valued(row))
    return Html(f'<div><dt>{name}</dt><dd dir="auto">{value}{_raw(row)}</dd></div>')


def number(row: Row) -> Html:
    return Html(f"<div><dt>{escape(label(row))}</dt><dd>{bdi(valued(row))}</dd></div>")


def rows(found: Iterable[Row]) -> Html:
    listed = "".join(map(_row, found))
    return Html(f'<dl class="mbx-rows">{listed}</dl>\n') if listed else NOTHING


def party(party: Party) -> Html:
    """Someone who has a part in it; what is not the name of anything stands back."""
    role = escape(party.role_text or in_words(party.role, "ROLES"))
    person = f"<b>{bdi(party.person)}</b><br>" if party.person else ""
    names = _lines(filter(None, (party.specialty, party.department, party.organization)))
    numbers = "".join(
        f"{escape(label(row))} {bdi(valued(row))}<br>"
        for row in (*party.identifiers, *party.details)
    )
    return Html(
        f"<div><dt>{role}</dt><dd>{person}{names}"
        f'<span class="mbx-muted">{_lines(party.address)}{_lines(party.telephones)}{numbers}</span>'
        "</dd></div>\n"
    )


def _heading(section: Section, level: int) -> Html:
    """The sender's words, after ours where it is one of several of a kind."""
    term = in_words(section.term, "TERMS")
    if not (section.heading or term):
        return NOTHING
    numbered = section.heading[:1] in "0123456789"
    between = "" if not (section.heading and term) else " " if numbered else ": "
    words = bdi(f"{term}{between}{section.heading}")
    chips = "".join(map(result_html.status_chip, section.statuses))
    return Html(f'<h{level} class="mbx-heading">{words}{chips}</h{level}>')


def _folded(part: Part, unfolded: bool) -> Html:
    if not part.folded_groups:
        return NOTHING
    groups = "".join(_group(group, part.section) for group in part.folded_groups)
    return Html(
        f'<details class="mbx-fold"{" open" if unfolded else ""}>'
        f"<summary>{escape(_('Show the data'))} ({part.folded})</summary>{groups}</details>"
    )


def _group(group: Group, section: Section) -> Html:
    if group.kind == "results":
        return result_html.table(group.items, section.heading, section.term, group.number)
    if group.kind == "rows":
        return rows(group.items)
    if group.kind == "text":
        return Html("".join(map(_text, group.items)))
    found = render_to_string("viewer/_group.html", {"group": group, "section": section})
    return Html(found)


def _text(text: Text) -> Html:
    title = bdi(text.heading) if text.heading else escape(in_words(text.term, "TERMS"))
    above = f'<p class="mbx-label">{title}</p>' if title else ""
    looks = "mbx-text mbx-mono" if text.monospace else "mbx-text"
    lines = "".join(f"{line}\n" for line in text.lines)
    return Html(f'{above}<div class="{looks}" dir="auto">{escape(lines)}</div>')


def _row(row: Row) -> Html:
    place = f' class="mbx-in-{min(row.depth, DEEPEST)}"' if row.depth else ""
    digits = bsn_groups(row)
    value = _digits(digits) if digits else escape(valued(row))
    name = escape(label(row))
    return Html(f'<div{place}><dt>{name}</dt><dd dir="auto">{value}{_raw(row)}</dd></div>')


def _digits(groups: Iterable[str]) -> Html:
    inside = "".join(f"<span>{escape(group)}</span>" for group in groups)
    return Html(f'<span class="mbx-bsn">{inside}</span>')


def _raw(row: Row) -> Html:
    raw = raw_beside(row)
    return Html(f" {span('mbx-muted', f'({raw})')}") if raw else NOTHING


def _lines(words: Iterable[str]) -> Html:
    return Html("".join(f"{bdi(one)}<br>" for one in words))
