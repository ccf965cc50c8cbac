"""Requests for relations, roles and rules: whether they are written as they should be.

They are checked and carried; what they ask for is for the people and software that read them.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from transports.personium.carried import MESSAGE
from transports.personium.facade.cell import first_generation
from transports.personium.facade.errors import CellError, wrong_field

LONGEST_URL = 1024
_NAMES = {
    "relation": re.compile(r"[a-zA-Z0-9+-][a-zA-Z0-9_+:-]{0,127}", re.ASCII),
    "role": re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,127}", re.ASCII),
    "rule": re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_:-]{0,199}", re.ASCII),
}
MEMBERS = (
    *("RequestType", "Name", "TargetUrl", "ClassUrl", "EventSubject", "EventType"),
    *("EventObject", "EventInfo", "Action"),
)
TARGETED = ("relay", "relay.event", "exec", "relay.data")
TIMERS = ("timer.periodic", "timer.oneshot")


def check_request(values: Mapping[str, Any], *, at_port: bool = False) -> None:
    """Raises CellError."""
    if first_generation():
        check_first(values)
    elif values["Type"] != MESSAGE:
        check_objects(values["RequestObjects"], at_port=at_port)


# -- the first generation: a relation or role, and whom it is about --


def check_first(values: Mapping[str, Any]) -> None:
    kind, what, target = values["Type"], values["RequestRelation"], values["RequestRelationTarget"]
    if kind != MESSAGE and (what is None or target is None):
        raise wrong_field("RequestRelation,RequestRelationTarget")
    if what is not None and not any(names(what, entity) for entity in entities_of(kind)):
        raise wrong_field("RequestRelation")
    if target is not None and not is_uri(target, ("http", "https", "urn", "personium-localunit")):
        raise wrong_field("RequestRelationTarget")


def entities_of(kind: str) -> tuple[str, ...]:
    if kind.startswith("req.relation."):
        return ("relation",)
    return ("role",) if kind.startswith("req.role.") else ("relation", "role")


def names(text: str, entity: str) -> bool:
    return _NAMES[entity].fullmatch(text) is not None or is_class_url(text, entity)


def is_class_url(text: str, entity: str) -> bool:
    """``{base}/{appcell}/__relation/__/{name}``"""
    if not is_uri(text, ("http", "https", "personium-localunit")):
        return False
    cell, found, name = text.removesuffix("/").partition(f"/__{entity}/__/")
    return bool(found) and len(cell) > 8 and _NAMES[entity].fullmatch(name) is not None


def is_uri(text: str, schemes: tuple[str, ...]) -> bool:
    if len(text) > LONGEST_URL or not text.isascii() or any(sign <= " " for sign in text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    if parts.scheme not in schemes:
        return False
    return bool(parts.hostname if parts.scheme in ("http", "https") else parts.path)


# -- the second generation: a list of things asked for --


def check_objects(objects: Any, *, at_port: bool) -> None:
    if not objects:
        raise wrong_field("RequestObjects")
    for item in objects:
        if not isinstance(item, dict):
            raise wrong_field("RequestObjects")
        for name, value in item.items():
            if name not in MEMBERS or not (value is None or is_member_text(value)):
                raise wrong_field(f"RequestObjects.{name[:100]}")
        check_object({name: item.get(name) for name in MEMBERS}, at_port=at_port)


def is_member_text(value: Any) -> bool:
    return isinstance(value, str) and "\0" not in value


def check_object(item: Mapping[str, str | None], *, at_port: bool) -> None:
    kind = item["RequestType"]
    if kind is None:
        raise CellError("PR400-OD-0009", "RequestType")
    entity, _, verb = kind.partition(".")
    if entity in ("relation", "role") and verb in ("add", "remove"):
        check_link(item, entity)
    elif kind == "rule.add":
        check_rule(item, at_port=at_port)
    elif kind == "rule.remove":
        if not item["Name"] or not _NAMES["rule"].fullmatch(item["Name"]):
            raise wrong_member("Name")
    elif at_port:
        raise wrong_member("RequestType")


def check_link(item: Mapping[str, str | None], entity: str) -> None:
    name, url = item["Name"], item["ClassUrl"]
    if (name is None) == (url is None):
        raise wrong_field("RequestObjects.Name,RequestObjects.ClassUrl")
    if name is not None and not _NAMES[entity].fullmatch(name):
        raise wrong_member("Name")
    if url is not None and not is_class_url(url, entity):
        raise wrong_member("ClassUrl")
    if not item["TargetUrl"]:
        raise wrong_member("TargetUrl")


def check_rule(item: Mapping[str, str | None], *, at_port: bool) -> None:
    name, action, target = item["Name"], item["Action"], item["TargetUrl"]
    if (name is None and at_port) or (name and not _NAMES["rule"].fullmatch(name)):
        raise wrong_member("Name")
    if not action:
        raise wrong_member("Action")
    if action in TARGETED and not target:
        raise wrong_member("TargetUrl")
    if action == "exec" and not (target or "").startswith("personium-localcell:"):
        raise wrong_member("TargetUrl")
    where = item["EventObject"]
    if item["EventType"] in TIMERS:
        if not re.fullmatch(r"[1-9][0-9]{0,17}", where or "", re.ASCII):
            raise wrong_member("EventObject")
    elif where and not where.startswith("personium-localcell:"):
        raise wrong_member("EventObject")


def wrong_member(name: str) -> CellError:
    return wrong_field(f"RequestObjects.{name}")


def has_nameless_rule(objects: list[dict[str, Any]] | None) -> bool:
    return any(is_nameless_rule(item) for item in objects or [] if isinstance(item, dict))


def is_nameless_rule(item: Mapping[str, Any]) -> bool:
    return item.get("RequestType") == "rule.add" and not item.get("Name")


def completed(objects: list[dict[str, Any]], identifier: str) -> list[dict[str, Any]]:
    """As they are delivered: a rule without a name is called after its message."""
    return [
        {**item, "Name": identifier} if is_nameless_rule(item) else dict(item) for item in objects
    ]
