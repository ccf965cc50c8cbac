"""What the templates of the web inbox ask for."""

from collections.abc import Sequence
from datetime import datetime

from django import template
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from boxes.inbox.alarms import Alarm, alarms_of
from boxes.inbox.folders import Count
from boxes.inbox.row_html import rows_html
from boxes.inbox.rows import Row
from boxes.models import Box, User
from boxes.moment_words import dated

register = template.Library()


@register.filter
def count_in(slug: str, counts: dict[str, Count]) -> str:
    """How many the folder asks attention for; empty for none."""
    count = counts.get(slug)
    return count.shown if count and count.number else ""


@register.filter
def in_short(moment: datetime) -> str:
    return dated(localtime(moment), "j M H:i")


@register.simple_tag
def listed(rows: Sequence[Row], plain: bool, chosen: bool) -> SafeString:
    """The items of a list; a plain one has nothing to choose them by."""
    return rows_html(rows, choosable=not plain, chosen=chosen)


@register.inclusion_tag("inbox/_alarms.html")
def alarms(user: User, readable: list[Box] | None = None) -> dict[str, list[Alarm]]:
    """What this person must not overlook, whatever page is open. A page of no box knows not
    which ones are readable."""
    return {"alarms": alarms_of(user, readable or None) if user.is_authenticated else []}
