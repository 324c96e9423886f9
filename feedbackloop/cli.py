"""The command `feedbackloop`: Flask's own group over our app, with each station's commands in it."""

from __future__ import annotations

import sys

import click
from flask import Flask
from flask.cli import FlaskGroup

from feedbackloop.config import ConfigurationError


def _create() -> Flask:
    from feedbackloop import create_app

    return create_app()


group = FlaskGroup(
    name="feedbackloop",
    create_app=_create,
    add_default_commands=False,
    add_version_option=False,
    load_dotenv=False,
    set_debug_flag=False,
    help="What happens after a complaint is resolved.",
)


def main() -> None:
    """Entry point. A wrong setting is one line on standard error and exit status 2."""
    try:
        group.main(prog_name="feedbackloop", standalone_mode=True)
    except ConfigurationError as problem:
        click.echo(f"feedbackloop: {problem}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
