"""The coded entries of a CDA section: observations as results, everything else with the names that
it has."""

from __future__ import annotations

from collections.abc import Iterator

from viewer.clinical import Item, Result, Row
from viewer.readers import codes, dates, generic
from viewer.readers.cda_people import NULLS
from viewer.readers.fhir_results import STATUSES
from viewer.readers.xml import Element, attributes, children, local, own_text

XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
STRUCTURAL = (
    "classCode",
    "moodCode",
    "typeCode",
    "root",
    "codeSystem",
    "codeSystemName",
    "codeSystemVersion",
    "contextConductionInd",
    "contextControlCode",
    "determinerCode",
    "inversionInd",
    "operator",
    "institutionSpecified",
    "assigningAuthorityName",
    "schemaLocation",
    "type",
    "xsi",
    "use",
    "mediaType",
    "representation",
    "independentInd",
    "ID",
    "negationInd",
    "nullFlavor",
)
SKIPPED = ("templateId", "typeId", "observationMedia")


def entries(section: Element) -> Iterator[Item]:
    """All entries of a section, in their order."""
    for entry in children(section):
        if local(entry) == "entry":
            for statement in children(entry):
                yield from statements(statement, 0)


def statements(element: Element, depth: int) -> Iterator[Item]:
    """One clinical statement with what belongs to it below it."""
    name = local(element)
    if name in SKIPPED:
        return
    negated = element.get("negationInd") == "true"
    if name == "observation" and child(element, "value") is not None:
        yield observation(element, depth, negated)
        below = [one for one in children(element) if local(one) not in READ]
        for one in below:
            yield from statements(one, depth + 1)
        return
    text, null = words(element), element.get("nullFlavor", "")
    term = "negated" if negated else NULLS.get(null, "no_value") if null and not text else ""
    inner = [item for one in children(element) for item in statements(one, depth + 1)]
    if text or term or inner:
        yield Row(label=generic.words(name), value=text, value_term=term, depth=depth)
    yield from inner


READ = (
    "code",
    "value",
    "interpretationCode",
    "referenceRange",
    "effectiveTime",
    "statusCode",
    "id",
    "text",
)


def observation(element: Element, depth: int, negated: bool) -> Result:
    name, code = coded(child(element, "code"))
    value, unit, missing = measured(child(element, "value"))
    interpretation = child(element, "interpretationCode")
    flag = interpretation.get("code", "") if interpretation is not None else ""
    low, high, reference = limits(child(element, "referenceRange"))
    status = child(element, "statusCode")
    received = status.get("code", "") if status is not None else ""
    when = child(element, "effectiveTime")
    received_at = (
        next((one.get("value", "") for one in when.iter() if one.get("value")), "")
        if when is not None
        else ""
    )
    return Result(
        name="" if code == "ASSERTION" else name or generic.words(local(element)),
        name_term="assertion" if code == "ASSERTION" else "",
        code=code if code not in (name, "ASSERTION") else "",
        value=value,
        value_term=missing,
        unit=unit,
        low=low,
        high=high,
        reference=reference,
        flag=codes.flag(flag),
        flag_received=flag,
        status="negated"
        if negated
        else ""
        if received == "completed"
        else STATUSES.get(received, ""),
        status_received=received,
        at=dates.moment("observed", received_at) if received_at else None,
        depth=min(depth, 5),
    )


def measured(element: Element | None) -> tuple[str, str, str]:
    """Value, unit, and why there is none."""
    if element is None:
        return "", "", ""
    if null := element.get("nullFlavor"):
        return element.get("displayName", ""), "", NULLS.get(null, "no_value")
    if (value := element.get("value")) is not None:
        unit = element.get("unit", "")
        return value, "" if unit == "1" else unit, ""
    low, high = (child(element, name) for name in ("low", "high"))
    if low is not None or high is not None:
        ends = [" ".join(measured(end)[:2]).strip() for end in (low, high)]
        return " – ".join(ends), "", ""
    name, code = coded(element)
    text = name or own_text(element)
    return (f"{text} ({code})" if code and code != text else text), "", ""


def limits(element: Element | None) -> tuple[str, str, str]:
    if element is None:
        return "", "", ""
    ends = {
        local(one): one.get("value", "") for one in element.iter() if local(one) in ("low", "high")
    }
    text = " ".join(
        " ".join("".join(one.itertext()).split()) for one in element.iter() if local(one) == "text"
    )
    return ends.get("low", ""), ends.get("high", ""), text


def coded(element: Element | None) -> tuple[str, str]:
    if element is None:
        return "", ""
    original = child(element, "originalText")
    words_ = element.get("displayName") or (
        "".join(original.itertext()).strip() if original is not None else ""
    )
    return words_ or element.get("code", ""), element.get("code", "")


def words(element: Element) -> str:
    """What an element says in its own attributes and text."""
    shown = [value for name, value in attributes(element) if name not in STRUCTURAL]
    return " ".join(dict.fromkeys(filter(None, (*shown, own_text(element)))))


def child(element: Element, name: str) -> Element | None:
    return next((one for one in children(element) if local(one) == name), None)
