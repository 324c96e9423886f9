"""The processes behind the pages: `feedbackloop worker` and `feedbackloop scheduler`."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from functools import partial

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from feedbackloop.core import db, processes, queue, starting, worker
from feedbackloop.extensions import db as database
from feedbackloop.mailing import claims, delivery, takeover
from feedbackloop.mailing.incoming import commands as incoming
from feedbackloop.mailing.scheduler import Scheduler
from feedbackloop.mailing.switch_commands import mail
from feedbackloop.up.supervisor import Part, Supervisor, copy

log = logging.getLogger(__name__)


@click.command("worker")
@click.option(
    "--queue", "queues", type=click.Choice(queue.QUEUES), multiple=True, help="Repeatable. Default: every queue."
)
@click.option(
    "--processes", "senders", type=click.IntRange(1, 64), default=1, show_default=True, help="How many send mail."
)
@click.option("--single", is_flag=True, hidden=True, help="One queue in this very process, for who supervises it.")
@with_appcontext
def work(queues: tuple[str, ...], senders: int, single: bool) -> None:
    """Works queued jobs: `mail` sends, `work` is everything else. A process each, started again where it dies."""
    starting.refuse_unless_ready()
    names = queues or queue.QUEUES
    if single:
        if len(names) != 1 or senders != 1:
            raise click.UsageError("--single is one process for one --queue")
        if sys.platform != "linux":
            processes.end_with(os.getppid())
        sys.exit(_work(names[0]))
    # The processes are copies of this one, and two of them on one connection would read each other's answers.
    database.session.remove()
    database.engine.dispose()
    parts = _parts(names, senders)
    with Supervisor(parts) as supervisor:
        supervisor.start(parts)
        supervisor.run()


def _parts(names: Sequence[str], senders: int) -> list[Part]:
    """One queue for each process: a worker on several would lose the job that it is killed with."""
    wanted = [(f"sender {n + 1}", "mail") for n in range(senders)] if "mail" in names else []
    if "work" in names:
        wanted.append(("worker", "work"))
    return [Part(called, copy(partial(_work, name), queue.stopping.set)) for called, name in wanted]


def _work(name: str) -> int:
    """What a process of `worker` does; its exit status."""
    return worker.run(name, _send_unasked) if name == "mail" else worker.run(name)


def _send_unasked() -> None:
    """Sends what is due without being woken; claims keep senders apart, as ever.

    After a start, because the one before may have died in the middle of it, and while nobody can wake a sender.
    """
    with current_app._get_current_object().app_context():  # type: ignore[attr-defined]
        try:
            with db.shared_time():
                takeover.after_the_dead()
                due = claims.count_due(db.now(), 1)
                database.session.rollback()
                if due:
                    delivery.drain()
        except SQLAlchemyError as problem:
            log.warning("sender_waits", extra={"about": "database", "kind": type(problem).__name__})


@click.command("scheduler")
@with_appcontext
def schedule() -> None:
    """The clock: wakes senders when mail falls due, and starts what is done every so often."""
    starting.refuse_unless_ready()
    Scheduler(current_app._get_current_object()).run()  # type: ignore[attr-defined]


COMMANDS = [work, schedule, mail, *incoming.COMMANDS]
