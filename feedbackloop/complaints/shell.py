"""What commands that import a file have in common: opening it, telling how it goes, keeping what was rejected."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NoReturn, Protocol

import click
from sqlalchemy.exc import OperationalError

from feedbackloop.complaints.rejects import Rejects
from feedbackloop.complaints.sheet import Row
from feedbackloop.config import settings
from feedbackloop.core import schema

_PROGRESS_S = 5.0
_SHOWN_REJECTS = 5


class Tally(Protocol):
    """What became of the rows so far; as text the line that stands at the end."""

    read: int
    rejected: int


class Said:
    """What is told on standard error while the import runs, and the file of rejects."""

    def __init__(self, rejects: Rejects | None) -> None:
        self._rejects = rejects
        self._started = self._told = time.monotonic()
        self._shown = 0

    def unused(self, columns: list[str]) -> None:
        if columns:
            click.echo(f"columns that are not used: {', '.join(columns)}", err=True)

    def refuse(self, header: list[str], row: Row, reason: str) -> None:
        if self._rejects is not None:
            self._rejects.add(header, row, reason)
        if self._shown < _SHOWN_REJECTS:
            click.echo(f"line {row.line}: {reason}", err=True)
        self._shown += 1

    def progress(self, counts: Tally) -> None:
        now = time.monotonic()
        if now - self._told >= _PROGRESS_S:
            self._told = now
            click.echo(f"{counts} ({counts.read / (now - self._started):.0f} rows a second)", err=True)

    def close(self) -> None:
        if self._rejects is not None:
            self._rejects.close()

    def end(self, counts: Tally, dry_run: bool) -> None:
        if self._rejects is not None and self._rejects.path is not None:
            click.echo(f"rejected rows, with the reason: {self._rejects.path}", err=True)
        elif counts.rejected > _SHOWN_REJECTS:
            click.echo(f"and {counts.rejected - _SHOWN_REJECTS} more rejected rows; --rejects keeps them all", err=True)
        if dry_run:
            click.echo("this was a dry run: nothing was written", err=True)


def check_database() -> None:
    try:
        problem = schema.problem()
    except OperationalError:
        problem = "the database cannot be reached; `feedbackloop doctor` says more"
    if problem:
        refuse(problem)


def open_file(file: str, *, rewindable: bool) -> BinaryIO:
    if file != "-":
        return Path(file).open("rb")
    if not rewindable:
        return sys.stdin.buffer
    spooled = tempfile.TemporaryFile()  # noqa: SIM115  # the caller closes it
    shutil.copyfileobj(sys.stdin.buffer, spooled)
    spooled.seek(0)
    return spooled


def rejects(file: str, asked: Path | None, dry_run: bool) -> Rejects | None:
    """Where rejects go: where it is asked, else beside the file, else into the instance folder."""
    if asked is not None:
        if file != "-" and asked.exists() and asked.samefile(file):
            refuse("the rejects would replace the file itself")
        return Rejects(asked)
    if dry_run:
        return None
    name = "standard-input" if file == "-" else Path(file).name
    kept = settings().instance / f"{name}.rejects.csv"
    return Rejects(kept) if file == "-" else Rejects(Path(f"{file}.rejects.csv"), kept)


def run(imports: Callable[[], None], counts: Tally, unreadable: tuple[type[Exception], ...]) -> int:
    """Imports; the exit status so far. A file that breaks off half-way is told of with what was imported of it.

    `unreadable` are the errors that speak of the file as a whole.
    """
    try:
        imports()
    except unreadable as problem:
        if not counts.read:
            refuse(problem)
        click.echo(f"feedbackloop: the file ends too early: {problem}", err=True)
        return 1
    except OSError as problem:
        click.echo(f"feedbackloop: the rejects cannot be written: {problem.strerror}", err=True)
        return 1
    except KeyboardInterrupt:
        click.echo("feedbackloop: stopped; what is counted here is imported", err=True)
        return 130
    return 0


def refuse(problem: object) -> NoReturn:
    said = f"{problem.filename}: {problem.strerror}" if isinstance(problem, OSError) else str(problem)
    click.echo(f"feedbackloop: {said}", err=True)
    sys.exit(2)
