"""`feedbackloop mail`: the switch of all sending, for operators; it works while nothing else runs."""

from __future__ import annotations

import sys

import click
from flask.cli import with_appcontext

from feedbackloop.core import db, starting
from feedbackloop.extensions import db as database
from feedbackloop.mailing import control, figures
from feedbackloop.mailing.control import REASON_LENGTH

_OPERATOR = "operator"


@click.group("mail")
def mail() -> None:
    """Stops the sending of all mail, lets it go on, and says how it stands."""


@mail.command("stop")
@click.option("--reason", default="by command", show_default=True, help="Staff read it above their pages.")
@click.option("--restored", is_flag=True, help="After a backup was put back.")
@with_appcontext
def stop(reason: str, restored: bool) -> None:
    """Stops all sending, on every host, within 5 seconds."""
    starting.refuse_without_database()
    if len(reason) > REASON_LENGTH:
        raise click.BadParameter(f"takes at most {REASON_LENGTH} characters", param_hint="--reason")
    with db.transaction():
        done = control.restored(_OPERATOR) if restored else control.stop(_OPERATOR, reason)
    click.echo("All sending is stopped." if done else "It was stopped already.")


@mail.command("resume")
@with_appcontext
def resume() -> None:
    """Lets the sending go on after a stop."""
    starting.refuse_without_database()
    with db.transaction():
        done = control.resume(_OPERATOR)
    click.echo("Sending goes on." if done else "It was not stopped.")


@mail.command("status")
@with_appcontext
def status() -> None:
    """Whether mail goes out, and how much waits; exit status 1 while something keeps it from going."""
    starting.refuse_without_database()
    now = db.now()
    held = control.hold(now)
    click.echo("Mail goes out." if held is None else _held(held))
    oldest = figures.oldest_due(now)
    waits = f", the oldest since {oldest:%Y-%m-%d %H:%M} UTC" if oldest is not None else ""
    click.echo(f"due now: {figures.due(now)}{waits}")
    for name, number in sorted(figures.counts().items()):
        click.echo(f"{name}: {number}")
    database.session.rollback()
    sys.exit(0 if held is None else 1)


def _held(held: control.Hold) -> str:
    until = f", until {held.until:%H:%M} UTC" if held.until is not None else ""
    by = f" by {held.by}" if held.by is not None else ""
    return f"{held.kind}{by} since {held.since:%Y-%m-%d %H:%M} UTC{until}: {held.reason}"
