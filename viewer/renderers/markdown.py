import html
import re
from collections import Counter
from typing import Any
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from viewer.cleaning.clean import OUTPUT
from viewer.cleaning.links import safe_address
from viewer.clinical import Notice, Unreadable
from viewer.jobs import FULL, Job, Rendered
from viewer.renderers.base import Renderer, all_said, text_of
from viewer.renderers.html import cleaned_view
from viewer.renderers.plain import is_binary
from viewer.renderers.text import text_view

_WORD = re.compile(r"[^\W_]+")
# The number of a list item is drawn by the browser.
_LIST_NUMBER = re.compile(
    r"^((?:[ \t]*(?:>|[-*+](?=\s)))*[ \t]*)(?:\d{1,9}[.)][ \t]*)+(?=\s|\S)", re.MULTILINE
)


class MarkdownRenderer(Renderer):
    """CommonMark with tables and strike-through; raw HTML is text, images are placeholders."""

    content_types = ("text/markdown", "text/x-markdown")
    limit = 512 * 1024
    kind = "text"

    def full(self, job: Job) -> Rendered:
        if is_binary(job.content):
            raise Unreadable("binary")
        text, notices = text_of(job)
        if job.plain:
            shown = text_view(text, job, notices, FULL)
            return Rendered(
                FULL, shown.html, kind="text", notices=shown.notices, switches=("plain",)
            )
        markup = converted(text)
        if lost_words(text, markup):
            # Rather the signs of the notation in sight than a word out of it.
            told = text_view(text, job, notices)
            return told.noticing(*all_said([Notice("failed")]))
        return cleaned_view(markup, job, notices)

    def simple(self, job: Job) -> Rendered:
        text, notices = text_of(job)
        return text_view(text, job, notices)


def converted(text: str) -> str:
    """The markup of the text. Raises Unreadable when a short text makes a long page."""
    # At the default nesting of 20, what lies deeper would vanish without a word.
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 100})
    parser.enable(["table", "strikethrough"])
    setattr(parser, "validateLink", lambda address: bool(safe_address(address)))  # noqa: B010
    environment: dict = {}
    tokens = parser.parse(text, environment)
    pieces, size = [], 0
    for position, token in enumerate(tokens):
        pieces.append(_rendered(parser, tokens, position, token, environment))
        size += len(pieces[-1])
        if size > OUTPUT:
            raise Unreadable("too_large", limit=OUTPUT)
    return "".join(pieces)


def _rendered(
    parser: MarkdownIt, tokens: list[Token], position: int, token: Token, environment: dict
) -> str:
    renderer: Any = parser.renderer
    if token.type == "inline":
        return renderer.renderInline(token.children or [], parser.options, environment)
    if token.type in renderer.rules:
        return renderer.rules[token.type](tokens, position, parser.options, environment)
    return renderer.renderToken(tokens, position, parser.options, environment)


def lost_words(text: str, markup: str) -> Counter[str]:
    """The words of the text that the markup has nowhere, not even in an address."""
    shown = html.unescape(markup)
    said = Counter(_WORD.findall(shown)) | Counter(_WORD.findall(unquote(shown)))
    return Counter(_WORD.findall(_LIST_NUMBER.sub(r"\1", html.unescape(text)))) - said
