"""An SMTP server that misbehaves on purpose, and writes down every message it took: tests/faults runs on it.

with BadServer(tempfail=30, code=451) as server:
    …  # mail to server.host, server.port
    server.set()  # healed
    assert not tally(server.log.events, ["ann@x.example"]).lost
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from tests.support.badlog import MailLog
from tests.support.badsession import Session

V = TypeVar("V")


@dataclass(frozen=True)
class Faults:
    """What goes wrong. Patterns are shell patterns on a recipient's address; times are in seconds, shares in percent.

    Stages: connect, ehlo, mail, rcpt, data, dot, quit. `*_first`: only so many times since the faults were set.
    """

    delay: float = 0.0
    """Before every reply."""
    dot_delay: float = 0.0
    """Before the reply to a whole message, which is taken after that, also where nobody waits for it any more."""
    dot_delay_first: int = 0
    rate: float = 0.0
    """At most so many messages a second are taken, over all connections; who is too quick waits for the reply."""
    tempfail: float = 0.0
    """This share is refused for now, with `code`, at `stage`. A 421 closes the connection too."""
    stage: str = "rcpt"
    code: int = 451
    greylist: float | None = None
    """The first try of each pair of sender and recipient is refused for now, and any other before so many seconds."""
    reject: tuple[str, ...] = ()
    """Refused for good (550)."""
    defer: tuple[str, ...] = ()
    """Always refused for now."""
    data_reject: tuple[str, ...] = ()
    """Refused for good after the whole message (554)."""
    drop: str = ""
    """Closes: `mid-data`; after the dot, the message `discard`ed; after taking it, `before-reply` or `after-reply`."""
    drop_first: int = 0
    drop_share: float = 100.0
    hang: str = ""
    """Says nothing any more at this stage."""
    hang_first: int = 0
    per_connection: int = 0
    """A 421 after so many messages on one connection."""
    connections: int = 0
    """A 421 over so many connections at once."""
    multiline: bool = False
    pipelining: bool = True
    size: int = 50_000_000
    """552 over so many bytes."""
    auth: str = ""
    """`name:password` is demanded; `tempfail` refuses every sign-in for now (454)."""


class BadServer:
    """Serves on a free port of this machine in a thread of its own."""

    host = "127.0.0.1"

    def __init__(self, log: Path | None = None, seed: int = 0, **faults: Any) -> None:
        self.faults = Faults(**faults)
        self.log = MailLog(log)
        self.chance = random.Random(seed)  # noqa: S311 - the same faults in every run
        self.times: Counter[str] = Counter()
        self.first_seen: dict[tuple[str, str], float] = {}
        self.sessions: set[Session] = set()
        self.opened = 0
        self.port = 0
        self._next_take = 0.0
        self._later: list[tuple[int, Faults]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="bad-server", daemon=True)
        self._server: asyncio.Server | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _problem: BaseException | None, _tb: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        self.log.close()

    # What a test does with it

    def set(self, **faults: Any) -> None:
        """From now on these faults and no others; without any the server is healed."""
        self._call(self._replace, Faults(**faults))

    def at(self, accepted: int, **faults: Any) -> None:
        """Sets these faults at the moment at which so many messages are taken."""
        self._later.append((accepted, Faults(**faults)))

    def wait(self, accepted: int, seconds: float) -> bool:
        """Waits until so many messages were taken; whether that came true in time."""
        return self.log.wait(lambda: self.log.accepted >= accepted, seconds)

    def cut(self) -> None:
        """Closes every connection, as a server that is started anew does."""
        self._call(self._abort_all)

    # What its sessions ask

    def hits(self, name: str, first: int) -> bool:
        """Counts one time of this fault; False once it happened `first` times (0: always)."""
        if first and self.times[name] >= first:
            return False
        self.times[name] += 1
        return True

    def wait_for_turn(self) -> float:
        """How many seconds a message waits so that no more than `rate` a second are taken."""
        if not self.faults.rate:
            return 0.0
        now = time.monotonic()
        turn = max(now, self._next_take)
        self._next_take = turn + 1 / self.faults.rate
        return turn - now

    def took(self, **what: Any) -> None:
        """One more message was taken."""
        self.log.write("accepted", **what)
        for due in [one for one in self._later if self.log.accepted >= one[0]]:
            self._later.remove(due)
            self._replace(due[1])

    def is_greylisted(self, sender: str, recipient: str) -> bool:
        wait = self.faults.greylist
        if wait is None:
            return False
        key, now = (sender.lower(), recipient.lower()), time.monotonic()
        first = self.first_seen.setdefault(key, now)
        return first == now or now - first < wait

    def _replace(self, faults: Faults) -> None:
        self.faults = faults
        self.times.clear()
        self._next_take = 0.0

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(lambda: Session(self), self.host, 0, backlog=256)

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        self._abort_all()

    def _abort_all(self) -> None:
        for session in list(self.sessions):
            session.abort()

    def _call(self, function: Callable[..., V], *given: Any) -> V:
        """Runs a function in the server's own thread and gives back what it answers."""
        answer: Future[V] = Future()

        def run() -> None:
            try:
                answer.set_result(function(*given))
            except BaseException as problem:
                answer.set_exception(problem)

        self._loop.call_soon_threadsafe(run)
        return answer.result(10)
