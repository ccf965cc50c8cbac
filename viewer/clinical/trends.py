"""Repeated measurements within one message, in the order of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from viewer.clinical.results import Result, plain_numbers


@dataclass(frozen=True)
class Point:
    """One measurement: ``iso`` and ``seconds`` since 1970 for the axis, ``value`` as received,
    ``number`` to draw it."""

    iso: str
    seconds: float
    value: str
    number: float
    flag: str = ""


@dataclass(frozen=True)
class Trend:
    """At least two measurements of one thing, oldest first, with the limits if all share them."""

    name: str
    unit: str
    code: str
    about: str
    laboratory: str
    points: tuple[Point, ...]
    low: str = ""
    high: str = ""


def trends(results: tuple[Result, ...]) -> tuple[Trend, ...]:
    """Series of the same code, unit, laboratory and child; a series needs two numbers at two
    times."""
    series: dict[tuple[str, ...], list[tuple[Result, Point]]] = {}
    for result in results:
        drawn = point(result)
        if result.kind == "result" and not result.withdrawn and drawn:
            key = (result.code or result.name, result.unit, result.laboratory, result.about)
            series.setdefault(key, []).append((result, drawn))
    return tuple(
        trend(found)
        for found in series.values()
        if len({drawn.seconds for _result, drawn in found}) > 1
    )


def trend(found: list[tuple[Result, Point]]) -> Trend:
    limits = {(result.low, result.high) for result, _drawn in found}
    low, high = limits.pop() if len(limits) == 1 else ("", "")
    points = tuple(sorted((drawn for _result, drawn in found), key=lambda drawn: drawn.seconds))
    last = found[-1][0]
    return Trend(last.name, last.unit, last.code, last.about, last.laboratory, points, low, high)


def point(result: Result) -> Point | None:
    numbers = plain_numbers(result.value)
    if not numbers or not result.at or not result.at.iso:
        return None
    iso = result.at.iso
    try:
        # A day without a time is drawn at its beginning; a month or a year is too coarse for an
        # axis.
        taken = datetime.fromisoformat(iso)
    except ValueError:
        return None
    seconds = (taken if taken.tzinfo else taken.replace(tzinfo=UTC)).timestamp()
    return Point(iso, seconds, result.value, float(numbers[0]), result.flag)
