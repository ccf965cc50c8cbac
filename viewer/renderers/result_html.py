"""The results of a report as HTML: their table, and the list of what is abnormal above it.

Made here and not by templates: a report has forty of them, and some forty look-ups for each were
half of what its page cost to lay out.
"""

from collections.abc import Iterable
from html import escape

from django.utils.translation import gettext as _

from boxes.markup import NOTHING, Html, bdi, element, span
from viewer.clinical import Result, Row
from viewer.templatetags.words import in_words, label, valued

SYMBOLS = {
    "low": "↓",
    "high": "↑",
    "critical_low": "↓↓",
    "critical_high": "↑↑",
    "critical": "‼",
    "abnormal": "*",
    "marked": "*",
    "resistant": "R",
    "intermediate": "I",
    "susceptible": "S",
}
# A reference of more letters than this is read as text, in lines.
WORDY = 28


def table(results: Iterable[Result], heading: str, term: str, number: int) -> Html:
    """Under a ``heading`` of the sender's or a ``term`` of ours, which its caption repeats only for
    who does not see it; the ``number`` tells tables with one caption apart."""
    caption = escape(heading or in_words(term, "TERMS") or _("Results"))
    hidden = ' class="mbx-hidden"' if heading or term else ""
    name = f"{caption} {number}" if number > 1 else caption
    rows = "".join(_heading(one) if one.kind == "heading" else _row(one) for one in results)
    return Html(
        f'<div class="mbx-scroll" role="region" tabindex="0" aria-label="{name}">'
        f'<table class="table mbx-results">\n<caption{hidden}>{caption}</caption>\n'
        f"<thead><tr>{_heads()}</tr></thead>\n<tbody>{rows}</tbody></table></div>\n"
    )


def finding(result: Result) -> Html:
    """One item of the list of what is abnormal."""
    name = bdi(result.name or in_words(result.name_term, "TERMS"))
    status = status_chip(result.status) if result.status != "final" else NOTHING
    return Html(
        f'<li class="mbx-{result.severity}"><span class="mbx-flag">{flag(result)}</span> '
        f"{name} <b>{bdi(result.value)}</b> {escape(result.unit)}"
        f"{status}</li>"
    )


def flag(result: Result) -> Html:
    """What its sender calls it, else what its limits do; never told by colour or sign alone."""
    if result.flag and result.flag != "normal":
        words = in_words(result.flag, "FLAGS")
        if result.flag == "marked" and result.flag_received:
            words += f" ({result.flag_received})"
        return _signed(SYMBOLS.get(result.flag, ""), words)
    if result.flag:
        return NOTHING
    if result.computed == "low":
        return _signed("↓", _("below the limits"))
    return _signed("↑", _("above the limits")) if result.computed == "high" else NOTHING


def _signed(sign: str, words: str) -> Html:
    return Html(f'<span aria-hidden="true">{sign}</span> {escape(words)}')


def _heads() -> Html:
    number = ' class="mbx-number"'
    heads = (
        (_("Test"), ""),
        (_("Result"), number),
        (_("Unit"), ""),
        (_("Reference"), ""),
        (_("Flag"), ""),
    )
    return Html("".join(f'<th scope="col"{looks}>{escape(word)}</th>' for word, looks in heads))


def _heading(result: Result) -> Html:
    lines = "<br>".join(map(bdi, (result.name, *result.comments)))
    return Html(f'<tr class="mbx-subhead"><th scope="colgroup" colspan="5">{lines}</th></tr>\n')


def _row(result: Result) -> Html:
    name = bdi(result.name or in_words(result.name_term, "TERMS"))
    about = f" {span('mbx-muted', result.about)}" if result.about else ""
    code = f" {element('small', 'mbx-code', result.code)}" if result.code else ""
    reference = _reference(result)
    wordy = " mbx-wordy" if len(reference) > WORDY else ""
    pending = result.kind == "pending"
    looks = _looks(result)
    above = " mbx-above" if result.comments or result.details else ""
    component = " mbx-component" if result.component else ""
    return Html(
        f'<tr class="mbx-{"pending" if pending else result.severity}{looks}{above}{component}">'
        f'<th scope="row">{name}{about}{code}</th>\n'
        f'<td class="mbx-number"><bdi>{_value(result)}</bdi></td>\n'
        f'<td class="mbx-unit">{escape(result.unit)}</td>'
        f'<td class="mbx-reference{wordy}">{bdi(reference)}</td>\n'
        f'<td class="mbx-flag">{flag(result)}{_remarks(result)}</td></tr>\n'
        f"{_beneath(result, looks) if above else ''}"
    )


def _looks(result: Result) -> str:
    withdrawn = " mbx-withdrawn" if result.withdrawn else ""
    return f"{withdrawn} mbx-unremarkable" if result.known_normal else withdrawn


def _value(result: Result) -> Html:
    if result.kind == "pending":
        return Html(f"<em>{escape(_('still to come'))}</em>")
    words = result.value or in_words(result.value_term, "VALUES")
    return Html(escape(words) if words else "" if result.panel else "–")


def _reference(result: Result) -> str:
    if result.reference:
        return result.reference
    if result.low and result.high:
        return f"{result.low} – {result.high}"
    return f"≥ {result.low}" if result.low else f"≤ {result.high}" if result.high else ""


def _remarks(result: Result) -> Html:
    differs = f" {span('mbx-differs', '≠ ' + _('limits'))}" if result.differs else ""
    told = result.status not in ("final", "pending")
    return Html(f"{differs}{status_chip(result.status) if told else ''}")


def status_chip(status: str) -> Html:
    """How final a result or a section is; it follows the words before it."""
    if not status:
        return NOTHING
    return Html(f" {span(f'mbx-chip mbx-status-{escape(status)}', in_words(status, 'STATUSES'))}")


def _beneath(result: Result, looks: str) -> Html:
    """What is said of a result, in a row of its own under it."""
    lines = [*map(bdi, result.comments), *map(_detail, result.details)]
    return Html(
        f'<tr class="mbx-beneath mbx-{result.severity}{looks}">'
        f'<td colspan="5">{"<br>".join(lines)}</td></tr>\n'
    )


def _detail(row: Row) -> Html:
    words = f'<span class="mbx-muted">{escape(label(row))}</span>'
    return Html(f"{words} {bdi(valued(row))}")
