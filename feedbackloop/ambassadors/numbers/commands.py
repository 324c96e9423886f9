"""`feedbackloop numbers check` and `feedbackloop numbers rebuild`."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup

from feedbackloop.ambassadors.numbers import queries, service
from feedbackloop.complaints import shell
from feedbackloop.core import db

numbers = AppGroup("numbers", help="The kept numbers of the pipeline.")


@numbers.command("check")
def check() -> None:
    """Compares the kept numbers with the tables that they come from; exit 1 where they differ."""
    shell.check_database()
    state = queries.state()
    if state is None or state.built_at is None:
        click.echo("not counted yet: the clock counts within a minute, or run `feedbackloop numbers rebuild`")
        sys.exit(1)
    found = service.check()
    click.echo(f"{found.complaints} complaints, {len(found.wrong)} counted otherwise, {len(found.weeks)} weeks wrong")
    for complaint_id in found.wrong[:20]:
        click.echo(f"complaint {complaint_id} changed after {state.counted_at}, or is counted wrongly", err=True)
    for week in found.weeks[:20]:
        click.echo(f"the sums of the week of {week} are wrong", err=True)
    sys.exit(0 if found else 1)


@numbers.command("rebuild")
def rebuild() -> None:
    """Empties the kept numbers and counts everything anew, now."""
    shell.check_database()
    with db.transaction():
        service.start_over()
    more = True
    while more:
        with db.transaction():
            more = service.count()
    click.echo("counted anew")


COMMANDS = (numbers,)
