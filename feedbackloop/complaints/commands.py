"""`feedbackloop import-complaints`."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, NoReturn

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError

from feedbackloop.complaints import importing, mapping
from feedbackloop.complaints.importing import Counts, Order
from feedbackloop.complaints.mapping import MappingError
from feedbackloop.complaints.rejects import Rejects
from feedbackloop.complaints.sheet import Row, SheetError
from feedbackloop.config import settings
from feedbackloop.core import schema

_PROGRESS_S = 5.0
_SHOWN_REJECTS = 5


@click.command("import-complaints")
@click.argument("file")
@click.option("--mapping", "name", default="plain", show_default=True, help="A mapping that ships, or a .toml file.")
@click.option("--dry-run", is_flag=True, help="Say what would happen and write nothing.")
@click.option("--trial", is_flag=True, help="Move all dates so that the newest is today, and mail nobody real.")
@click.option("--rejects", "rejects_path", type=click.Path(dir_okay=False, path_type=Path), help="Where rejects go.")
@with_appcontext
def import_complaints(file: str, name: str, dry_run: bool, trial: bool, rejects_path: Path | None) -> None:
    """Imports complaints from a CSV file: plain, .gz, or - for standard input."""
    with ExitStack() as stack:
        try:
            _check_database()
            chosen = mapping.load(name)
            stream = stack.enter_context(_open(file, rewindable=trial))
        except (MappingError, OSError) as problem:
            _refuse(problem)
        said = _Said(_rejects(file, rejects_path, dry_run))
        stack.callback(said.close)
        counts = Counts()
        order = Order(chosen, said.refuse, said.progress, said.unused, dry_run=dry_run, trial=trial)
        status = _run(stream, order, counts)
        said.close()
        click.echo(str(counts))
        said.end(counts, dry_run)
    sys.exit(status or (1 if counts.rejected else 0))


def _run(stream: BinaryIO, order: Order, counts: Counts) -> int:
    """Imports; the exit status so far. A file that breaks off half-way is told of with what was imported of it."""
    try:
        importing.run(stream, order, counts)
    except (MappingError, SheetError) as problem:
        if not counts.read:
            _refuse(problem)
        click.echo(f"feedbackloop: the file ends too early: {problem}", err=True)
        return 1
    except OSError as problem:
        click.echo(f"feedbackloop: the rejects cannot be written: {problem.strerror}", err=True)
        return 1
    except KeyboardInterrupt:
        click.echo("feedbackloop: stopped; what is counted here is imported", err=True)
        return 130
    return 0


class _Said:
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

    def progress(self, counts: Counts) -> None:
        now = time.monotonic()
        if now - self._told >= _PROGRESS_S:
            self._told = now
            click.echo(f"{counts} ({counts.read / (now - self._started):.0f} rows a second)", err=True)

    def close(self) -> None:
        if self._rejects is not None:
            self._rejects.close()

    def end(self, counts: Counts, dry_run: bool) -> None:
        if self._rejects is not None and self._rejects.path is not None:
            click.echo(f"rejected rows, with the reason: {self._rejects.path}", err=True)
        elif counts.rejected > _SHOWN_REJECTS:
            click.echo(f"and {counts.rejected - _SHOWN_REJECTS} more rejected rows; --rejects keeps them all", err=True)
        if dry_run:
            click.echo("this was a dry run: nothing was written", err=True)


def _check_database() -> None:
    try:
        problem = schema.problem()
    except OperationalError:
        problem = "the database cannot be reached; `feedbackloop doctor` says more"
    if problem:
        _refuse(problem)


def _open(file: str, *, rewindable: bool) -> BinaryIO:
    if file != "-":
        return Path(file).open("rb")
    if not rewindable:
        return sys.stdin.buffer
    spooled = tempfile.TemporaryFile()  # noqa: SIM115  # the caller closes it
    shutil.copyfileobj(sys.stdin.buffer, spooled)
    spooled.seek(0)
    return spooled


def _rejects(file: str, asked: Path | None, dry_run: bool) -> Rejects | None:
    """Where rejects go: where it is asked, else beside the file, else into the instance folder."""
    if asked is not None:
        if file != "-" and asked.exists() and asked.samefile(file):
            _refuse("the rejects would replace the file itself")
        return Rejects(asked)
    if dry_run:
        return None
    name = "standard-input" if file == "-" else Path(file).name
    kept = settings().instance / f"{name}.rejects.csv"
    return Rejects(kept) if file == "-" else Rejects(Path(f"{file}.rejects.csv"), kept)


def _refuse(problem: object) -> NoReturn:
    said = f"{problem.filename}: {problem.strerror}" if isinstance(problem, OSError) else str(problem)
    click.echo(f"feedbackloop: {said}", err=True)
    sys.exit(2)


COMMANDS = (import_complaints,)
