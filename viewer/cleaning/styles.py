"""Which declarations of a ``style`` attribute stay: a known property with a value of known form."""

import re
from collections.abc import Callable

from PIL import ImageColor

PIXELS = {
    **{"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0},
    **{"in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4},
}
_NUMBER = re.compile(
    r"(\d{1,5}(?:\.\d{1,4})?|\.\d{1,4})(px|pt|pc|em|rem|ex|ch|in|cm|mm|%)?", re.ASCII
)
_RGB = re.compile(r"rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)", re.ASCII)
_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.ASCII)
_FAMILY = re.compile(
    r"""[A-Za-z0-9 ,_-]*(?:(?:"[A-Za-z0-9 _-]*"|'[A-Za-z0-9 _-]*')[A-Za-z0-9 ,_-]*)*"""
)
_SIZES = "xx-small x-small small medium large x-large xx-large smaller larger".split()
_STYLES = "none hidden dotted dashed solid double groove ridge inset outset".split()
_GENERAL = frozenset(("inherit", "initial", "unset"))
# What makes text vanish; none of it stays, and the page says so.
_HIDING = re.compile(
    r"""display\s*:\s*none | visibility\s*:\s*(?:hidden|collapse) | mso-hide\s*:\s*all
      | opacity\s*:\s*0?\.?0+(?![\d.]*[1-9]) | (?:text-indent|left|top|margin-left)\s*:\s*-\d{3,}
      | (?:max-)?(?:height|width)\s*:\s*0+(?:px|pt|em)?\s*(?:;|!|$) | clip\s*:\s*rect
      | font-size\s*:\s*0*[0-3]?(?:\.\d+)?(?:px|pt)?\s*(?:;|!|$) | color\s*:\s*transparent""",
    re.VERBOSE | re.IGNORECASE,
)


def hides(style: str) -> bool:
    """Whether the declarations take the text out of sight by themselves."""
    return _HIDING.search(style) is not None


def filtered(style: str) -> str:
    """The declarations that are known and harmless, normalised; the others are gone."""
    kept = []
    for declaration in style.split(";"):
        name, _, value = declaration.partition(":")
        name, value = (
            name.strip().lower(),
            re.sub(r"!\s*important\s*$", "", value.strip(), flags=re.I),
        )
        name = "background-color" if name == "background" else name
        rule = RULES.get(name)
        shown = (
            rule(value.strip() if name == "font-family" else value.strip().lower()) if rule else ""
        )
        if shown:
            kept.append(f"{name}:{shown}")
    return ";".join(kept)


def declarations(style: str) -> dict[str, str]:
    """What ``filtered`` made, as a dict."""
    return dict(part.split(":", 1) for part in style.split(";") if ":" in part)


def colour(value: str) -> tuple[int, int, int] | None:
    """A plain colour as numbers; nothing for keywords, transparency and anything else."""
    if found := _RGB.fullmatch(value):
        red, green, blue = (min(255, int(part)) for part in found.groups())
        return red, green, blue
    if _HEX.fullmatch(value) or value in ImageColor.colormap:
        return ImageColor.getrgb(value)[:3]
    return None


def _keyword(*words: str) -> Callable[[str], str]:
    allowed = _GENERAL.union(words)
    return lambda value: value if value in allowed else ""


def _colour(value: str) -> str:
    known = value in _GENERAL or value == "currentcolor" or colour(value) is not None
    return value if known else ""


def _length(
    most: float, *words: str, least: float = 0, percent: float = 100
) -> Callable[[str], str]:
    allowed = _GENERAL.union(words)

    def check(value: str) -> str:
        if value in allowed:
            return value
        found = _NUMBER.fullmatch(value)
        if not found:
            return ""
        number, unit = float(found[1]), found[2] or ""
        if unit == "%":
            return value if number <= percent else ""
        if not unit and number:
            return ""
        return value if least <= number * PIXELS[unit] <= most else ""

    return check


def _several(check: Callable[[str], str], most: int = 4) -> Callable[[str], str]:
    def check_all(value: str) -> str:
        parts = [check(part) for part in re.sub(r"\s*,\s*", ",", value).split()]
        return " ".join(parts) if 0 < len(parts) <= most and all(parts) else ""

    return check_all


def _any_of(*checks: Callable[[str], str]) -> Callable[[str], str]:
    return lambda value: next((shown for check in checks if (shown := check(value))), "")


def _font_size(value: str) -> str:
    """Between 8 and 48 px; what is smaller is raised, so that it can be read."""
    if value in _SIZES or value in _GENERAL:
        return value
    found = _NUMBER.fullmatch(value)
    if not found or not (found[2] or not float(found[1])):
        return ""
    factor = 0.16 if found[2] == "%" else PIXELS[found[2] or ""]
    pixels = float(found[1]) * factor
    return value if 8 <= pixels <= 48 else f"{min(48, max(8, pixels)):.0f}px"


def _line_height(value: str) -> str:
    found = re.fullmatch(r"(\d(?:\.\d{1,4})?)|(\d{3})%", value, re.ASCII)
    if found:
        factor = float(found[1] or int(found[2]) / 100)
        return value if 1 <= factor <= 3 else ""
    return _length(72, "normal", least=12)(value)


def _font_family(value: str) -> str:
    return value if len(value) <= 200 and _FAMILY.fullmatch(value) else ""


_spacing = _length(200, "auto", "normal")
_stroke = _any_of(_length(10, "thin", "medium", "thick"), _keyword(*_STYLES), _colour)
RULES: dict[str, Callable[[str], str]] = {
    "color": _colour,
    "background-color": _colour,
    "font-family": _font_family,
    "font-size": _font_size,
    "font-style": _keyword("normal", "italic", "oblique"),
    "font-variant": _keyword("normal", "small-caps"),
    "font-weight": _keyword(
        "normal", "bold", "bolder", "lighter", *(str(n) for n in range(100, 1000, 100))
    ),
    "text-align": _keyword("left", "right", "center", "justify", "start", "end"),
    "text-decoration": _several(
        _any_of(_keyword("none", "underline", "overline", "line-through"), _colour)
    ),
    "text-indent": _spacing,
    "text-transform": _keyword("none", "capitalize", "uppercase", "lowercase"),
    "line-height": _line_height,
    "white-space": _keyword("normal", "nowrap", "pre", "pre-wrap", "pre-line"),
    "vertical-align": _any_of(
        _keyword("baseline", "top", "middle", "bottom", "sub", "super", "text-top", "text-bottom"),
        _spacing,
    ),
    "list-style-type": _keyword(
        *("none", "disc", "circle", "square", "decimal", "lower-alpha", "upper-alpha"),
        *("lower-roman", "upper-roman", "lower-latin", "upper-latin"),
    ),
    "direction": _keyword("ltr", "rtl"),
    "width": _length(2000, "auto"),
    "max-width": _length(2000, "none"),
    "border-collapse": _keyword("collapse", "separate"),
    "border-spacing": _several(_spacing, 2),
    "border-radius": _several(_length(200)),
    **{f"{side}": _several(_spacing) for side in ("margin", "padding")},
    **{
        f"{box}-{side}": _spacing
        for box in ("margin", "padding")
        for side in ("top", "right", "bottom", "left")
    },
    **{
        f"border{side}": _several(_stroke, 3) for side in ("", "-top", "-right", "-bottom", "-left")
    },
    **{
        f"border{side}-{part}": _several(check)
        for side in ("", "-top", "-right", "-bottom", "-left")
        for part, check in (
            ("width", _length(10, "thin", "medium", "thick")),
            ("style", _keyword(*_STYLES)),
            ("color", _colour),
        )
    },
}
