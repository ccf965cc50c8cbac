"""What the templates of the web inbox ask for."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from boxes.inbox.folders import Count

register = template.Library()


@register.filter
def count_in(slug: str, counts: dict[str, Count]) -> str:
    """How many the folder asks attention for; empty for none."""
    count = counts.get(slug)
    return count.shown if count and count.number else ""


ACTIONS = {
    "open": gettext_noop("opened in the inbox"),
    "view": gettext_noop("opened in the viewer"),
    "list": gettext_noop("shown in a list"),
    "log": gettext_noop("looked who saw it"),
    "read": gettext_noop("fetched by software"),
    "content": gettext_noop("content downloaded"),
    "attachment": gettext_noop("file downloaded"),
    "file": gettext_noop("file downloaded"),
    "send": gettext_noop("sent"),
    "deliver": gettext_noop("delivered"),
    "receive": gettext_noop("received"),
    "archive": gettext_noop("archived"),
    "unarchive": gettext_noop("put back into the inbox"),
    "take": gettext_noop("taken"),
    "takeover": gettext_noop("taken over"),
    "release": gettext_noop("released"),
    "handled": gettext_noop("handled"),
    "reopen": gettext_noop("opened again"),
    "property": gettext_noop("label changed"),
    "forward": gettext_noop("forwarded"),
    "token": gettext_noop("opened up for a viewer"),
}


@register.filter
def action_words(action: str) -> str:
    """A word of the log, for people."""
    return _(ACTIONS.get(action, action))
