"""Lists of the admin that stay readable on a phone: each cell knows the name of its column."""

import json
from typing import Any

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext

register = template.Library()

NOTHING = (">-<", ">–<")


@register.filter
def labelled(row: Any, headers: list[dict[str, Any]]) -> list[SafeString]:
    """The cells, which Django draws whole, with their column's name; the box that selects the
    row has none. A list in another layout is no table to who hears it, unless it says so."""
    cells = []
    for drawn, header in zip(row, headers, strict=False):
        cell = str(conditional_escape(drawn))
        role = "rowheader" if cell.startswith("<th") else "cell"
        label = "" if "action-toggle" in str(header["text"]) else capfirst(str(header["text"]))
        more = format_html(' role="{}" data-label="{}"', role, label)
        if any(nothing in cell for nothing in NOTHING):
            more += SafeString(" data-empty")
        for english, words in (("True", gettext("Yes")), ("False", gettext("No"))):
            cell = cell.replace(f'alt="{english}"', f'alt="{words}"')
        cells.append(mark_safe(f"{cell[:3]}{more}{cell[3:]}"))
    return cells


@register.filter
def offering(rows: str, words: str) -> str:
    """What Django's script is told about the rows on a page, with our words for one more."""
    told = json.loads(rows)
    told["options"]["addText"] = words
    return json.dumps(told)
