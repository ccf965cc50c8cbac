"""The rows of a list as HTML.

Made here and not by a template: a page has fifty of them, and some fifty look-ups for each were
half of what the page cost.
"""

from collections.abc import Iterable
from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from boxes.inbox.rows import Row
from boxes.markup import BY_ITSELF, NOTHING, Html, apart, bdi, element, span


def rows_html(rows: Iterable[Row], *, choosable: bool, chosen: bool) -> SafeString:
    """``choosable``: each with a box to choose it by, ticked where ``chosen``."""
    return SafeString(
        "\n".join(_row(row, _choice(row, chosen) if choosable else NOTHING) for row in rows)
    )


def _row(row: Row, choice: Html) -> Html:
    looks = " ib-unread" if row.unread else ""
    looks += f" ib-flagged ib-{row.flag}" if row.flag else ""
    is_open, current = (" data-open", ' aria-current="true"') if row.is_open else ("", "")
    return Html(
        f'<li class="ib-row{escape(looks)}"{is_open}>{choice}'
        f'<a class="ib-link" href="{escape(row.address)}"{current}>'
        f'<span class="ib-one">{_first_line(row)}</span>\n'
        f'<span class="ib-two">{_second_line(row)}</span>{_marks(row)}'
        f"{span('ib-why', row.trouble, BY_ITSELF)}</a></li>"
    )


def _choice(row: Row, chosen: bool) -> Html:
    checked = " checked" if chosen else ""
    words = _("Choose “%(subject)s”") % {"subject": row.subject}
    return Html(
        f'<label class="ib-check"><input type="checkbox" name="xuid" value="{escape(row.xuid)}" '
        f'form="bulk"{checked}>{span("ib-hidden", words)}</label>'
    )


def _first_line(row: Row) -> Html:
    """Who it is about, else what; and when it came."""
    unread = NOTHING
    if row.unread:
        dot = '<span class="ib-dot" aria-hidden="true">●</span>'
        unread = Html(f"{dot}{span('ib-hidden', _('Unread.') + ' ')}\n")
    return Html(
        f'{unread}{_about(row)}\n<time datetime="{row.at.isoformat()}" '
        f'title="{escape(row.whole_moment)}">{escape(row.when)}</time>'
    )


def _about(row: Row) -> Html:
    if row.patient:
        born = NOTHING
        if row.born:
            word = span("ib-hidden", _("born") + " ")
            born = Html(f' <span class="ib-born">{word}{escape(row.born)}</span>')
        return Html(f'<span class="ib-patient">{bdi(row.patient)}{born}</span>')
    if row.patient_in_doubt:
        return span("ib-doubt", _("⚠ patient unclear"))
    return span("ib-subject", row.subject, BY_ITSELF)


def _second_line(row: Row) -> Html:
    """What nobody may overlook stands first, what is of use to know last."""
    to = "" if row.incoming else _("To:") + " "
    about = row.subject if row.patient or row.patient_in_doubt else ""
    files = ngettext("%(n)s file", "%(n)s files", row.files) % {"n": row.files} if row.files else ""
    return apart(
        element("b", "ib-flag ib-urgent", _("urgent") if row.urgent else ""),
        element("b", f"ib-flag ib-{row.flag}", row.flag_in_words),
        span("ib-subject", about, BY_ITSELF),
        span("ib-people", f"{to}{row.people}", BY_ITSELF),
        span("ib-kind", row.kind),
        _unjudged() if row.unjudged else NOTHING,
        span("ib-fixed", row.folder),
        span("ib-fixed", files),
    )


def _unjudged() -> Html:
    title = Html(f' title="{escape(_("not judged: read it yourself"))}"')
    return element("small", "ib-fixed ib-unjudged", _("read it yourself"), title)


def _marks(row: Row) -> Html:
    """What was added to it: what became of the report, who handles it, its labels."""
    parts = apart(
        element("b", "ib-state", row.report_status),
        _handling(row),
        *(span("ib-label", f"{item.name}: {item.value}", BY_ITSELF) for item in row.first_labels),
        span("ib-number", f"+{row.more_labels}" if row.more_labels else ""),
    )
    return Html(f'\n<span class="ib-marks">{parts}</span>') if parts else NOTHING


def _handling(row: Row) -> Html:
    if row.handled:
        by = _("handled by %(name)s") % {"name": row.held_by}
        return span("ib-done", f"✓ {by}", BY_ITSELF)
    held = _("with %(name)s") % {"name": row.held_by} if row.held_by else ""
    return span("ib-held", held, BY_ITSELF)
