"""Plays the fault matrix and prints a line a row: `python -m tests.faults.run [ROWS] [--mails N] [--database NAME]`."""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
import time
from pathlib import Path

from tests.faults.matrix import ROWS, Result, play
from tests.faults.results import keep, whole
from tests.faults.table import write_table
from tests.support import shared

FAMILIES = ("workers", "smtp", "replies", "redis", "database", "time", "web", "hooks")
MAILS = 1000
_KEPT = Path("build").resolve() / "faults"
_PAGE = Path("docs") / "faults.md"


def load() -> None:
    """Makes every row known."""
    for family in FAMILIES:
        importlib.import_module(f"tests.faults.rows_{family}")


def line(found: Result) -> str:
    """One row as it is printed."""
    head = f"{found.row.number:>3}  {found.database:<10}  "
    if found.cannot:
        return f"{head}cannot run here: {found.cannot}"
    settled = "-" if found.settled_s is None else f"{found.settled_s:.1f}"
    figures = f"lost {found.lost}  doubled {found.doubled} (at most {found.bound})  settled {settled} s"
    end = "pass" if found.passed else "FAIL: " + "; ".join(found.problems)
    notes = f"  [{'; '.join(found.notes)}]" if found.notes else ""
    return f"{head}{figures}  took {found.took_s:.0f} s  {end}{notes}  | {found.row.injects}"


def wanted(text: str) -> list[int]:
    """`1,3,7-9` as numbers; nothing is every row. Raises ValueError."""
    numbers: list[int] = []
    for part in filter(None, text.replace(" ", "").split(",")):
        first, _, last = part.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    return [number for number in numbers if number in ROWS] or sorted(ROWS)


def main() -> int:
    load()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="?", default="", help="such as 1,2 or 7-18; every row without it")
    parser.add_argument("--mails", type=int, default=MAILS)
    parser.add_argument("--database", choices=("postgresql", "sqlite"))
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_given: sys.exit(143))  # what was started is ended, as at Ctrl-C
    folder = shared.open_folder()
    results = []
    began = time.monotonic()
    try:
        for number in wanted(given.rows):
            for database in ROWS[number].databases:
                if given.database in (None, database):
                    results.append(play(ROWS[number], database, folder, _KEPT, given.mails))
                    keep(results[-1], _KEPT, given.mails)
                    print(line(results[-1]), flush=True)  # noqa: T201
    finally:
        shared.close_folder(folder)
    failed = [found for found in results if found.problems]
    print(f"{len(results)} runs, {len(failed)} failed, {time.monotonic() - began:.0f} s")  # noqa: T201
    every = whole(_KEPT, given.mails)
    if every is not None:
        write_table(_PAGE, every, given.mails)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
