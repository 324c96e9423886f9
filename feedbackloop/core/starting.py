"""What a process of the product needs before it starts, said in one line where it is missing."""

from __future__ import annotations

import sys

import click
from sqlalchemy.exc import SQLAlchemyError

from feedbackloop.config import settings
from feedbackloop.core import schema

NOT_CONFIGURED = 2
NOT_READY = 3


def refuse_unless_ready() -> None:
    """Ends the process: 2 without a queue server, 3 where the database is away or not at the newest migration."""
    if settings().redis_url is None:
        _refuse("set REDIS_URL, or start `feedbackloop up` on this instance first", NOT_CONFIGURED)
    refuse_without_database()


def refuse_without_database() -> None:
    """Ends the process with 3 where the database is away or not at the newest migration."""
    try:
        problem = schema.problem()
    except SQLAlchemyError as away:
        _refuse(f"the database does not answer ({type(away).__name__})", NOT_READY)
    else:
        if problem:
            _refuse(problem, NOT_READY)


def _refuse(sentence: str, status: int) -> None:
    click.echo(f"feedbackloop: {sentence}", err=True)
    sys.exit(status)
