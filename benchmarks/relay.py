"""A relay that is some milliseconds away: passes TCP on, each way that much later. `benchmarks.relay FROM TO MS`.

The delay is constant, so what is read first is due first and one queue does; one process, no task for each connection.
"""

from __future__ import annotations

import contextlib
import select
import socket
import sys
import time
from collections import deque
from typing import NamedTuple

from benchmarks.stage import HOST

_CHUNK = 1 << 18


class Parcel(NamedTuple):
    """What was read (nothing at the end of a connection), for whom, and when that one may see it."""

    due: float
    to: socket.socket
    data: bytes


class Relay:
    """Listens on one port and passes everything to another, `delay` seconds later each way."""

    def __init__(self, listen: int, target: int, delay: float) -> None:
        self._target, self._delay = target, delay
        self._pairs: dict[int, tuple[socket.socket, socket.socket]] = {}
        self._ended: set[socket.socket] = set()
        self._under_way: deque[Parcel] = deque()
        self._poll = select.epoll()
        self._door = socket.create_server((HOST, listen), backlog=1000)
        self._poll.register(self._door, select.EPOLLIN)

    def run(self) -> None:
        """Works until it is interrupted."""
        while True:
            wait = max(0.0, self._under_way[0].due - time.monotonic()) if self._under_way else -1
            for number, _event in self._poll.poll(wait):
                if number == self._door.fileno():
                    self._accept()
                else:
                    self._read(number)
            now = time.monotonic()
            while self._under_way and self._under_way[0].due <= now:
                self._hand_over(self._under_way.popleft())

    def _accept(self) -> None:
        near, _address = self._door.accept()
        far = socket.create_connection((HOST, self._target))
        for one, other in ((near, far), (far, near)):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._pairs[one.fileno()] = (one, other)
            self._poll.register(one, select.EPOLLIN)

    def _read(self, number: int) -> None:
        one, other = self._pairs[number]
        try:
            data = one.recv(_CHUNK)
        except OSError:
            data = b""
        if not data:
            self._poll.unregister(number)
        self._under_way.append(Parcel(time.monotonic() + self._delay, other, data))

    def _hand_over(self, parcel: Parcel) -> None:
        with contextlib.suppress(OSError):
            if parcel.data:
                parcel.to.sendall(parcel.data)
            else:
                parcel.to.shutdown(socket.SHUT_WR)
        if not parcel.data:
            self._end(parcel.to)

    def _end(self, one: socket.socket) -> None:
        """Closes a pair once neither end has more to say."""
        other = self._pairs[one.fileno()][1]
        self._ended.add(one)
        if other in self._ended:
            for each in (one, other):
                del self._pairs[each.fileno()]
                self._ended.remove(each)
                each.close()


if __name__ == "__main__":
    try:
        Relay(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1000).run()
    except KeyboardInterrupt:
        sys.exit(0)
