"""Rivals that take turns, so that whatever else the machine does strikes them alike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.benchmarks.timing import median, p95


@dataclass
class Rival:
    """``work`` is one turn and gives the seconds of each call; ``cpu`` reads the server's clock."""

    work: Callable[[], list[float]]
    cpu: Callable[[], float] = lambda: 0.0
    seconds: list[float] = field(default_factory=list)
    cpu_used: float = 0.0

    def turn(self) -> None:
        before = self.cpu()
        self.seconds += self.work()
        self.cpu_used += self.cpu() - before

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds of the server for each call."""
        return 1000 * self.cpu_used / len(self.seconds)


def take_turns(rivals: Sequence[Rival], turns: int) -> None:
    for rival in rivals:
        rival.work()  # caches and connections
    for turn in range(turns):
        for rival in rivals if turn % 2 else reversed(rivals):
            rival.turn()


def median_ratio(over: Rival, under: Rival) -> float:
    return median(over.seconds) / median(under.seconds)


def p95_ratio(over: Rival, under: Rival) -> float:
    return p95(over.seconds) / p95(under.seconds)
