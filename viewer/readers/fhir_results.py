"""Observations of FHIR as rows of a result table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from viewer.clinical import Result, Row
from viewer.readers import codes
from viewer.readers.fhir_tree import Branch
from viewer.readers.fhir_types import (
    concept,
    concepts,
    leaf_rows,
    measured,
    period,
    quantity,
    ranged,
    ratio,
    simple,
    timed,
    words,
)

STATUSES = {
    "registered": "registered",
    "partial": "partial",
    "preliminary": "preliminary",
    "final": "final",
    "amended": "corrected",
    "corrected": "corrected",
    "appended": "addition",
    "cancelled": "cancelled",
    "entered-in-error": "entered_in_error",
    "unknown": "status_unknown",
}
MISSING = {
    "unknown": "unknown",
    "asked-unknown": "asked_unknown",
    "temp-unknown": "temporarily_unknown",
    "not-asked": "not_asked",
    "masked": "masked",
    "not-applicable": "not_applicable",
}


def results(branch: Branch, depth: int = 0) -> Iterator[Result]:
    """The observation, and its components below it."""
    own = observation(branch, depth)
    components = branch.all("component")
    yield replace(own, panel=bool(components))
    for component in components:
        yield part(component, own, depth + 1)


def observation(branch: Branch, depth: int) -> Result:
    branch.take("resourceType", "id")
    for other in branch.all("subject"):
        other.postpone()
    status = branch.text("status")
    at = next(iter(timed(branch, "effective", "observed")), None)
    name, code = concept(branch.one("code"))
    return Result(
        name=name,
        code=code if code != name else "",
        status=STATUSES.get(status, "status_unknown" if status else ""),
        status_received=status,
        changed=status in ("amended", "corrected"),
        at=at,
        comments=tuple(comments(branch)),
        depth=depth,
        **measurement(branch),
        details=tuple(details(branch)),
    )


def part(branch: Branch, whole: Result, depth: int) -> Result:
    name, code = concept(branch.one("code"))
    return Result(
        name=name,
        code=code if code != name else "",
        status=whole.status if whole.withdrawn else "",
        at=whole.at,
        depth=depth,
        component=True,
        **measurement(branch),
        details=tuple(leaf_rows(branch)),
    )


def measurement(branch: Branch) -> dict:
    """Value, unit, limits and flag."""
    value, unit = value_of(branch)
    missing, reason = concept(branch.one("dataAbsentReason"))
    received = [mark(*one) for one in concepts(branch, "interpretation")]
    flags = [codes.flag(one) for one in received if one]
    low, high, reference, unit_of_limits = limits(branch)
    return {
        "value": value or (missing if missing and reason not in MISSING else ""),
        "value_term": "" if value or not missing else MISSING.get(reason, "no_value"),
        # A value sent as text has no unit of its own; its limits say what it was measured in.
        "unit": unit or (unit_of_limits if value else ""),
        "low": low,
        "high": high,
        "reference": reference,
        "flag": next(iter(flags), ""),
        "flag_received": " ".join(received),
    }


def mark(words: str, code: str) -> str:
    """A flag by its code, and in the words of the sender too when that code is not a known one."""
    if codes.flag(code) not in ("", "marked"):
        return code
    return " ".join(dict.fromkeys(filter(None, (code, words))))


def value_of(branch: Branch) -> tuple[str, str]:
    """``value[x]``, exactly as received."""
    found = branch.choice("value")
    if not found:
        return "", ""
    kind, value = found
    if isinstance(value, str):
        return value.replace("T", " ") if kind == "DateTime" else value, ""
    if kind in ("Quantity", "Age", "Duration", "Money"):
        return quantity(value)
    shown = {"Range": ranged, "Ratio": ratio, "Period": period}.get(kind)
    if shown:
        return shown(value), ""
    if kind == "CodeableConcept":
        text, code = concept(value)
        return f"{text} ({code})" if code and code != text else text, ""
    if kind == "SampledData":
        return value.text("data"), measured(value.one("origin"))
    return simple(value) or "; ".join(f"{row.label}: {row.value}" for row in leaf_rows(value)), ""


def limits(branch: Branch) -> tuple[str, str, str, str]:
    """The first range in numbers; whatever else the sender says about ranges as text."""
    low = high = measure = ""
    texts = []
    for number, one in enumerate(branch.all("referenceRange")):
        below, unit = quantity(one.one("low"))
        above, other = quantity(one.one("high"))
        text = one.text("text")
        applies = words(one, "appliesTo") or words(one, "type")
        if number == 0 and not applies:
            low, high, measure = below, above, unit or other
            texts.append(text)
        else:
            bounds = " – ".join((below, above)).strip()
            texts.append(
                " ".join(
                    filter(
                        None,
                        (
                            f"{applies}:" if applies else "",
                            text or f"{bounds} {unit or other}".strip(),
                        ),
                    )
                )
            )
    return low, high, "; ".join(filter(None, texts)), measure


def comments(branch: Branch) -> Iterator[str]:
    """R4's notes and STU3's comment, line by line."""
    for text in branch.texts("comment"):
        yield from text.splitlines()
    for note in branch.all("note"):
        yield from note.text("text").splitlines()


def details(branch: Branch) -> list[Row]:
    rows = []
    for name, term in (("bodySite", "body_site"), ("method", "method")):
        if text := words(branch, name):
            rows.append(Row(term=term, value=text))
    return rows


def grouping(branch: Branch) -> str:
    """The heading under which an observation stands: the sender's own words for its category."""
    for one in branch.all("category"):
        if text := one.text("text"):
            return text
    return ""
