"""The command `feedbackloop`: Flask's own group over our app, with each station's commands in it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

import click
from flask import Flask
from flask.cli import FlaskGroup

from feedbackloop.config import ConfigurationError


def _create() -> Flask:
    from feedbackloop import create_app

    return create_app()


class Commands(FlaskGroup):
    """Ours alone: no commands of installed extensions, and no options that pick another app."""

    def _load_plugin_commands(self) -> None:
        return

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name in super().list_commands(ctx) if name != "openapi"]


group = Commands(
    name="feedbackloop",
    create_app=_create,
    add_default_commands=False,
    add_version_option=False,
    load_dotenv=False,
    set_debug_flag=False,
    help="What happens after a complaint is resolved.",
)
group.params.clear()


def main(words: Sequence[str] | None = None) -> NoReturn:
    """Entry point; `words` are those of the command line. Ends by SystemExit.

    A wrong setting is one line on standard error and exit status 2. For `mail-in` it is 75: the mail server that hands
    us a message keeps it until the setting is mended.
    """
    given = sys.argv[1:] if words is None else list(words)
    try:
        group.main(given, prog_name="feedbackloop", standalone_mode=True)
    except ConfigurationError as problem:
        click.echo(f"feedbackloop: {problem}", err=True)
        sys.exit(75 if given[:1] == ["mail-in"] else 2)


if __name__ == "__main__":
    main()
