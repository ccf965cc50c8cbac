"""A page for what could not be answered, in the place of the page that was asked for."""

from collections.abc import Iterable

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language


def error_page(
    status: int,
    heading: str,
    sentence: str,
    *,
    way: str = "",
    way_in_words: str = "",
    typed: Iterable[tuple[str, str]] = (),
) -> HttpResponse:
    """``way`` is an address that leads on; ``typed`` gives back what a form held, by its labels.

    Made without the request: its user or session may be what failed.
    """
    context = {
        "heading": heading,
        "sentence": sentence,
        "typed": typed,
        "language": get_language(),
        "way": way,
        "way_in_words": way_in_words,
    }
    return HttpResponse(render_to_string("error.html", context), status=status)
