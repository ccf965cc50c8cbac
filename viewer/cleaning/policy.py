"""Which elements and attributes of a message stay, and in which form."""

import re

from viewer.cleaning import styles
from viewer.cleaning.images import Images
from viewer.cleaning.links import safe_address

ELEMENTS = frozenset(
    """
    a abbr address article aside b bdi bdo blockquote br caption center cite code col colgroup dd
    del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img
    ins kbd li mark ol p pre q rp rt ruby s samp section small span strike strong sub summary sup
    table tbody td tfoot th thead time tr tt u ul var wbr
    """.split()
)
DROPPED = frozenset(
    """
    script style template noscript iframe object embed applet svg math audio video canvas frameset
    frame noembed noframes portal fencedframe
    """.split()
)
# Dropped without loss: how the sender wanted it to look.
LOOKS = frozenset(("style",))
LINK = {
    "target": "_blank",
    "rel": "noopener noreferrer nofollow",
    "referrerpolicy": "no-referrer",
}

_ANYWHERE = {"style", "dir", "lang", "title", "align", "hidden"}
_CELL = {"colspan", "rowspan", "width", "bgcolor", "valign", "scope", "abbr"}
ATTRIBUTES = {
    **dict.fromkeys(ELEMENTS, _ANYWHERE),
    "a": _ANYWHERE | {"href"},
    "img": _ANYWHERE | {"src", "alt", "width", "height"},
    "table": _ANYWHERE | {"width", "border", "cellpadding", "cellspacing", "bgcolor"},
    "tr": _ANYWHERE | {"bgcolor", "valign"},
    "td": _ANYWHERE | _CELL,
    "th": _ANYWHERE | _CELL,
    "col": _ANYWHERE | {"span", "width"},
    "colgroup": _ANYWHERE | {"span", "width"},
    "ol": _ANYWHERE | {"start", "type", "reversed"},
    "li": _ANYWHERE | {"value"},
}
_FORMS = {
    "dir": re.compile(r"ltr|rtl|auto", re.IGNORECASE),
    "lang": re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}"),
    "align": re.compile(r"left|right|center|justify|top|middle|bottom", re.IGNORECASE),
    "valign": re.compile(r"top|middle|bottom|baseline", re.IGNORECASE),
    "scope": re.compile(r"row|col|rowgroup|colgroup", re.IGNORECASE),
    "width": re.compile(r"[0-9]{1,4}%?"),
    "height": re.compile(r"[0-9]{1,4}%?"),
    "start": re.compile(r"-?[0-9]{1,6}"),
    "value": re.compile(r"-?[0-9]{1,6}"),
    "type": re.compile(r"[1aAiI]"),
    "reversed": re.compile(r""),
}
_COUNTS = {
    "colspan": 999,
    "rowspan": 999,
    "span": 999,
    "border": 10,
    "cellpadding": 99,
    "cellspacing": 99,
}


class Policy:
    """Judges the attributes of one message, and remembers what its reader must be told.

    ``strict`` is for markup that lands in somebody else's page: no looks at all.
    """

    def __init__(self, images: Images, *, strict: bool = False) -> None:
        self.images = images
        self.strict = strict
        self.hidden = 0

    @property
    def elements(self) -> set[str]:
        return set(ELEMENTS - {"font", "details", "summary"} if self.strict else ELEMENTS)

    def attribute(self, element: str, name: str, value: str) -> str | None:
        """The value that stays; None takes the attribute away. Called for each by the sanitiser."""
        if element == "a" and name in LINK or name == "open":
            return value
        if name in ("title", "alt", "abbr"):
            return value[:1000]
        if name == "hidden":
            self.hidden += 1
            return None
        return getattr(self, f"_{name}", self._formed)(element, name, value)

    def _href(self, element: str, name: str, value: str) -> str | None:
        return safe_address(value) or None

    def _src(self, element: str, name: str, value: str) -> str | None:
        return self.images.source(value) or None

    def _style(self, element: str, name: str, value: str) -> str | None:
        self.hidden += styles.hides(value)
        return None if self.strict else styles.filtered(value[:10_000]) or None

    def _bgcolor(self, element: str, name: str, value: str) -> str | None:
        plain = value.strip().lower()
        return plain if not self.strict and styles.colour(plain) else None

    def _dir(self, element: str, name: str, value: str) -> str | None:
        return None if self.strict and element != "bdi" else self._formed(element, name, value)

    def _formed(self, element: str, name: str, value: str) -> str | None:
        if name in _COUNTS:
            number = re.fullmatch(r"\s*([0-9]{1,6})\s*", value, re.ASCII)
            lowest = 1 if "span" in name else 0
            return str(min(_COUNTS[name], max(lowest, int(number[1])))) if number else None
        form = _FORMS.get(name)
        return value if form and form.fullmatch(value) else None


class Settled(Policy):
    """For the last pass over markup that was judged before: images stand, nothing is counted."""

    def _src(self, element: str, name: str, value: str) -> str | None:
        return value
