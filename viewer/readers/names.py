"""Names of persons, where a format gives them in fewer pieces than a page needs."""

from __future__ import annotations

import re

from viewer.clinical import NamePart

LONGEST = 200  # no name is longer; nonsense is not taken apart
PREFIXES = (
    "(?:aan|bij|de|den|der|des|di|du|el|het|in|la|le|op|onder|over|te|ten|ter|tot|uit|uijt|van|vd"
    r"|v\.d\.|voor|von|'s|'t)"
)
HYPHEN = r"\s*[-–]\s*"


def initials_of(given: str, further: str) -> dict[str, str]:
    """Given name and initials: ``Sanne`` + ``S J`` → Sanne, S.J.; ``P`` + ``H`` → P.H."""
    letters = spelled(further)
    if not single(given):
        if letters and not letters.casefold().startswith(given[:1].casefold()):
            letters = f"{given[:1]}.{letters}"
        if further and not single(further):
            return {"given": f"{given} {further}".strip(), "initials": ""}
        return {"given": given, "initials": letters}
    if further and not single(further):
        return {"given": further, "initials": spelled(given)}
    return {"given": "", "initials": spelled(given) + letters}


def single(name: str) -> bool:
    """Whether a name is made of single letters."""
    return bool(re.fullmatch(r"(?:[^\W\d_](?:\.\s*|\s+|$))+", name))


def spelled(name: str) -> str:
    """Single letters as initials with points."""
    return "".join(f"{letter}." for letter in re.findall(r"[^\W\d_]", name)) if single(name) else ""


def double_name(
    whole: str, own: str, own_prefix: str = "", partner: str = "", partner_prefix: str = ""
) -> tuple[NamePart, ...]:
    """A double surname taken apart, when it is known which of the two is the person's own.

    ``Duinmeijer-van der Klaver`` with own name ``Klaver`` → Duinmeijer, van der Klaver.
    """
    if partner:
        parts = [NamePart(partner, partner_prefix, "partner"), NamePart(own, own_prefix, "own")]
        parts = [part for part in parts if part.surname]
        parts.sort(key=lambda part: position(part.surname, whole))
        return tuple(parts)
    if not own or not whole or own.casefold() == whole.casefold() or len(whole) > LONGEST:
        return (NamePart(whole or own, own_prefix),) if own or whole else ()
    last = re.fullmatch(rf"(.+?){HYPHEN}((?:{PREFIXES} ?)*){re.escape(own)}", whole, re.IGNORECASE)
    if last:
        return (
            NamePart(last[1], "", "partner"),
            NamePart(own, own_prefix or last[2].strip(), "own"),
        )
    first = re.fullmatch(rf"((?:{PREFIXES} ?)*){re.escape(own)}{HYPHEN}(.+)", whole, re.IGNORECASE)
    if first:
        return (
            NamePart(own, own_prefix or first[1].strip(), "own"),
            NamePart(first[2], "", "partner"),
        )
    if prefixed := re.fullmatch(rf"((?:{PREFIXES} )+){re.escape(own)}", whole, re.IGNORECASE):
        return (NamePart(own, own_prefix or prefixed[1].strip()),)
    return (NamePart(whole), NamePart(own, own_prefix, "own"))


def position(surname: str, whole: str) -> int:
    found = whole.casefold().find(surname.casefold())
    return found if found >= 0 else len(whole)


def initialled(given: str) -> str:
    """A letter alone is an initial."""
    return f"{given}." if len(given) == 1 and given.isalpha() else given
