"""How a box's messages look: a few colours, letters and measures, and nothing else of CSS.

The style sheet is written from values that were parsed here, so nothing that anybody typed ever
reaches it. The colours of the patient banner, of flags and of warnings cannot be changed, and
colours hold for the light look only: dark and high contrast keep their own.
"""

import base64
import json
import re
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

LOOKS = ("auto", "light", "dark", "contrast")
HEADERS = ("full", "compact", "none")
FONTS = {
    "system": 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
    "arial": 'Arial, "Helvetica Neue", Helvetica, sans-serif',
    "verdana": 'Verdana, "DejaVu Sans", Geneva, sans-serif',
    "humanist": 'Seravek, "Gill Sans Nova", Ubuntu, Calibri, "DejaVu Sans", sans-serif',
    "serif": 'Charter, "Bitstream Charter", "Sitka Text", Cambria, serif',
}
# The light look's own colours, which hold where a theme leaves one out.
COLOURS = {
    "bg": "#eef2f5",
    "fg": "#1b2530",
    "muted": "#4f5d6b",
    "accent": "#0b5c77",
    "accent-fg": "#ffffff",
    "border": "#cfd8e0",
}
SURFACE = "#ffffff"
# What stands on what, and so has to be readable on it.
PAIRS = (
    ("fg", "bg"),
    ("fg", SURFACE),
    ("muted", "bg"),
    ("muted", SURFACE),
    ("accent", "bg"),
    ("accent", SURFACE),
    ("accent-fg", "accent"),
)
LEAST_CONTRAST = 4.5
MEASURES = {
    "font-size": (12, 22),
    "radius": (0, 16),
    "pad": (0, 48),
    "max-width": (320, 2400),
}
_CHOICES = {"theme": LOOKS, "header": HEADERS, "font": tuple(FONTS)}
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})", re.ASCII)
_HEADERS = {
    "full": "",
    "compact": (
        ".mbx-envelope h1 { font-size: 1.15rem; margin-bottom: .25rem; }\n"
        ".mbx-people { display: flex; flex-wrap: wrap; gap: 0 1.5rem; }\n"
        ".mbx-people > div { grid-template-columns: auto 1fr; gap: .5rem; }\n"
    ),
    "none": (
        ".mbx-envelope .mbx-kind, .mbx-envelope h1, .mbx-people { position: absolute; width: 1px; "
        "height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }\n"
    ),
}


def faults(theme: Any) -> list[str]:
    """What is wrong with a theme, in sentences."""
    if not isinstance(theme, dict):
        return [_("Give an object, such as {“theme”: “auto”, “accent”: “#0a6640”}.")]
    found = [fault for name, value in theme.items() if (fault := _fault(name, value))]
    return found or _unreadable(theme)


def _fault(name: str, value: Any) -> str:
    if name in _CHOICES:
        known = _CHOICES[name]
        wrong = value not in known
        wanted = ", ".join(known)
    elif name in MEASURES:
        least, most = MEASURES[name]
        wrong = type(value) is not int or not least <= value <= most
        wanted = _("a whole number from %(least)d to %(most)d") % {"least": least, "most": most}
    elif name in COLOURS:
        wrong = not isinstance(value, str) or not _COLOUR.fullmatch(value)
        wanted = _("a colour such as #0a6640")
    else:
        names = ", ".join((*_CHOICES, *MEASURES, *COLOURS))
        return _("There is no “%(name)s” in a theme; choose from %(names)s.") % {
            "name": name,
            "names": names,
        }
    return (
        _("“%(name)s” has to be: %(wanted)s.") % {"name": name, "wanted": wanted} if wrong else ""
    )


def _unreadable(theme: dict[str, Any]) -> list[str]:
    colours = {**COLOURS, SURFACE: SURFACE, **theme}
    return [
        _("“%(name)s” is hard to read on %(ground)s: the contrast is %(ratio).1f, not 4.5 or more.")
        % {"name": text, "ground": ground, "ratio": ratio}
        for text, ground in PAIRS
        if (ratio := contrast(colours[text], colours[ground])) < LEAST_CONTRAST
    ]


@lru_cache(maxsize=1024)  # each page asks for the same few
def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def css(theme: dict[str, Any]) -> str:
    """The style sheet of a theme without faults."""
    colours = [f"--mbx-{name}: {theme[name].lower()};" for name in COLOURS if name in theme]
    measures = [f"--mbx-{name}: {theme[name]}px;" for name in MEASURES if name in theme]
    if "font" in theme:
        measures.append(f"--mbx-font: {FONTS[theme['font']]};")
    sheet = f":root {{ {' '.join(measures)} }}\n" if measures else ""
    if colours:
        own = f"{{ {' '.join(colours)} }}"
        sheet += f':root[data-theme="light"] {own}\n'
        sheet += f'@media not (prefers-color-scheme: dark) {{ :root[data-theme="auto"] {own} }}\n'
    header = _HEADERS[theme.get("header", "full")]
    return sheet + (f"@media screen {{\n{header}}}\n" if header else "")


def look_of(theme: Any) -> str:
    """The look that a theme asks for."""
    chosen = theme.get("theme") if isinstance(theme, dict) else None
    return chosen if chosen in LOOKS else "auto"


def code_of(theme: Any) -> str:
    """The theme's own values as one word of an address; nothing where it changes nothing."""
    if faults(theme):
        return ""  # it was saved before the rules were as they are
    kept = {name: value for name, value in theme.items() if name != "theme"}
    if not kept:
        return ""
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decoded(code: str) -> dict[str, Any]:
    """The theme of a word that ``code_of`` made. Raises ValueError."""
    try:
        theme = json.loads(base64.urlsafe_b64decode(code + "=" * (-len(code) % 4)))
    except RecursionError as error:
        raise ValueError(code) from error
    if faults(theme):
        raise ValueError(code)
    return theme
