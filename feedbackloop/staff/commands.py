"""`feedbackloop create-staff` and `feedbackloop create-token`."""

from __future__ import annotations

import sys

import click
from flask.cli import with_appcontext
from flask_babel import force_locale

from feedbackloop.core import db
from feedbackloop.core.access import ROLES, SCOPES
from feedbackloop.core.errors import AppError
from feedbackloop.staff import keyring, service


@click.command("create-staff")
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--name", default=None, help="As people read it; unset: the first part of the address.")
@with_appcontext
def create_staff(email: str, role: str, name: str | None) -> None:
    """Makes an account. The password is asked for, or read as the first line of standard input."""
    password = _read_password()
    with force_locale("en"), _refusing(), db.transaction():
        staff_id = service.create(email, name or email.partition("@")[0], role, password).id
    click.echo(f"account {staff_id} with role {role}")


@click.command("create-token")
@click.argument("name")
@click.option("--scope", "scopes", type=click.Choice(SCOPES), multiple=True, required=True)
@with_appcontext
def create_token(name: str, scopes: tuple[str, ...]) -> None:
    """Makes an API token and prints it, this once."""
    with force_locale("en"), _refusing(), db.transaction():
        token = keyring.create(name, scopes)
    click.echo("Keep this token in a safe place. It is not shown again.", err=True)
    click.echo(token)


def _read_password() -> str:
    if sys.stdin.isatty():
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt="Password, once more")
        return typed
    return sys.stdin.readline().rstrip("\r\n")


class _refusing:  # noqa: N801  # read as a word of the with-statement
    """Turns a refusal into one line on standard error and exit status 2."""

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, problem: BaseException | None, _trace: object) -> None:
        if isinstance(problem, AppError):
            said = "; ".join(f"{name}: {' '.join(texts)}" for name, texts in problem.fields.items())
            click.echo(f"feedbackloop: {said or problem.message}", err=True)
            sys.exit(2)


COMMANDS = (create_staff, create_token)
