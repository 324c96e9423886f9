"""The command `feedbackloop up`."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextvars import Context
from functools import partial
from http.client import HTTPConnection
from pathlib import Path

import click
from flask.cli import with_appcontext
from flask_migrate import upgrade

from feedbackloop import cli, running
from feedbackloop.config import Settings, settings
from feedbackloop.core import processes, schema
from feedbackloop.core.db import transaction
from feedbackloop.extensions import db as database
from feedbackloop.sample import loader
from feedbackloop.up import announce, queue_server
from feedbackloop.up.supervisor import Part, Process, Supervisor, command, copy, own_environment

FIRST_PORT = 5000
_PORTS_TRIED = 100
_QUEUE_READY_S = 10
_WEB_READY_S = 30


class Refused(Exception):
    """`up` does not start. The message is one line; `status` is the exit status."""

    def __init__(self, sentence: str, status: int = 2) -> None:
        super().__init__(sentence)
        self.status = status


@click.command("up")
@click.option("--port", type=click.IntRange(1, 65535), help="Default: 5000, or the next free one.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes that send mail.")
@click.option("--sample-data", is_flag=True, help="First bring the database up to date and load the sample company.")
@with_appcontext
def up(port: int | None, workers: int, sample_data: bool) -> None:
    """Everything in one: web, senders, clock, and what the environment leaves unset."""
    found = settings()
    try:
        with running.hold(found.instance) as lock:
            if sample_data:
                _prepare()
            _run(found, port, workers, lock)
    except running.AlreadyRunning:
        _exit(Refused(f"another `feedbackloop up` runs on the instance {found.instance}"))
    except Refused as refusal:
        _exit(refusal)


COMMANDS = [up]


def _exit(refusal: Refused) -> None:
    click.echo(f"feedbackloop: {refusal}", err=True)
    sys.exit(refusal.status)


def _prepare() -> None:
    """What a newcomer would do by hand, in the process that is running anyway."""
    if schema.problem():
        upgrade()
    if not loader.is_loaded():
        with transaction():
            loader.load()


def _run(found: Settings, port: int | None, workers: int, lock: int) -> None:
    problem = schema.problem()
    if problem:
        raise Refused(problem, 3)
    with _listen(port) as listening:
        queue_part, queue_socket = _queue_part(found)
        mailbox_port = _free_port() if found.local_mail else None
        here = running.Running(
            pid=os.getpid(),
            port=listening.getsockname()[1],
            public_url=_public_url(found, listening.getsockname()[1]),
            redis_url=found.redis_url or f"unix://{queue_socket}",
            mail_port=mailbox_port,
        )
        serving = [queue_part] if queue_part else []
        if mailbox_port is not None:
            serving.append(_mailbox_part(found, mailbox_port, (lock, listening.fileno())))
        working = _working_parts(here, workers, listening.fileno(), lock)
        running.write_running(found.instance, here)
        supervisor = Supervisor([*serving, *working])
        with supervisor:
            supervisor.start(serving)
            if queue_socket is not None:
                _await_queue(queue_socket)
            supervisor.start(working)
            supervisor.run(until=lambda: _serves(here.port), limit_s=_WEB_READY_S)
            if not supervisor.stopping:
                announce.announce(found, here)
            supervisor.run()


def _listen(port: int | None) -> socket.socket:
    """The web's listening socket. It stays open while the web part is started again, so nobody is refused."""
    if port is not None:
        bound = _bind(port)
        if bound is None:
            raise Refused(f"port {port} is taken: choose another one, or leave it out")
        return bound
    for candidate in range(FIRST_PORT, FIRST_PORT + _PORTS_TRIED):
        bound = _bind(candidate)
        if bound is not None:
            return bound
    raise Refused(f"no free port from {FIRST_PORT} to {FIRST_PORT + _PORTS_TRIED - 1}: name one with --port")


def _bind(port: int) -> socket.socket | None:
    candidate = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        candidate.bind(("127.0.0.1", port))
        candidate.listen(1024)
    except OSError:
        candidate.close()
        return None
    return candidate


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _public_url(found: Settings, port: int) -> str:
    given = bool(os.environ.get("PUBLIC_URL", "").strip())
    return found.public_url if given else f"http://localhost:{port}"


def _queue_part(found: Settings) -> tuple[Part | None, Path | None]:
    if found.redis_url is not None:
        return None, None
    try:
        binary = queue_server.find_binary()
    except queue_server.NoQueueServer as missing:
        raise Refused(str(missing)) from None
    path = queue_server.socket_path(found.instance)
    queue_server.end_orphan(path)
    words = queue_server.command(binary, found.instance / "queue", path)
    return Part("queue server", command(words, own_environment({})), last=True), path


def _await_queue(path: Path) -> None:
    until = time.monotonic() + _QUEUE_READY_S
    while not queue_server.answers(path):
        if time.monotonic() > until:
            raise Refused("the private queue server does not start: set REDIS_URL, or look at its messages above")
        time.sleep(0.02)


def _serves(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=0.5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _mailbox_part(found: Settings, port: int, leaves: Sequence[int]) -> Part:
    from feedbackloop.up import listener  # with a mail server's library, which no other command needs

    return Part("mailbox", _copied("mailbox", partial(listener.run, found.instance, port), leaves), last=True)


def _working_parts(here: running.Running, workers: int, web_fd: int, lock: int) -> list[Part]:
    def part(name: str, *words: str, leaves: Sequence[int] = (lock, web_fd)) -> Part:
        return Part(name, _copied(name, partial(_command, here, words), leaves))

    # `up` is their supervisor: they are no supervisors of their own.
    return [
        part("web", "web", "--fd", str(web_fd), leaves=[lock]),
        *(part(f"sender {n + 1}", "worker", "--queue", "mail", "--single") for n in range(workers)),
        part("worker", "worker", "--queue", "work", "--single"),
        part("clock", "scheduler"),
    ]


def _copied(name: str, work: Callable[[], int], leaves: Sequence[int]) -> Callable[[], Process]:
    """Starts a copy of this process: it has loaded by now what each of them would load for seconds.

    `leaves` are the open files that are not the part's: with the lock in its hands the instance would stay taken.
    """

    def be_it() -> int:
        processes.call_this(name)
        for one in leaves:
            os.close(one)
        # What the contexts of this command hold is that of another app.
        return Context().run(work)

    start = copy(be_it)

    def spawn() -> Process:
        # Two processes on one database connection would read each other's answers.
        database.session.remove()
        database.engine.dispose()
        return start()

    return spawn


def _command(here: running.Running, words: Sequence[str]) -> int:
    os.environ.update(PUBLIC_URL=here.public_url, REDIS_URL=here.redis_url)
    try:
        cli.main(words)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
