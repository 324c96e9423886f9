"""`feedbackloop import-complaints`."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

import click
from flask.cli import with_appcontext

from feedbackloop.complaints import importing, mapping, shell
from feedbackloop.complaints.importing import Counts, Order
from feedbackloop.complaints.mapping import MappingError
from feedbackloop.complaints.sheet import SheetError


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
            shell.check_database()
            chosen = mapping.load(name)
            stream = stack.enter_context(shell.open_file(file, rewindable=trial))
        except (MappingError, OSError) as problem:
            shell.refuse(problem)
        said = shell.Said(shell.rejects(file, rejects_path, dry_run))
        stack.callback(said.close)
        counts = Counts()
        order = Order(chosen, said.refuse, said.progress, said.unused, dry_run=dry_run, trial=trial)
        status = shell.run(lambda: importing.run(stream, order, counts), counts, (MappingError, SheetError))
        said.close()
        click.echo(str(counts))
        said.end(counts, dry_run)
    sys.exit(status or (1 if counts.rejected else 0))


COMMANDS = (import_complaints,)
