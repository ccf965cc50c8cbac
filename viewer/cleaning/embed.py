"""The last pass over what lands in somebody else's page: our classes, and nothing that acts."""

import re

import nh3

from viewer.cleaning.policy import DROPPED, ELEMENTS, LINK

_OURS = re.compile(r"mbx-[a-z0-9_-]+")
_ELEMENTS = set(ELEMENTS - {"font", "details", "summary"})
_ATTRIBUTES = {
    **{name: {"class", "lang", "title", "aria-hidden"} for name in _ELEMENTS},
    "a": {"class", "href", *LINK},
    "bdi": {"class", "dir", "lang"},
    "img": {"class", "src", "alt", "width", "height"},
    "th": {"class", "scope", "colspan", "rowspan"},
    "td": {"class", "colspan", "rowspan"},
    "ol": {"class", "start", "type", "reversed"},
    "li": {"class", "value"},
}


def embeddable(html: str) -> str:
    """Balanced markup that brings nothing along: no id, style, script, frame or form."""
    return nh3.clean(
        html,
        tags=_ELEMENTS,
        clean_content_tags=set(DROPPED) | {"button"},
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        link_rel=None,
        url_schemes={"http", "https", "mailto", "tel", "data"},
    )


def _attribute(element: str, name: str, value: str) -> str | None:
    if name == "class":
        return " ".join(word for word in value.split() if _OURS.fullmatch(word)) or None
    if name == "src" and not value.startswith("data:image/"):
        return None
    return value
