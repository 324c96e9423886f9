"""The processes behind the pages: `feedbackloop worker` and `feedbackloop scheduler`."""

from __future__ import annotations

import sys

import click
from flask import current_app
from flask.cli import with_appcontext

from feedbackloop.core import starting, worker
from feedbackloop.core.queue import QUEUES
from feedbackloop.mailing.incoming import commands as incoming
from feedbackloop.mailing.scheduler import Scheduler
from feedbackloop.mailing.switch_commands import mail
from feedbackloop.up.supervisor import Part, Supervisor, own_environment


@click.command("worker")
@click.option("--queue", "queues", type=click.Choice(QUEUES), multiple=True, help="Repeatable. Default: every queue.")
@with_appcontext
def work(queues: tuple[str, ...]) -> None:
    """Works queued jobs: `mail` sends, `work` is everything else. One process for each queue."""
    starting.refuse_unless_ready()
    names = queues or QUEUES
    if len(names) == 1:
        sys.exit(0 if worker.run(names[0]) else 1)
    # A worker on several queues would lose a job it is killed with, so each queue gets a process.
    me = [sys.executable, "-m", "feedbackloop", "worker", "--queue"]
    parts = [Part(f"worker {name}", [*me, name], own_environment({})) for name in names]
    with Supervisor(parts) as supervisor:
        supervisor.start(parts)
        supervisor.run()


@click.command("scheduler")
@with_appcontext
def schedule() -> None:
    """The clock: wakes senders when mail falls due, and starts what is done every so often."""
    starting.refuse_unless_ready()
    Scheduler(current_app._get_current_object()).run()  # type: ignore[attr-defined]


COMMANDS = [work, schedule, mail, *incoming.COMMANDS]
