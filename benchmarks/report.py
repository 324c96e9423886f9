"""Figures of one run: medians, ratios and lines, for the screen and for docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

BEGIN, END = "<!-- figures: written by `make bench WRITE=1` -->", "<!-- end of figures -->"


@dataclass
class Figure:
    """One thing that was measured, once a round. `unit` is what `values` count."""

    name: str
    unit: str = "mails/s"
    values: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return median(self.values)

    def add(self, value: float) -> None:
        self.values.append(value)


@dataclass(frozen=True)
class Ratio:
    """One figure beside another, what it is to be, and what it may not fall under (both None: only shown)."""

    name: str
    of: Figure
    to: Figure
    goal: float | None = None
    floor: float | None = None

    @property
    def value(self) -> float:
        return self.of.median / self.to.median


@dataclass
class Part:
    """A table of the report."""

    title: str
    figures: list[Figure]
    ratios: list[Ratio] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def lines(parts: Sequence[Part], setting: Sequence[str]) -> str:
    """The whole report, in Markdown that is read as well on a screen."""
    found = [*(f"- {one}" for one in setting), ""]
    for part in parts:
        found += [f"### {part.title}", ""]
        found += _table(
            ("measured", "median", "each round"),
            [
                (one.name, f"{_number(one.median)} {one.unit}", ", ".join(map(_number, one.values)))
                for one in part.figures
            ],
        )
        if part.ratios:
            rows = [(one.name, f"{_number(one.value)}x", _aim(one.goal), _aim(one.floor)) for one in part.ratios]
            found += ["", *_table(("ratio", "here", "goal", "floor"), rows)]
        found += ["", *(f"{one}" for one in part.remarks), ""] if part.remarks else [""]
    return "\n".join(found).rstrip() + "\n"


def write(path: Path, text: str) -> None:
    """Puts the report between its marks in a document."""
    document = path.read_text(encoding="utf-8")
    head, _, rest = document.partition(BEGIN)
    tail = rest.partition(END)[2]
    path.write_text(f"{head}{BEGIN}\n\n{text}\n{END}{tail}", encoding="utf-8")


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"

    return [line(heads), line(["-" * width for width in widths]), *map(line, rows)]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _aim(value: float | None) -> str:
    return "" if value is None else f"{value:g}x"
