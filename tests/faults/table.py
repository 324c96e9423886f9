"""docs/faults.md: the table of a whole run, between two marks; the words around it are written by hand."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.matrix import Result

BEGINS, ENDS = "<!-- table -->", "<!-- end of table -->"
_HEAD = "| row | what happens | demanded | database | scale | lost | doubled (at most) | settled, s | |"


def write_table(page: Path, results: Sequence[Result], mails: int) -> None:
    """Puts this run's table in the place of the one before."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    lines = [BEGINS, "", _about(mails), "", _HEAD, "|" + " --- |" * 9, *map(_line, results), "", ENDS]
    page.write_text(before + "\n".join(lines) + after, encoding="utf-8")


def _about(mails: int) -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    day = datetime.now(UTC).date().isoformat()
    cores = len(os.sched_getaffinity(0))
    return f"{day}, {mails} mails a row, {cores} cores, {memory:.0f} GiB, Python {platform.python_version()}."


def _line(found: Result) -> str:
    row = found.row
    head = f"| {row.number} | {row.injects} | {row.accepts} | {found.database} | {row.scale:g} |"
    if found.cannot:
        return f"{head} | | | not run here: {found.cannot} |"
    settled = "" if found.settled_s is None else f"{found.settled_s:.1f}"
    end = "pass" if found.passed else "**fail**: " + "; ".join(found.problems).replace("|", "/").replace("\n", " ")
    notes = f" ({'; '.join(found.notes)})" if found.notes else ""
    return f"{head} {found.lost} | {found.doubled} ({found.bound}) | {settled} | {end}{notes} |"
