"""The coded entries of a CDA section: observations as results, everything else with the names that
it has."""

from __future__ import annotations

from collections.abc import Iterator

from viewer.clinical import Item, Result, Row
from viewer.readers import cda_narrative as narrative
from viewer.readers import codes, dates, generic
from viewer.readers.alerts import nothing_known
from viewer.readers.cda_people import NULLS
from viewer.readers.fhir_results import STATUSES
from viewer.readers.xml import Element, attributes, children, etree, local, own_text

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
# Sections of results and of vital signs; elsewhere a coded value is a problem, an allergy, a habit.
MEASURING = ("30954-2", "8716-3", "11502-2", "26436-6", "18719-5", "18725-2", "18727-8")
# An assertion, a problem, a diagnosis, an allergy: what was found, not measured.
FINDINGS = ("ASSERTION", "55607006", "282291009", "404684003", "64572001", "416098002", "419199007")
ALLERGIES, MOST_LINES = "48765-2", 10
SKIPPED = ("templateId", "typeId", "observationMedia")


def entries(section: Element) -> Iterator[Item]:
    """All entries of a section, in their order."""
    code = child(section, "code")
    measuring = code is None or code.get("code", "") in MEASURING
    for entry in children(section):
        if local(entry) == "entry":
            for statement in children(entry):
                yield from statements(statement, 0, measuring)


def statements(element: Element, depth: int, measuring: bool) -> Iterator[Item]:
    """One clinical statement with what belongs to it below it."""
    name = local(element)
    if name in SKIPPED:
        return
    negated = element.get("negationInd") == "true"
    if name == "observation" and child(element, "value") is not None:
        yield observation(element, depth, negated, measuring)
        below = [one for one in children(element) if local(one) not in READ]
        for one in below:
            yield from statements(one, depth + 1, measuring)
        return
    text, null = words(element), element.get("nullFlavor", "")
    term = "negated" if negated else NULLS.get(null, "no_value") if null and not text else ""
    inner = [item for one in children(element) for item in statements(one, depth + 1, measuring)]
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


def observation(element: Element, depth: int, negated: bool, measuring: bool) -> Result:
    name, code = coded(child(element, "code"))
    found = child(element, "value")
    value, unit, missing = measured(found)
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
        finding=code in FINDINGS or (not measuring and is_coded(found) and not flag),
    )


def is_coded(value: Element | None) -> bool:
    kind = "" if value is None else value.get(XSI_TYPE, "").rpartition(":")[2]
    return kind in ("CD", "CE", "CV", "CO", "CS")


def allergies(section: Element) -> list[str]:
    """What an allergy section warns of: the substances of its entries, or its lines of text."""
    code = child(section, "code")
    if code is None or code.get("code") != ALLERGIES:
        return []
    found = []
    for one in section.iter(etree.Element):
        if local(one) != "observation" or child(one, "value") is None or negative(one):
            continue
        if nested(one):
            continue  # a reaction, a severity or a status of the allergy
        names = [
            coded(child(entity, "code"))[0] or own_text(child(entity, "name"))
            for entity in one.iter(etree.Element)
            if local(entity) == "playingEntity"
            and (child(entity, "code") is not None or child(entity, "name") is not None)
        ]
        value = child(one, "value")
        found += list(filter(None, names)) or [coded(value)[0] or measured(value)[0]]
    if not found and (text := child(section, "text")) is not None and not list(entries(section)):
        found = [line.strip(" •\t") for line in narrative.lines(text)][:MOST_LINES]
    return [one for one in found if one.strip() and not nothing_known(one)]


def negative(element: Element) -> bool:
    return any(
        one.get("negationInd") == "true"
        for one in (element, *element.iterancestors())
        if local(one) in ("observation", "act")
    )


def nested(element: Element) -> bool:
    """Whether an observation belongs to another one."""
    return any(local(one) == "observation" for one in element.iterancestors())


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
