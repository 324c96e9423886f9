"""`feedbackloop export-person` and `feedbackloop erase-person`: what the law gives people a right to."""

from __future__ import annotations

import json
import sys
from typing import NoReturn

import click
from flask.cli import with_appcontext

from feedbackloop.core import db
from feedbackloop.people import privacy


@click.command("export-person")
@click.argument("email")
@with_appcontext
def export_person(email: str) -> None:
    """Prints all that is kept of a person, as JSON."""
    with db.transaction():  # the key of hashed addresses is made on first use
        customer = privacy.find(email)
        found = privacy.export(customer) if customer else privacy.export_address(email)
    if found is None:
        _unknown()
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))


@click.command("erase-person")
@click.argument("email")
@with_appcontext
def erase_person(email: str) -> None:
    """Takes away who a person is and what they wrote. Their complaints stay as numbers. This cannot be undone."""
    with db.transaction():
        customer = privacy.find(email)
        counts = privacy.erase(customer, "command") if customer else privacy.erase_address(email)
        person_id = customer.id if customer else None
        known = customer is not None or bool(counts) or privacy.was_erased(email)
    if not known:
        _unknown()
    if not counts:
        click.echo("nothing to do: this person was erased before")
        return
    found = ", ".join(f"{name.replace('_', ' ')} {number}" for name, number in counts.items() if number)
    whom = f"person {person_id}" if person_id is not None else "what was kept by the address alone"
    click.echo(f"erased {whom}: {found or 'nothing else was kept'}")


def _unknown() -> NoReturn:
    """The address itself is not repeated: terminals are logged."""
    click.echo("feedbackloop: nobody is known by this address", err=True)
    sys.exit(2)


COMMANDS = (export_person, erase_person)
