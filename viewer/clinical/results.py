"""Results of examinations and what is abnormal among them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from viewer.clinical.values import Moment, Row

CRITICAL, ABNORMAL, NORMAL, NONE = "critical", "abnormal", "normal", "none"


@dataclass(frozen=True)
class Result:
    """One row of a result table. ``kind`` is result, heading (a line of text within the table) or
    pending. Where the sender wrote the reference as a text, that text is shown; ``low`` and
    ``high`` are then only what could be read from it."""

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

    @property
    def withdrawn(self) -> bool:
        return self.status in ("withdrawn", "entered_in_error", "cancelled")

    @property
    def computed(self) -> str:
        """Low, high or normal, where value and both limits are plain numbers of one notation; else
        empty."""
        numbers = plain_numbers(self.value, self.low, self.high)
        if not numbers or numbers[1] > numbers[2]:
            return ""
        value, low, high = numbers
        return "low" if value < low else "high" if value > high else "normal"

    @property
    def differs(self) -> bool:
        """Whether the sender's flag, or its absence, says something else than the limits."""
        if not self.computed or self.flag in SUSCEPTIBILITY:
            return False
        return self.computed not in COMPATIBLE[self.flag or "normal"]

    @property
    def severity(self) -> str:
        if self.withdrawn or self.kind != "result":
            return NONE
        if self.flag.startswith("critical"):
            return CRITICAL
        if self.flag in ABNORMAL_FLAGS or self.computed in ("low", "high"):
            return ABNORMAL
        return NORMAL if self.flag == "normal" or self.computed == "normal" else NONE


SUSCEPTIBILITY = ("susceptible", "intermediate", "resistant")
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
