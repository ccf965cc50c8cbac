"""Markup of a sender, cleaned and then taken apart: blocks that our own templates put together.

So a narrative stands between the coded parts that it belongs to, in the looks of the page, and no
markup of the sender comes along.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

from django.utils.translation import gettext
from lxml import etree

from viewer.cleaning import clean, visible_text
from viewer.cleaning.images import Enclosed
from viewer.clinical import Notice, Unreadable
from viewer.readers import xml
from viewer.renderers.html import WORDS, account
from viewer.renderers.plain import all_seen

# The weightiest first: of marks within each other only one is shown.
MARKS = {
    "del": "del",
    "s": "del",
    "strike": "del",
    "ins": "ins",
    "sup": "sup",
    "sub": "sub",
    "b": "strong",
    "strong": "strong",
    "em": "em",
    "i": "em",
    "u": "u",
}
BREAKS = frozenset(
    """
    address article aside blockquote center dd div dl dt figcaption figure footer header hr ol p
    pre section ul details summary
    """.split()
)
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
DEEPEST_LIST = 4
_ONE_ROOT = re.compile(r"\s*<div[\s>]")


@dataclass(frozen=True)
class Run:
    """A run of text of one look, a link, or a picture that the message brought along."""

    text: str = ""
    mark: str = ""
    link: str = ""
    picture: str = ""


@dataclass
class Cell:
    heading: bool = False
    columns: str = ""
    rows: str = ""
    runs: list[Run] = field(default_factory=list)


@dataclass
class Block:
    """``kind`` is text, heading, item or table; an item has its ``depth`` and its sign."""

    kind: str
    runs: list[Run] = field(default_factory=list)
    depth: int = 0
    sign: str = ""
    rows: list[list[Cell]] = field(default_factory=list)
    caption: list[Run] = field(default_factory=list)
    number: int = 0


def blocks(markup: str, enclosed: Enclosed) -> tuple[list[Block], list[Notice]]:
    """The narrative, and what its reader must know of what was done to it."""
    words = {code: gettext(text) for code, text in WORDS.items()}
    markup = as_html(markup)
    try:
        cleaned = clean(markup, words, enclosed=enclosed)
    except Unreadable as error:
        text = visible_text(markup)
        found = [Block("text", [Run(all_seen(line))]) for line in text.split("\n")]
        return found, [Notice(error.code, error.values)]
    builder = Builder()
    builder.feed(cleaned.html)
    builder.close()
    told = account(cleaned)
    if builder.marked:
        told.append(Notice("marks_shown"))
    return builder.finished(), told


def as_html(markup: str) -> str:
    """XHTML as HTML: there an empty element would swallow what follows it."""
    if "/>" not in markup:
        return markup
    try:
        root = xml.tree(markup if _ONE_ROOT.match(markup) else f"<div>{markup}</div>")
    except Unreadable:
        return markup
    return etree.tostring(root, method="html", encoding="unicode")


class Builder(HTMLParser):
    """Takes the sanitiser's markup: balanced, and of the elements that it keeps."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Block] = []
        self.runs: list[Run] = []
        self.marks: list[str] = []
        self.link = ""
        self.lists: list[int | None] = []
        self.table: Block | None = None
        self.inner_tables = 0
        self.captioned = False
        self.kept_breaks = 0
        self.marked = False

    def handle_starttag(self, tag: str, attrs: list) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in MARKS:
            self.marks.append(MARKS[tag])
        elif tag == "a":
            self.link = given.get("href", "")
        elif tag == "br":
            self.say("\n")
        elif tag == "img":
            self.runs.append(Run(given.get("alt", ""), picture=given.get("src", "")))
        elif tag in ("table", "caption", "tr", "td", "th"):
            self.tabular(tag, given)
        elif tag in BREAKS or tag in HEADINGS or tag == "li":
            self.block(tag, given)

    def block(self, tag: str, given: dict[str, str]) -> None:
        self.close_block()
        if tag in ("ul", "ol"):
            start = given.get("start", "1")
            self.lists.append(int(start) if tag == "ol" else None)
        elif tag == "pre":
            self.kept_breaks += 1
        elif tag == "li":
            if self.table:
                self.say("• ")
            else:
                self.found.append(self.item())

    def item(self) -> Block:
        number = self.lists[-1] if self.lists else None
        if number is not None:
            self.lists[-1] = number + 1
        sign = "•" if number is None else f"{number}."
        block = Block("item", depth=min(max(0, len(self.lists) - 1), DEEPEST_LIST), sign=sign)
        self.runs = block.runs
        return block

    def tabular(self, tag: str, given: dict[str, str]) -> None:
        if tag == "table" and self.table:
            self.inner_tables += 1
        elif self.inner_tables:
            self.say("\n" if tag == "tr" else "  ")
        elif tag == "table":
            self.close_block()
            self.table = Block("table")
        elif self.table and tag == "caption":
            self.runs = self.table.caption
        elif self.table and tag == "tr":
            self.table.rows.append([])
        elif self.table:
            cell = Cell(tag == "th", given.get("colspan", ""), given.get("rowspan", ""))
            if not self.table.rows:
                self.table.rows.append([])
            self.table.rows[-1].append(cell)
            self.runs = cell.runs

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in MARKS and self.marks:
            self.marks.pop()
        elif tag == "a":
            self.link = ""
        elif tag == "table" and self.inner_tables:
            self.inner_tables -= 1
        elif tag == "table" and self.table:
            self.found.append(self.table)
            self.table = None
            self.runs = []
        elif tag in ("ul", "ol"):
            self.close_block()
            self.lists = self.lists[:-1]
        elif tag in HEADINGS:
            self.close_block("heading")
        elif tag in BREAKS or tag == "li":
            if tag == "pre":
                self.kept_breaks = max(0, self.kept_breaks - 1)
            self.close_block()

    def handle_data(self, data: str) -> None:
        self.say(data if self.kept_breaks else re.sub(r"[ \t\r\n\f]+", " ", data))

    def say(self, text: str) -> None:
        mark = next((name for name in MARKS.values() if name in self.marks), "")
        shown = all_seen(text)
        self.marked = self.marked or shown != text
        self.runs.append(Run(shown, mark, self.link))

    def close_block(self, kind: str = "text") -> None:
        """What follows stands on a line of its own; within a cell that is all it can be."""
        if self.table:
            if self.runs and self.runs[-1].text != "\n":
                self.say("\n")
            return
        ours = bool(self.found) and self.runs is self.found[-1].runs
        if ours and not self.runs:
            return  # a paragraph that begins a list item is that item
        if not ours and any(run.text.strip() or run.picture for run in self.runs):
            self.found.append(Block(kind, self.runs))
        self.runs = []

    def finished(self) -> list[Block]:
        if self.table:
            self.found.append(self.table)
            self.table, self.runs = None, []
        self.close_block()
        for block in self.found:
            said_once(block.runs)
            trim(block.runs)
            trim(block.caption)
            for row in block.rows:
                for cell in row:
                    trim(cell.runs)
        return [block for block in self.found if block.runs or block.rows]


def said_once(runs: list[Run]) -> None:
    """A picture whose description stands beside it need not say it again."""
    words = "".join(run.text for run in runs if not run.picture)
    for place, run in enumerate(runs):
        if run.picture and run.text and run.text in words:
            runs[place] = replace(run, text="")


def trim(runs: list[Run]) -> None:
    """Without white space at both ends."""
    while runs and not runs[-1].picture and not runs[-1].text.strip():
        runs.pop()
    while runs and not runs[0].picture and not runs[0].text.strip():
        runs.pop(0)
