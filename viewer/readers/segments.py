"""Segments of an EDI message, wherever they came from, with a memory of what has been read from
them."""

from __future__ import annotations

from collections.abc import Iterable

from viewer.clinical import Row

EMPTY = '""'  # "explicitly empty" in the CSIZ messages


class Segment:
    """A tag with elements of components; elements and components count from 1, as in the
    specifications."""

    def __init__(
        self,
        tag: str,
        elements: Iterable[Iterable[str]] = (),
        counters: tuple[str, ...] = (),
        extras: Iterable[Row] = (),
    ):
        self.tag = tag
        self.counters = counters
        self.elements = [list(components) for components in elements]
        self.extras = list(extras)
        self.labels: dict[tuple[int, int], str] = {}
        self._taken: set[tuple[int, int]] = set()

    def put(self, element: int, component: int, value: str, label: str = "") -> bool:
        """Place a value; refuses a place that is filled already."""
        while len(self.elements) < element:
            self.elements.append([])
        components = self.elements[element - 1]
        while len(components) < component:
            components.append("")
        if components[component - 1]:
            return False
        components[component - 1] = value
        self.labels[element, component] = label
        return True

    def peek(self, element: int, component: int = 1) -> str:
        try:
            return self.elements[element - 1][component - 1]
        except IndexError:
            return ""

    def take(self, element: int, component: int = 1) -> str:
        """One component; what is explicitly empty is empty."""
        self._taken.add((element, component))
        value = self.peek(element, component).strip()
        return "" if value == EMPTY else value

    def element(self, element: int) -> list[str]:
        """All components of one element."""
        count = len(self.elements[element - 1]) if element <= len(self.elements) else 0
        return [self.take(element, component) for component in range(1, count + 1)]

    def whole(self, element: int) -> str:
        """An element that should have one component; a sender that forgot to escape a colon gets it
        back."""
        if element > len(self.elements):
            return ""
        if len(self.elements[element - 1]) == 1:
            return self.take(element)
        return joined(self.element(element), ":")

    def line(self) -> str:
        """The segment as one line of text, indented as it was."""
        for element, components in enumerate(self.elements, 1):
            self._taken.update((element, number) for number in range(1, len(components) + 1))
        text = joined([joined(components, ":") for components in self.elements], "+")
        return "" if text.strip() in (".", EMPTY) else text.rstrip()

    def lines(self) -> list[str]:
        return self.line().splitlines() or [""]

    @property
    def name(self) -> str:
        return ":".join((self.tag, *self.counters))

    def rest(self) -> list[Row]:
        """Every component that nobody took, labelled by its place or by the sender's own name for
        it."""
        rows = [
            Row(
                label=self.labels.get((element, number)) or f"{self.name} {element}.{number}",
                value=value.strip(),
            )
            for element, components in enumerate(self.elements, 1)
            for number, value in enumerate(components, 1)
            if value.strip() not in ("", EMPTY) and (element, number) not in self._taken
        ]
        return [*rows, *self.extras]

    def cells(self) -> tuple[str, ...]:
        """The segment as a row of a table, for messages whose layout nobody published."""
        texts = [joined(components, ":") for components in self.elements]
        extras = [f"{row.label}: {row.value}" for row in self.extras]
        return (self.name, *texts, *extras)


def joined(parts: list[str], separator: str) -> str:
    """The parts in one text; empty ones at the end leave no separators behind."""
    count = max((number for number, part in enumerate(parts, 1) if part), default=0)
    return separator.join(parts[:count])
