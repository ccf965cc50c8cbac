"""The data types of FHIR as a person reads them."""

from __future__ import annotations

from viewer.clinical import Moment, Row
from viewer.readers import dates
from viewer.readers.fhir_tree import Branch


def concept(branch: Branch | None) -> tuple[str, str]:
    """The words and the code of a CodeableConcept, a Coding, or of STU3's plain code."""
    if branch is None:
        return "", ""
    codings = branch.all("coding") or ([branch] if "code" in branch.children else [])
    displays = [coding.text("display") for coding in codings]
    codes = [coding.text("code") for coding in codings]
    for coding in codings:
        coding.take("userSelected", "version")
    words = branch.text("text")
    shown = list(dict.fromkeys(filter(None, (words, *displays))))
    code = next(filter(None, codes), "")
    return (shown[0] if shown else code), code


def concepts(branch: Branch, name: str) -> list[tuple[str, str]]:
    """All concepts of a name, also where an older release has plain codes."""
    plain = [(code, code) for code in branch.texts(name)]
    return [*plain, *(concept(child) for child in branch.all(name))]


def words(branch: Branch, name: str) -> str:
    """The words of all concepts of a name."""
    return ", ".join(filter(None, (text for text, _ in concepts(branch, name))))


def quantity(branch: Branch | None) -> tuple[str, str]:
    """Value with its comparator, and unit."""
    if branch is None:
        return "", ""
    value = branch.text("comparator") + branch.text("value")
    unit, code = branch.text("unit"), branch.text("code")
    return value, unit or code


def measured(branch: Branch | None) -> str:
    return " ".join(filter(None, quantity(branch)))


def period(branch: Branch) -> str:
    return " – ".join((branch.text("start"), branch.text("end"))).strip(" ")


def ranged(branch: Branch) -> str:
    return " – ".join((measured(branch.one("low")), measured(branch.one("high"))))


def ratio(branch: Branch) -> str:
    return " / ".join((measured(branch.one("numerator")), measured(branch.one("denominator"))))


def timed(branch: Branch, stem: str, meaning: str) -> list[Moment]:
    """``effective[x]``: a moment, or the start and end of a period."""
    found = branch.choice(stem)
    if not found:
        return []
    _, value = found
    if isinstance(value, str):
        return [dates.moment(meaning, value)]
    start, end = value.text("start"), value.text("end")
    moments = [dates.moment("started", start)] if end and start else []
    if start and not end:
        moments.append(dates.moment(meaning, start))
    return [*moments, *([dates.moment("ended", end)] if end else [])]


def instant(branch: Branch, name: str, meaning: str) -> list[Moment]:
    return [dates.moment(meaning, text) for text in branch.texts(name)]


def identifier(branch: Branch) -> tuple[str, str]:
    """System and value of an Identifier."""
    branch.take("use")
    return branch.text("system"), branch.text("value")


def simple(branch: Branch) -> str | None:
    """A data type in one line of text; nothing for a structure that needs rows of its own."""
    names = {name for name in branch.children if not name.startswith("_")} - {
        "id",
        "extension",
        "use",
        "type",
    }
    if not names:
        return None
    if (
        names & {"coding"}
        or names <= {"system", "code", "display", "version", "userSelected"}
        and "code" in names
    ):
        text, code = concept(branch)
        return f"{text} ({code})" if code and code != text else text
    if names <= {"value", "unit", "system", "code", "comparator"} and names & {
        "unit",
        "comparator",
        "code",
    }:
        return measured(branch)
    if names <= {"start", "end"}:
        return period(branch)
    if names <= {"low", "high"}:
        return ranged(branch)
    if names <= {"numerator", "denominator"}:
        return ratio(branch)
    if names == {"text"}:
        return branch.text("text")
    return None


def leaf_rows(branch: Branch, depth: int = 0) -> list[Row]:
    """What was not read from a branch, with the data types in one line each."""
    flatten(branch)
    return branch.rows(depth)


def flatten(branch: Branch) -> None:
    """Replace simple data types by their text, from the outside in."""
    for name, found in list(branch.children.items()):
        if name in ("contained", "resource"):
            continue
        for place, child in enumerate(found):
            if not isinstance(child, Branch) or child.type:
                continue
            text = simple(child) if not child.visited else None
            if text is None:
                flatten(child)
            else:
                left = (f"{row.label}: {row.value}" for row in child.rows() if row.value)
                branch.put(name, place, "; ".join(filter(None, (text, *left))))
