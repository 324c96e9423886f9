"""The commands `feedbackloop web` and `feedbackloop doctor`."""

from __future__ import annotations

import os
import sys

import click
from flask import current_app
from flask.cli import with_appcontext

from feedbackloop.core import starting
from feedbackloop.core.server import Server
from feedbackloop.overview import checks


@click.command("web")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; 0.0.0.0 is every network.")
@click.option("--port", type=click.IntRange(1, 65535), default=5000, show_default=True)
@click.option("--fd", type=click.IntRange(3), help="Serve a listening socket that was handed down, instead of a port.")
@click.option("--workers", type=click.IntRange(1, 64), default=None, help="Processes. Default: one a core, at most 4.")
@with_appcontext
def web(host: str, port: int, fd: int | None, workers: int | None) -> None:
    """The pages and the API."""
    starting.refuse_unless_ready()
    bind = f"fd://{fd}" if fd is not None else f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    Server(app, bind, workers or min(4, os.cpu_count() or 1)).run()


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Looks at everything this installation leans on, a line each. Exit status 1 where one fails."""
    failed = False
    for check in checks.CHECKS:
        found = checks.look(check)
        failed |= not found.fine
        click.echo(f"{'ok  ' if found.fine else 'FAIL'} {found.name:<14} {found.words}")
    sys.exit(1 if failed else 0)


COMMANDS = [web, doctor]
