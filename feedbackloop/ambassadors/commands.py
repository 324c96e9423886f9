"""Commands of the pipeline: `feedbackloop board`, and those of the numbers."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup

from feedbackloop.ambassadors import counting, counts
from feedbackloop.ambassadors.numbers import commands as numbers
from feedbackloop.core.db import transaction

cli = AppGroup("board", help="The counts of the board of ambassadors.")
SHOWN = 20  # differences that are named one by one


@cli.command("check")
def check() -> None:
    """Compares what the board counts with the raw rows. Exit status 1 where anything differs."""
    number = 0
    for line in counting.differences():
        number += 1
        if number <= SHOWN:
            click.echo(line)
    if number > SHOWN:
        click.echo(f"and {number - SHOWN} more")
    if number:
        click.echo("`feedbackloop board rebuild` puts it right.")
        sys.exit(1)
    click.echo("The board counts right.")


@cli.command("rebuild")
@click.option("--after", default=0, show_default=True, help="Go on behind this person, where a run was ended.")
def rebuild(after: int) -> None:
    """Counts the board anew from the raw rows, while people work on it."""
    mended = counting.rebuild(after, lambda last: click.echo(f"done up to person {last}", err=True))
    while True:
        with transaction():
            if counts.fold() < counts.FOLD:
                break
    click.echo(f"{mended} people had a wrong copy; all counts are new.")


COMMANDS = (cli, *numbers.COMMANDS)
