"""`feedbackloop import-reviews`."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

import click
from flask.cli import with_appcontext

from feedbackloop.complaints import shell
from feedbackloop.complaints.sheet import SheetError
from feedbackloop.reviews import importing, outside_queries
from feedbackloop.reviews.importing import Counts, Order
from feedbackloop.reviews.models import Destination
from feedbackloop.reviews.outside_records import ColumnError


@click.command("import-reviews")
@click.argument("file")
@click.option("--destination", "name", required=True, help="The place where they were written, by its name.")
@click.option("--dry-run", is_flag=True, help="Say what would happen and write nothing.")
@click.option("--rejects", "rejects_path", type=click.Path(dir_okay=False, path_type=Path), help="Where rejects go.")
@with_appcontext
def import_reviews(file: str, name: str, dry_run: bool, rejects_path: Path | None) -> None:
    """Imports reviews that were left on another site from a CSV file: plain, .gz, or - for standard input."""
    with ExitStack() as stack:
        try:
            shell.check_database()
            destination_id = _destination(name).id
            stream = stack.enter_context(shell.open_file(file, rewindable=False))
        except OSError as problem:
            shell.refuse(problem)
        said = shell.Said(shell.rejects(file, rejects_path, dry_run))
        stack.callback(said.close)
        counts = Counts()
        order = Order(destination_id, said.refuse, said.progress, said.unused, dry_run=dry_run)
        status = shell.run(lambda: importing.run(stream, order, counts), counts, (ColumnError, SheetError))
        said.close()
        click.echo(str(counts))
        said.end(counts, dry_run)
    sys.exit(status or (1 if counts.rejected else 0))


def _destination(name: str) -> Destination:
    """The place of this name; ends the command with the names that there are where it is not one."""
    found = outside_queries.destination_named(name)
    if len(found) > 1:
        shell.refuse(f"more than one place is called '{name}'; give each a name of its own")
    if not found:
        known = ", ".join(f"'{one}'" for one in outside_queries.destination_names()) or "none yet"
        shell.refuse(f"there is no place called '{name}'; there are: {known}")
    return found[0]


COMMANDS = (import_reviews,)
