"""Many measurements as two numbers."""

import math
from collections.abc import Sequence


def quantile(seconds: Sequence[float], part: float) -> float:
    """The smallest value that at least this part of the values do not exceed."""
    ordered = sorted(seconds)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]


def median(seconds: Sequence[float]) -> float:
    return quantile(seconds, 0.5)


def p95(seconds: Sequence[float]) -> float:
    return quantile(seconds, 0.95)


def spread(seconds: Sequence[float]) -> str:
    return (
        f"median {1000 * median(seconds):.1f} ms, p95 {1000 * p95(seconds):.1f} ms "
        f"({len(seconds)} calls)"
    )
