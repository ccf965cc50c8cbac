"""HTML that is composed in Python: where a page repeats something so often that the look-ups of a
template are most of what it costs.

Whatever comes from a message goes in through ``element``, or through ``escape`` in a text that is
marked as ``Html``; mypy tells the two kinds of text apart.
"""

from html import escape
from typing import NewType

# Text in which nothing is left to escape.
Html = NewType("Html", str)
NOTHING = Html("")
BY_ITSELF = Html(' dir="auto"')  # words of others, which may run from right to left


def element(tag: str, looks: str, words: str, more: Html = NOTHING) -> Html:
    """Nothing where there are no words."""
    return Html(f'<{tag} class="{looks}"{more}>{escape(words)}</{tag}>') if words else NOTHING


def span(looks: str, words: str, more: Html = NOTHING) -> Html:
    return element("span", looks, words, more)


def bdi(words: str) -> Html:
    """Words of others that turn nothing beside them, whichever way they run."""
    return Html(f"<bdi>{escape(words)}</bdi>")


def apart(*parts: Html) -> Html:
    """Those that say something, with a space between them."""
    return Html(" ".join(filter(None, parts)))
