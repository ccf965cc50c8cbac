"""Values of Hub XML in words: labels and code lists of the dictionary, dates, weeks of pregnancy,
yes and no."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from viewer.clinical import Item, Row, Text
from viewer.readers import dates
from viewer.readers.xml import Element

DICTIONARY = Path(__file__).parent / "data" / "peri22x-dictionary.json"
PREFIXES = ("peri22-dataelement-", "peri22x-")
YES, NO = ("true", "ja", "1"), ("false", "nee", "0")


@cache
def dictionary() -> dict[str, Any]:
    """Concepts, code lists and section types of perinatologie.nl."""
    return json.loads(DICTIONARY.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Value:
    """One ``value`` element; ``received`` is what it carries, in an attribute or as text."""

    concept: str
    label: str
    received: str
    display: str
    repeat: str
    group: str

    @classmethod
    def of(cls, element: Element) -> Value:
        get = element.attrib.get
        text = "".join(element.itertext()).strip("\r\n")
        return cls(
            concept=get("concept") or get("keyId") or get("keyid") or "",
            label=get("label", ""),
            received=get("value", "") or (text if text.strip() else ""),
            display=get("displayValue", ""),
            repeat=get("repeat", ""),
            group=get("group", ""),
        )

    @property
    def meaning(self) -> dict[str, str]:
        return dictionary()["concepts"].get(self.concept, {})

    @property
    def name(self) -> str:
        return self.label or self.meaning.get("name", "") or self.concept

    @property
    def known(self) -> bool:
        return bool(self.label or self.meaning.get("name"))

    @property
    def kind(self) -> str:
        return self.meaning.get("dataType", "")

    def item(self, declared: str = "") -> Item:
        """The value as it is shown, with what was received beside it where that differs."""
        if not self.received and not self.display:
            return Row(label=self.name, value_term="empty")
        if "\n" in self.received:
            return Text(tuple(self.received.splitlines()), heading=self.name)
        shown, term = self.words(declared)
        differs = self.received if self.received not in shown else ""
        return Row(label=self.name, value=shown, value_term=term, raw=differs)

    def words(self, declared: str) -> tuple[str, str]:
        """The value as a person reads it, and a code of ours for yes and no."""
        if self.display:
            return self.display, ""
        kind, received = declared or self.kind, self.received
        if kind == "boolean":
            low = received.casefold()
            return received, "yes" if low in YES else "no" if low in NO else ""
        if kind in ("date", "datetime"):
            return date(received, kind), ""
        listed = dictionary()["codelists"].get(self.meaning.get("codelist", ""), {})
        if received in listed:
            return listed[received], ""
        unit = self.meaning.get("unit", "")
        if unit == "d":
            return weeks(received), ""
        numeric = re.fullmatch(r"[<>]?-?[0-9]+([.,][0-9]+)?", received)
        return (f"{received} {unit}" if unit and numeric else received), ""


def date(received: str, kind: str) -> str:
    """ISO 8601 for what can only be a date; Unix seconds have nine digits or more, or a minus
    sign."""
    if re.fullmatch(r"-[0-9]+|[0-9]{9,11}", received):
        iso = dates.from_seconds(received)
        return (iso[:10] if kind == "date" else iso.replace("T", " ")) or received
    return dates.iso(received).replace("T", " ") or received


def stamp(received: str) -> str:
    """The stamps of sections: dates, or Unix seconds."""
    return (
        dates.from_seconds(received)
        if re.fullmatch(r"-[0-9]+|[0-9]{9,11}", received)
        else dates.iso(received)
    )


def weeks(received: str) -> str:
    """A duration of pregnancy in days as weeks + days; other notations stay as they are."""
    if not re.fullmatch(r"[0-9]{1,3}", received):
        return received
    days = int(received)
    return f"{days // 7}+{days % 7}"


def number_of(concept: str) -> str:
    """The part of a concept's name that tells it apart: ``10030``, ``memo-alerttekst``."""
    for prefix in PREFIXES:
        if concept.startswith(prefix):
            return concept.removeprefix(prefix)
    return concept
