"""What a row measured, set against what the design asks; as text, JSON and Markdown."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Figure:
    """One number. ``least`` is what the design demands, ``aim`` what it hopes for."""

    label: str
    value: float
    unit: str
    least: float | None = None
    aim: float | None = None
    more_is_better: bool = False
    detail: str = ""

    def meets(self, bound: float | None) -> bool:
        if bound is None:
            return False
        return self.value >= bound if self.more_is_better else self.value <= bound

    @property
    def verdict(self) -> str:
        if self.least is None and self.aim is None:
            return ""
        if self.meets(self.aim):
            return "aim reached"
        if self.least is None or self.meets(self.least):
            return "reached"
        return f"NOT reached, by a factor {self._gap():.2f}"

    def _gap(self) -> float:
        assert self.least is not None
        return self.least / self.value if self.more_is_better else self.value / self.least

    @property
    def shown(self) -> str:
        digits = 0 if self.value >= 100 else 1 if self.value >= 10 else 2
        return f"{self.value:,.{digits}f} {self.unit}".strip()

    def bound(self, value: float | None) -> str:
        if value is None:
            return ""
        return f"{'≥' if self.more_is_better else '≤'} {value:g} {self.unit}".strip()


@dataclass
class Row:
    name: str
    title: str
    figures: list[Figure] = field(default_factory=list)
    left_out: str = ""

    def add(self, label: str, value: float, unit: str = "", **more) -> None:
        self.figures.append(Figure(label, value, unit, **more))


def as_text(row: Row) -> str:
    lines = [f"{row.name}: {row.title}"]
    if row.left_out:
        lines.append(f"    left out: {row.left_out}")
    for item in row.figures:
        line = f"    {item.label:<58} {item.shown:>14}"
        if item.verdict:
            bounds = ", ".join(
                f"{word} {item.bound(value)}"
                for word, value in (("at least", item.least), ("aim", item.aim))
                if value is not None
            )
            line += f"   {item.verdict} ({bounds})"
        lines.append(line)
        if item.detail:
            lines.append(f"        {item.detail}")
    return "\n".join(lines)


def as_json(rows: Sequence[Row], machine: dict, quiet: dict) -> dict:
    return {
        "machine": machine,
        "quiet": quiet,
        "rows": [
            {
                "name": row.name,
                "title": row.title,
                "left_out": row.left_out,
                "figures": [{**asdict(item), "verdict": item.verdict} for item in row.figures],
            }
            for row in rows
        ],
    }


def as_markdown(rows: Sequence[Row], machine: dict, quiet: dict) -> str:
    lines = [f"- {name}: {value}" for name, value in (*machine.items(), *quiet.items())]
    lines += [
        "",
        "| row | figure | measured | at least | aim | verdict |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        if row.left_out:
            lines.append(f"| {row.name} | left out: {row.left_out} | | | | |")
        for item in row.figures:
            measured = f"{item.shown} ({item.detail})" if item.detail else item.shown
            lines.append(
                f"| {row.name} | {item.label} | {measured} | {item.bound(item.least)} "
                f"| {item.bound(item.aim)} | {item.verdict} |"
            )
    return "\n".join(lines)
