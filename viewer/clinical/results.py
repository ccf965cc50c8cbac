"""Results of examinations and what is abnormal among them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache

from viewer.clinical.values import Moment, Row

CRITICAL, ABNORMAL, NORMAL, NONE = "critical", "abnormal", "normal", "none"


@dataclass(frozen=True)
class Result:
    """One row of a result table. ``kind`` is result, heading (a line of text within the table) or
    pending. Where the sender wrote the reference as a text, that text is shown; ``low`` and
    ``high`` are then only what could be read from it. A ``component`` belongs to the result before
    it, as the pressures of one blood pressure, which is their ``panel``; a ``finding`` is an
    allergy, a problem or the like, which nobody measured; what stands ``beside`` a laboratory's
    results, as the measures of a scan, is none of them and was judged by nobody."""

    name: str
    value: str = ""
    unit: str = ""
    low: str = ""
    high: str = ""
    reference: str = ""
    flag: str = ""
    flag_received: str = ""
    status: str = ""
    status_received: str = ""
    changed: bool = False
    comments: tuple[str, ...] = ()
    code: str = ""
    about: str = ""
    at: Moment | None = None
    laboratory: str = ""
    kind: str = "result"
    details: tuple[Row, ...] = ()
    depth: int = 0
    value_term: str = ""
    name_term: str = ""
    component: bool = False
    panel: bool = False
    finding: bool = False
    beside: bool = False

    @property
    def withdrawn(self) -> bool:
        return self.status in ("withdrawn", "entered_in_error", "cancelled")

    @cached_property
    def computed(self) -> str:
        """Low, high or normal, where value and both limits are plain numbers of one notation; else
        empty."""
        numbers = plain_numbers(self.value, self.low, self.high)
        if not numbers or numbers[1] > numbers[2]:
            return ""
        value, low, high = numbers
        return "low" if value < low else "high" if value > high else "normal"

    @cached_property
    def differs(self) -> bool:
        """Whether the sender's flag, or its absence, says something else than the limits."""
        if not self.computed or self.flag in SUSCEPTIBILITY:
            return False
        return self.computed not in COMPATIBLE[self.flag or "normal"]

    @cached_property
    def known_normal(self) -> bool:
        """Whether a view of what is abnormal may leave it out: a number within its limits, or one
        with limits that its sender calls normal, about which nothing else is said."""
        if self.kind != "result" or self.status not in ("", "final") or self.changed:
            return False
        if self.comments or self.finding or self.differs or self.severity in (CRITICAL, ABNORMAL):
            return False
        if any(row.term not in ASIDE for row in self.details):
            return False
        if self.computed or self.within_one_limit:
            return self.flag == "normal" or not (self.flag or self.flag_received)
        limits = self.reference or self.low or self.high
        return bool(self.flag == "normal" and limits and NUMBER.fullmatch(self.value.strip()))

    @cached_property
    def within_one_limit(self) -> bool:
        """Whether there is one limit only, and the number keeps to it."""
        if self.low and self.high:
            return False
        numbers = plain_numbers(self.value, self.low or self.high)
        if len(numbers) < 2:
            return False
        return numbers[0] >= numbers[1] if self.low else numbers[0] <= numbers[1]

    @property
    def directed(self) -> bool:
        """Whether it is told in which direction it is abnormal."""
        return self.flag in ("low", "high") or not self.flag

    @cached_property
    def severity(self) -> str:
        if self.withdrawn or self.kind != "result":
            return NONE
        if self.flag.startswith("critical"):
            return CRITICAL
        if self.flag in ABNORMAL_FLAGS or self.computed in ("low", "high"):
            return ABNORMAL
        return NORMAL if self.flag == "normal" or self.computed == "normal" else NONE


SUSCEPTIBILITY = ("susceptible", "intermediate", "resistant")
NUMBER = re.compile(r"[<>≤≥]?=? ?[+-]?[0-9]{1,30}([.,][0-9]{1,30})?")
# What is said beside a result and cannot change what it means.
ASIDE = ("body_site", "method", "observer", "specimen", "device", "code", "translation")
ABNORMAL_FLAGS = ("low", "high", "abnormal", "marked", "resistant")
COMPATIBLE = {
    "low": ("low",),
    "critical_low": ("low",),
    "high": ("high",),
    "critical_high": ("high",),
    "abnormal": ("low", "high"),
    "critical": ("low", "high"),
    "marked": ("low", "high", "normal"),
    "normal": ("normal",),
}


@lru_cache(maxsize=4096)
def plain_numbers(*texts: str) -> tuple[Decimal, ...]:
    """The texts as numbers, if each is a plain decimal number and none uses another decimal mark;
    else nothing."""
    if not all(re.fullmatch(r"[+-]?[0-9]{1,30}([.,][0-9]{1,30})?", text) for text in texts):
        return ()
    if any("." in text for text in texts) and any("," in text for text in texts):
        return ()
    return tuple(Decimal(text.replace(",", ".")) for text in texts)


def highest_flag(results: tuple[Result, ...]) -> str:
    """The gravest finding: critical, abnormal, normal, or none when nothing was judged."""
    found = {result.severity for result in results}
    return next((grade for grade in (CRITICAL, ABNORMAL, NORMAL) if grade in found), NONE)
