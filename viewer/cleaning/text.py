"""What markup says when nothing but its words is left."""

import re
from collections import Counter
from html.parser import HTMLParser

_SILENT = frozenset(("script", "style"))
_BLOCKS = frozenset(
    """
    address article aside blockquote body br caption center dd details div dl dt figcaption figure
    footer form h1 h2 h3 h4 h5 h6 head header hr html li main nav ol p pre section summary table
    tbody tfoot thead title tr ul
    """.split()
)
_CELLS = frozenset(("td", "th"))


class _Words(HTMLParser):
    """Collects text with the line breaks that the layout would have made."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.swallowed: list[str] = []
        self.silent = 0
        self.kept_breaks = 0

    def handle_starttag(self, tag: str, attrs: list) -> None:
        if tag in _SILENT:
            self.silent += 1
        elif tag == "pre":
            self.kept_breaks += 1
        if tag in _BLOCKS:
            self.pieces.append("\n")
        elif tag in _CELLS:
            self.pieces.append("\t")

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        if tag not in _SILENT and tag != "pre":
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self.silent = max(0, self.silent - 1)
            self.swallowed.clear()
        elif tag == "pre":
            self.kept_breaks = max(0, self.kept_breaks - 1)
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if self.silent:
            self.swallowed.append(data)
        else:
            self.pieces.append(data if self.kept_breaks else re.sub(r"[ \t\r\n\f]+", " ", data))


def visible_text(markup: str) -> str:
    """The words of the markup, a line for each line that its layout would make."""
    words = _Words()
    words.feed(markup)
    words.close()
    if words.silent:
        # A script or style sheet that never ends took the rest of the text along.
        words.pieces += words.swallowed
    lines = (line.strip(" ") for line in "".join(words.pieces).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def letters(markup: str) -> Counter[str]:
    """How often each letter and digit can be read: unlike words, parsers cannot differ on these."""
    return Counter(filter(str.isalnum, visible_text(markup)))
