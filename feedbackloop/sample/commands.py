"""The commands `feedbackloop sample-data load` and `… remove`."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from feedbackloop.config import settings
from feedbackloop.core import db
from feedbackloop.sample import loader, removal


@click.group("sample-data")
def sample_data() -> None:
    """The sample organisation: invented people, who are never mailed through a real server."""


@sample_data.command("load")
@with_appcontext
def load() -> None:
    """About 60 complaints of the last 60 days, in every state. A second time changes nothing."""
    if loader.is_loaded():
        click.echo("Sample data is loaded already.")
        return
    with db.transaction():
        done = loader.load()
    click.echo(f"Loaded {done.complaints} sample complaints and {done.improvements} improvements.")
    if not settings().local_mail:
        click.echo("A mail server is set: the sample people are not mailed and its staff cannot sign in.")


@sample_data.command("remove")
@with_appcontext
def remove() -> None:
    """Takes all of it out again, and nothing else."""
    with db.transaction():
        number = removal.remove()
    click.echo(f"Removed {number} sample complaints and all that hung on them.")


COMMANDS = [sample_data]
