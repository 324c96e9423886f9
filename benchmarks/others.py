"""What we are measured beside: the limit (smtp-source), the best peer (django-post-office), a plain Flask-Mail loop."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sqlalchemy.engine import make_url

from benchmarks.sample import Sample
from benchmarks.stage import HOST, ROOT, BenchError, Sink, Stage, environment, program, python

PEER_PYTHON = ROOT / ".venv" / "bench" / "bin" / "python"
PEER_PROCESSES, PEER_THREADS, PEER_BATCH = 2, 5, 2000
PLAIN_PROCESSES = 2
LIMIT_CONNECTIONS = 4
_PATIENCE_S = 900.0


def limit(sink: Sink, sample: Sample, mails: int) -> float:
    """Mails a second of a sender in C that sends one message over and over: no database, nothing to write."""
    before = sink.count()
    command = [program("smtp-source", "postfix"), "-4", "-d", "-s", str(LIMIT_CONNECTIONS), "-m", str(mails)]
    command += ["-l", str(sample.size), "-f", "service@bontespaak.example", "-t", "klant@postvak.example"]
    started = time.monotonic()
    subprocess.run([*command, f"{HOST}:{sink.port}"], check=True, timeout=_PATIENCE_S)
    took = time.monotonic() - started
    _expect(sink.count() - before, mails)
    return mails / took


@dataclass
class Peer:
    """A running process of the peer that does what it is told."""

    process: subprocess.Popen[str]

    def do(self, *command: Any) -> Any:
        asked, said = _pipe(self.process.stdin), _pipe(self.process.stdout)
        asked.write(json.dumps(command) + "\n")
        asked.flush()
        line = said.readline()
        if not line:
            raise BenchError(f"the peer ended at {command[0]}: what it printed stands above")
        return json.loads(line)


@contextmanager
def peer(stage: Stage, database: str, port: int) -> Iterator[Peer]:
    """The peer on this database, mailing to this port."""
    if not PEER_PYTHON.exists():
        raise BenchError("the peer is not installed: `make bench` does it")
    url = make_url(stage.postgres.url_of(database))
    names: dict[str, object] = {"NAME": url.database, "USER": url.username, "PASSWORD": url.password, "PORT": url.port}
    names["HOST"] = url.host or url.query.get("host")
    given = {
        "database": {name: value for name, value in names.items() if value is not None},
        "port": port,
        "batch": PEER_BATCH,
        "threads": PEER_THREADS,
    }
    settings = environment({"PEER_SETTINGS": json.dumps(given)})
    command = [str(PEER_PYTHON), "-m", "benchmarks.peer.run"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=settings, cwd=ROOT
    )
    try:
        yield Peer(process)
    finally:
        # It ends when nobody can tell it anything any more, so also when this process is killed.
        _pipe(process.stdin).close()
        process.wait(30)
        _pipe(process.stdout).close()


def peer_database(stage: Stage, messages: Path, mails: int) -> str:
    """A database with so many mails queued, made by the peer itself."""
    name = stage.postgres.create()
    with peer(stage, name, 1) as made:
        made.do("migrate")
        _expect(made.do("queue", str(messages), mails), mails)
    return name


def peer_rate(stage: Stage, seeded: str, sink: Sink, mails: int) -> float:
    """Mails a second of the peer's own command; starting Python and Django is not counted."""
    before = sink.count()
    name = stage.postgres.create(seeded)
    try:
        with peer(stage, name, sink.port) as made:
            took = float(made.do("send", PEER_PROCESSES))
            _expect(int(made.do("sent")), mails)
    finally:
        stage.postgres.drop(name)
    _expect(sink.count() - before, mails)
    return mails / took


def plain_rate(sink: Sink, port: int, messages: Path, mails: int) -> float:
    """Mails a second of processes that each send their share over one kept connection of Flask-Mail; no database."""
    before = sink.count()
    share = mails // PLAIN_PROCESSES
    command = python("benchmarks.plain", str(messages), str(port), str(share))
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        for _ in range(PLAIN_PROCESSES)
    ]
    try:
        for one in processes:
            _pipe(one.stdout).readline()  # ready
        started = time.monotonic()
        for one in processes:
            _pipe(one.stdin).close()
        codes = [one.wait(_PATIENCE_S) for one in processes]
        took = time.monotonic() - started
    finally:
        for one in processes:
            one.kill()
            one.wait()
            _pipe(one.stdout).close()
    if any(codes):
        raise BenchError("the plain loop failed: what it printed stands above")
    _expect(sink.count() - before, share * PLAIN_PROCESSES)
    return share * PLAIN_PROCESSES / took


def _pipe(found: IO[str] | None) -> IO[str]:
    assert found is not None
    return found


def _expect(seen: int, wanted: int) -> None:
    if seen != wanted:
        raise BenchError(f"{wanted} mails were to be sent, but {seen} were")
