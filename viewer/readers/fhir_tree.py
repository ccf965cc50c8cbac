"""FHIR as a tree that remembers what was read from it, the same whether it came as JSON or as
XML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from viewer.clinical import Row, Unreadable
from viewer.readers import generic
from viewer.readers.json_text import words
from viewer.readers.limits import DEPTH, check_depth
from viewer.readers.xml import Element, attributes, children, local, own_text

XHTML = "{http://www.w3.org/1999/xhtml}"
SILENT = ("resourceType", "id", "fullUrl", "reference", "versionId", "profile")
"""Names and pointers by which resources find each other: for machines, unless a pointer leads
nowhere."""


TECHNICAL = ("system", "version", "userSelected")
"""Which code list a code is from: kept with the other data rather than beside each value."""


class Branch:
    """An object with named children; a child is a list of branches and texts, however many were
    sent."""

    def __init__(self, data: dict[str, Any], depth: int = 0):
        check_depth(depth, DEPTH)
        self.children: dict[str, list[Branch | str]] = {}
        for name, value in data.items():
            self.children[name] = [made(one, depth) for one in flat(value) if one is not None]
        self.visited = self.later = False
        self._taken: set[str] = set()

    @property
    def type(self) -> str:
        found = self.children.get("resourceType", [""])[0]
        return found if isinstance(found, str) else ""

    def all(self, name: str) -> list[Branch]:
        """The branches of a name; each remembers for itself what was read."""
        self.visited = True
        return [child for child in self.children.get(name, []) if isinstance(child, Branch)]

    def one(self, name: str) -> Branch | None:
        """The first branch of a name; any others stay to be shown."""
        return next(iter(self.all(name)), None)

    def texts(self, name: str) -> list[str]:
        self.visited = True
        self._taken.add(name)
        return [child for child in self.children.get(name, []) if isinstance(child, str) and child]

    def text(self, name: str) -> str:
        """The text of a name; a list of texts comes joined."""
        return ", ".join(self.texts(name))

    def peek(self, name: str) -> str:
        """A text without taking it."""
        return next((child for child in self.children.get(name, []) if isinstance(child, str)), "")

    def choice(self, stem: str) -> tuple[str, Branch | str] | None:
        """The value of ``value[x]`` and its kind."""
        for name, found in self.children.items():
            if name.startswith(stem) and name[len(stem) :][:1].isupper() and found:
                self.visited = True
                if len(found) == 1:
                    self._taken.add(name)
                return name[len(stem) :], found[0]
        return None

    def extension(self, ending: str) -> str:
        """The text of an extension of this element, by the end of its address."""
        for branch in self.children.get("extension", []):
            if isinstance(branch, Branch) and branch.peek("url").endswith(ending):
                found = branch.choice("value")
                if found and isinstance(found[1], str):
                    branch._taken.add("url")
                    return found[1]
        return ""

    def beside(self, name: str) -> list[Branch]:
        """What JSON writes as ``_name``: the extensions of a primitive."""
        return [child for child in self.children.get(f"_{name}", []) if isinstance(child, Branch)]

    def take(self, *names: str) -> None:
        """Say of names that only count for machines that they need not be shown."""
        self.visited = True
        self._taken.update(names)

    def put(self, name: str, place: int, text: str) -> None:
        """Put a text in the place of a branch, as something that has not been taken yet."""
        if name in self._taken:
            self.children[name][place] = ""
            self.children.setdefault(f"_{name}_", []).append(text)
        else:
            self.children[name][place] = text

    def postpone(self) -> None:
        """Keep what is in this branch for the other data: beside the content it would only
        repeat."""
        self.visited = self.later = True

    def take_all(self) -> None:
        """Take this branch with all that is in it."""
        self.visited = True
        self._taken.update(self.children)
        for found in self.children.values():
            for child in found:
                if isinstance(child, Branch):
                    child.take_all()

    def memory(self) -> list[tuple[Branch, set[str], bool]]:
        """What has been taken, here and below."""
        below = [
            noted
            for found in self.children.values()
            for child in found
            if isinstance(child, Branch)
            for noted in child.memory()
        ]
        return [(self, set(self._taken), self.visited), *below]

    @staticmethod
    def restore(memory: list[tuple[Branch, set[str], bool]]) -> None:
        for branch, taken, visited in memory:
            branch._taken, branch.visited = taken, visited

    def rest(self, path: str = "") -> list[Row]:
        """Every text that nobody took, with the names that lead to it."""
        rows = []
        for name, found in self.children.items():
            label = f"{path}.{name.strip('_')}" if path else name
            for child in found:
                if isinstance(child, Branch):
                    rows.extend(child.rest(child.type or label))
                elif child and name not in self._taken and name not in SILENT:
                    rows.append(Row(label=label, value=child))
        return rows

    def rows(self, depth: int = 0) -> list[Row]:
        """All that was not taken, as labelled rows in the order of the message."""
        found: list[Row] = []
        for name, values in self.children.items():
            for child in values:
                if isinstance(child, Branch):
                    inner = [] if child.later else child.rows(depth + 1)
                    found.extend(
                        [Row(label=generic.words(name.strip("_")), depth=depth), *inner]
                        if inner
                        else []
                    )
                elif child and name not in self._taken and name not in (*SILENT, *TECHNICAL):
                    found.append(
                        Row(label=generic.words(name.strip("_")), value=child, depth=depth)
                    )
        self._taken.update(name for name in self.children if name not in TECHNICAL)
        return found


def made(value: Any, depth: int) -> Branch | str:
    return Branch(value, depth + 1) if isinstance(value, dict) else words(value)


def flat(value: Any) -> Iterator[Any]:
    """The values of a list; lists in lists do not exist in FHIR, but senders make mistakes."""
    if isinstance(value, list):
        for one in value:
            yield from flat(one)
    else:
        yield value


def from_xml(element: Element) -> dict[str, Any]:
    """The JSON form of a resource or element in XML."""
    found: dict[str, Any] = {}
    if local(element)[:1].isupper():
        found["resourceType"] = local(element)
    for name, value in attributes(element):
        if name != "value":
            put(found, name, value)
    if text := own_text(element):
        put(found, "text_", text)
    for child in children(element):
        name = local(child)
        if child.tag == f"{XHTML}div":
            put(found, "div", etree.tostring(child, encoding="unicode", with_tail=False))
        elif name in ("resource", "contained") and len(child):
            for inner in children(child):
                put(found, name, from_xml(inner))
        elif (value := child.get("value")) is not None:
            put(found, name, value)
            beside = from_xml(child)
            if beside:
                put(found, f"_{name}", beside)
        else:
            put(found, name, from_xml(child))
    return found


def put(found: dict[str, Any], name: str, value: Any) -> None:
    if name not in found:
        found[name] = value
    elif isinstance(found[name], list):
        found[name].append(value)
    else:
        found[name] = [found[name], value]


def resource(data: Any) -> Branch:
    if not isinstance(data, dict) or not isinstance(data.get("resourceType"), str):
        raise Unreadable("not_this_type", format="FHIR")
    return Branch(data)
