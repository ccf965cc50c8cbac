"""Pictures that were drawn anew, on their way into a page: in it, for no route serves them."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.translation import gettext

from viewer.readers.pictures import Pictures


@dataclass(frozen=True)
class Shown:
    """One picture with the words that stand for it."""

    address: str
    width: int
    height: int
    named: str


def laid_down(pictures: Pictures, words: str) -> str:
    """One below another; ``words`` name one by its number and how many there are."""
    total = len(pictures.shown)
    shown = [
        Shown(
            f"data:{one.content_type};base64,{base64.b64encode(one.content).decode()}",
            one.width,
            one.height,
            gettext(words) % {"number": number, "total": f"{total}+" if pictures.more else total},
        )
        for number, one in enumerate(pictures.shown, 1)
    ]
    return render_to_string("viewer/pictures.html", {"pictures": shown})
