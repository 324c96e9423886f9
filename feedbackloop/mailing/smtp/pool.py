"""Several connections to the mail server, spoken to at once by one thread."""

from __future__ import annotations

import contextlib
import queue
import selectors
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Generic, Self

from feedbackloop.mailing.smtp.dialogue import Dialogue, Office, P
from feedbackloop.mailing.smtp.opening import Opened, Server, ServerAway, connect

# A server that has just been started is worth a moment before its mail is put off.
PATIENCE_S = (0.5, 1.0, 2.0)


class Pool(Generic[P]):
    """At most `size` connections, opened as they are needed and kept until `close`.

    `pump` does what can be done now and waits no longer than it is told; it raises ServerAway when there is no
    connection and none can be had. `wanted()` is how many messages wait to be taken with `office.next`.
    """

    def __init__(
        self,
        server: Server,
        size: int,
        office: Office[P],
        wanted: Callable[[], int],
        patience_s: tuple[float, ...] | None = None,
    ) -> None:
        self.server = server
        self._size = size
        self._office = office
        self._wanted = wanted
        self._patience_s = PATIENCE_S if patience_s is None else patience_s
        self._waits_s = list(self._patience_s)
        self._open: list[Dialogue[P]] = []
        self._over = False  # whether one of them has ended
        self._opening = 0
        self._not_before = 0.0
        self._looks_at = 0.0
        self._results: queue.SimpleQueue[Opened | ServerAway] = queue.SimpleQueue()
        self._closed = False
        self._selector = selectors.DefaultSelector()
        self._bell, self._ringer = socket.socketpair()
        self._bell.setblocking(False)
        self._selector.register(self._bell, selectors.EVENT_READ)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _problem: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self.close()

    @property
    def busy(self) -> bool:
        """Whether anything is awaited: the reply to a message, or to its envelope."""
        return any(one.busy for one in self._open)

    def pump(self, longest_s: float) -> None:
        """Opens, writes and reads what can be, once. Raises ServerAway."""
        self._open_more()
        for one in self._open:
            if one.open and not one.busy:
                begun = one.begin()
                self._look_after(one)
                if not begun:
                    break
        now = time.monotonic()
        wait_s = min(longest_s, self._looks_at - now)
        if self._not_before > now and self._opening == 0:
            wait_s = min(wait_s, self._not_before - now)
        for key, ready in self._selector.select(max(wait_s, 0)):
            if key.data is None:
                self._answered_bell()
            else:
                self._serve(key.data, ready)
                self._look_after(key.data)
        self._end_silent_ones()
        if self._over:
            self._open = [one for one in self._open if one.open]
            self._over = False

    @staticmethod
    def _serve(one: Dialogue[P], ready: int) -> None:
        if one.open and ready & selectors.EVENT_READ:
            one.read()
        if one.open and one.wants_to_write:
            one.write()

    def _end_silent_ones(self) -> None:
        """Ends connections whose server does not answer. Looked for at the first moment when there can be one."""
        now = time.monotonic()
        if now < self._looks_at:
            return
        for one in self._open:
            if one.open and one.deadline and one.busy and one.deadline <= now:
                one.lose("no reply in time")
                self._look_after(one)
        # What begins to wait from now on has at least this long.
        soonest = now + min(self.server.command_s, self.server.dot_s)
        self._looks_at = min([soonest, *[one.deadline for one in self._open if one.deadline > now]])

    def _look_after(self, one: Dialogue[P]) -> None:
        """After it had its turn: waits for what it wants to do next, or forgets it."""
        if not one.open:
            self._forget(one)
            self._over = True
        elif one.wants_to_write != one.is_watched:
            one.is_watched = one.wants_to_write
            watched = selectors.EVENT_READ | (selectors.EVENT_WRITE if one.wants_to_write else 0)
            self._selector.modify(one.sock, watched, one)

    def finish(self, longest_s: float) -> None:
        """Takes no more messages and waits for the replies to what was handed over; then hangs up, in any case."""
        until = time.monotonic() + longest_s
        while time.monotonic() < until:
            self._open = [one for one in self._open if not self._is_over(one)]
            if not self._open:
                break
            for key, _ready in self._selector.select(0.1):
                if key.data is not None and key.data.open:
                    key.data.read()
        self.abort()

    def abort(self) -> None:
        """Ends every connection at once; what was handed over and not answered is uncertain."""
        for one in self._open:
            one.lose("we had to stop")
        self._open = []

    def close(self) -> None:
        self._closed = True
        for one in self._open:
            if one.busy:
                one.lose("we had to stop")
            one.leave()
        self._open = []
        self._selector.close()
        with contextlib.suppress(OSError):
            self._bell.close()
        self._drop_late_ones()

    def _is_over(self, one: Dialogue[P]) -> bool:
        if not one.open:
            return True
        if one.withdraw():
            self._forget(one)
            one.leave()
            return True
        return False

    # Opening, beside the conversation: it may take as long as the server likes

    def _open_more(self) -> None:
        have = len(self._open) + self._opening
        if have >= self._size or time.monotonic() < self._not_before:
            return
        idle = sum(not one.busy for one in self._open)
        for _ in range(min(self._size - have, self._wanted() - idle - self._opening)):
            self._opening += 1
            threading.Thread(target=self._connect, name="smtp-open", daemon=True).start()
            if not self._open:
                break  # the first one shows whether there is a server at all

    def _connect(self) -> None:
        found: Opened | ServerAway
        try:
            found = connect(self.server)
        except ServerAway as away:
            found = away
        except Exception as problem:
            found = ServerAway(type(problem).__name__)
        self._results.put(found)
        if self._closed:
            self._drop_late_ones()
            return
        with contextlib.suppress(OSError):
            self._ringer.send(b"!")

    def _answered_bell(self) -> None:
        with contextlib.suppress(OSError):
            self._bell.recv(64)
        while True:
            try:
                found = self._results.get_nowait()
            except queue.Empty:
                return
            self._opening -= 1
            if isinstance(found, ServerAway):
                self._away(found)
            else:
                self._waits_s = list(self._patience_s)
                one = Dialogue(found, self.server, self._office)
                self._selector.register(one.sock, selectors.EVENT_READ, one)
                self._open.append(one)
                one.begin()
                self._look_after(one)

    def _away(self, away: ServerAway) -> None:
        if away.sign_in:
            raise away
        if self._open:
            # It talks to us already, and wants no more connections than these.
            self._not_before = time.monotonic() + self.server.command_s
            return
        if away.closing or not self._waits_s:
            raise away
        self._not_before = time.monotonic() + self._waits_s.pop(0)

    def _drop_late_ones(self) -> None:
        while True:
            try:
                found = self._results.get_nowait()
            except queue.Empty:
                break
            if isinstance(found, Opened):
                found.sock.close()
        with contextlib.suppress(OSError):
            self._ringer.close()

    def _forget(self, one: Dialogue[P]) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(one.sock)
