"""Counted before anything parses: how many tags, how deep, how many attributes in one."""

import re

from viewer.clinical import Unreadable

SIZE = 2 * 1024 * 1024
TAGS = 50_000
ATTRIBUTES = 200
DEPTH = 256

# An element that needs no end tag, or whose end is implied, does not add to the depth.
_LEVEL = frozenset(
    """
    area base basefont bgsound br col command embed frame hr img input keygen link meta param
    source track wbr p li dt dd td th tr thead tbody tfoot colgroup option optgroup rp rt
    """.split()
)
# Possessive: hostile text makes it fail once, not once for every way to try.
_TAG = re.compile(r"""<(/?)([a-zA-Z][^\s/>]*+)((?:[^>"']++|"[^"]*+"|'[^']*+')*+)(>?)""")
_ATTRIBUTE = re.compile(r"""(?:"[^"]*+"|'[^']*+'|[^\s/"'])++""")


def check_markup(text: str) -> None:
    """Raises Unreadable for markup whose parsing could take more than it is worth."""
    if len(text) > SIZE:
        raise Unreadable("too_large", limit=SIZE)
    if text.count("<") > TAGS:
        raise Unreadable("too_many_parts", limit=TAGS)
    check_tags(text)


def check_tags(text: str, deepest: int = DEPTH) -> None:
    """Raises Unreadable for what a parser takes far longer over than its length lets expect."""
    depth = 0
    for tag in _TAG.finditer(text):
        closing, name, attributes, _ = tag.groups()
        if name.lower() in _LEVEL:
            pass
        elif closing:
            depth = max(0, depth - 1)
        else:
            depth += 1
        if depth > deepest:
            raise Unreadable("too_deep", limit=deepest)
        if len(attributes) > ATTRIBUTES and len(_ATTRIBUTE.findall(attributes)) > ATTRIBUTES:
            raise Unreadable("too_many_parts", limit=ATTRIBUTES)
