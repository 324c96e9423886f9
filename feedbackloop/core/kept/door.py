"""A worker of gunicorn that answers kept pages in the loop that waits for requests, and hands on all others.

It looks at what a connection brought. A plain request for a page that is at hand is answered there and then; anything
else, whatever it may be, is given back to gunicorn's own reader as it came, for a thread to work on.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from email.utils import formatdate
from functools import lru_cache, partial
from selectors import EVENT_READ
from typing import NamedTuple

from gunicorn.workers.gthread import TConn, ThreadWorker

from feedbackloop.core.kept.memory import Key, Memory
from feedbackloop.core.kept.negotiation import preferred
from feedbackloop.core.kept.serving import Environ, Front, request_id

# A longer head is left to gunicorn.
_LONGEST = 4096
# So many requests are known by their bytes: at most some megabytes.
_REMEMBERED = 1024
# What a connection may hold that its client has not read yet: a page goes out in one piece.
_ROOM = 256 * 1024
_BEAT_S = 0.5
_SLOWEST_S = 30.0

_REQUEST = re.compile(rb"(GET|HEAD) (/[!-\"$%&-~]*) HTTP/1\.1\r\n((?:[A-Za-z0-9-]+:[\t -~\x80-\xff]*\r\n)*)\r\n")
_HEADER = re.compile(rb"([A-Za-z0-9-]+):[ \t]*([^\r]*?)[ \t]*\r\n")
# Of all headers these decide on the answer; the last ones decide that gunicorn gives it.
_READ = {
    name.encode(): "HTTP_" + name.upper().replace("-", "_")
    for name in ("host", "accept-encoding", "accept-language", "if-none-match", "cookie", "origin", "x-request-id")
}
_READ |= {b"connection": "connection"}
_LEFT = frozenset(
    f"{name}".encode()
    for name in (
        "content-length",
        "content-type",
        "transfer-encoding",
        "range",
        "if-range",
        "if-match",
        "if-modified-since",
        "if-unmodified-since",
        "expect",
        "upgrade",
    )
)


class Head(NamedTuple):
    """A request that was looked at: how many bytes it has, and what of a WSGI environ decides on its answer."""

    length: int
    environ: Environ
    closes: bool


class Plain(NamedTuple):
    """A request that memory may answer."""

    length: int
    key: Key
    codings: tuple[str, ...]
    if_none_match: str | None
    request_id: str | None
    whole: bool
    closes: bool


def read_head(data: bytes) -> Head | None:
    """The plain GET or HEAD that these bytes begin with; None where they begin with anything else."""
    found = _REQUEST.match(data)
    if found is None:
        return None
    method, target, lines = found.groups()
    path, _, query = target.decode("ascii").partition("?")
    if "%" in path:
        return None
    environ: Environ = {"REQUEST_METHOD": method.decode("ascii"), "PATH_INFO": path, "QUERY_STRING": query}
    for name, value in _HEADER.findall(lines):
        lower = name.lower()
        read = _READ.get(lower)
        if read is not None:
            if read in environ:
                return None
            environ[read] = value.decode("latin-1")
        elif lower in _LEFT:
            return None
    connection = environ.pop("connection", "keep-alive").lower()
    if connection not in ("keep-alive", "close"):
        return None
    return Head(found.end(), environ, connection == "close")


def read_plain(front: Front, data: bytes) -> Plain | None:
    """What these bytes ask for, where that may be answered from memory."""
    head = read_head(data)
    key = front.key(head.environ) if head is not None else None
    if head is None or key is None:
        return None
    get = head.environ.get
    return Plain(
        head.length,
        key,
        preferred(get("HTTP_ACCEPT_ENCODING", "")),
        get("HTTP_IF_NONE_MATCH"),
        get("HTTP_X_REQUEST_ID"),
        get("REQUEST_METHOD") == "GET",
        head.closes,
    )


class MemoryWorker(ThreadWorker):
    """gunicorn's threads, with kept pages answered before one of them is taken."""

    def init_process(self) -> None:
        self._second = 0
        self._date = b""
        self._beat_at = 0.0
        super().init_process()

    def load_wsgi(self) -> None:
        super().load_wsgi()
        self._memory = Memory()
        self._read: Callable[[bytes], Plain | None] = lambda _data: None
        if isinstance(self.wsgi, Front):
            self.wsgi.start()
            self._memory = self.wsgi.memory
            # Whoever comes back asks with the same bytes.
            self._read = lru_cache(maxsize=_REMEMBERED)(partial(read_plain, self.wsgi))

    def notify(self) -> None:
        # Every turn of the loop would tell the arbiter that we live.
        now = time.monotonic()
        if now - self._beat_at >= _BEAT_S:
            self._beat_at = now
            super().notify()

    def accept(self, listener: socket.socket) -> None:
        """A new connection waits in the loop for its first request, and not in a thread."""
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ROOM)
        self.nr_conns += 1
        conn = TConn(self.cfg, client, address, listener.getsockname())
        conn.set_timeout()
        self.pending_conns.append(conn)
        self.poller.register(client, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def on_pending_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        # From here on it is a kept connection like any other.
        self.pending_conns.remove(conn)
        conn.data_ready = True
        conn.set_timeout()
        self.keepalived_conns.append(conn)
        self.poller.modify(client, EVENT_READ, partial(self.on_client_socket_readable, conn))
        self.on_client_socket_readable(conn, client)

    def on_client_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        if not self._answer(conn, client):
            super().on_client_socket_readable(conn, client)

    def handle(self, conn: TConn) -> object:
        """In a thread: gives back first what was read of the request."""
        taken, conn.taken = getattr(conn, "taken", b""), b""
        if taken:
            conn.init()
            conn.parser.unreader.unread(taken)
        return super().handle(conn)

    def murder_keepalived(self, force: bool = False) -> None:
        """A connection that was answered here keeps its place in the row; when its time comes it gets a new one."""
        now = time.monotonic()
        row = self.keepalived_conns
        while row and self.alive and not force and row[0].timeout <= now:
            last = getattr(row[0], "answered_at", 0.0) + self.cfg.keepalive
            if last <= now:
                break
            row[0].timeout = last
            row.append(row.popleft())
        super().murder_keepalived(force)

    def _cap_keepalive(self, deadline: float) -> None:
        # Who has not asked for anything yet does not keep a server from ending either.
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)

    def _answer(self, conn: TConn, client: socket.socket) -> bool:
        """Whether the request was answered from memory; where not, all that was read of it goes to a thread."""
        try:
            data = client.recv(_LONGEST)
        except OSError:
            return False
        asked = self._read(data) if self.alive and data else None
        page = self._memory.at_hand(asked.key) if asked is not None else None
        if asked is None or page is None or asked.length < len(data):
            conn.taken = data
            return False
        answer = page.answer(asked.codings, asked.if_none_match)
        self._memory.note(answer)
        head = b"%s%sConnection: %s\r\nX-Request-ID: %s\r\n\r\n" % (
            answer.head,
            self._dated(),
            b"close" if asked.closes else b"keep-alive",
            request_id(asked.request_id).encode("ascii"),
        )
        self._send(conn, client, head, answer.body if asked.whole else b"", asked.closes)
        return True

    def _dated(self) -> bytes:
        now = int(time.time())
        if now != self._second:
            self._second = now
            self._date = b"Server: gunicorn\r\nDate: %s\r\n" % formatdate(now, usegmt=True).encode("ascii")
        return self._date

    def _send(self, conn: TConn, client: socket.socket, head: bytes, body: bytes, closes: bool) -> None:
        """Sends it; what the connection cannot hold is sent by a thread as the client reads it."""
        try:
            sent = client.sendmsg((head, body)) if body else client.send(head)
        except BlockingIOError:
            sent = 0
        except OSError:
            # The client went away, and its end comes here like a request.
            return
        conn.answered_at = time.monotonic()
        if sent < len(head) + len(body):
            self.poller.unregister(client)
            self.keepalived_conns.remove(conn)
            future = self.tpool.submit(self._send_rest, conn, (head + body)[sent:], closes)
            future.add_done_callback(lambda done: self.method_queue.defer(self.finish_request, conn, done))
        elif closes:
            # The client's own end comes back here like a request, and ends the connection.
            with suppress(OSError):
                client.shutdown(socket.SHUT_WR)

    @staticmethod
    def _send_rest(conn: TConn, rest: bytes, closes: bool) -> bool:
        """What `handle` is to other requests: whether the connection stays open."""
        conn.init()
        conn.sock.settimeout(_SLOWEST_S)
        try:
            conn.sock.sendall(rest)
        except OSError:
            return False
        conn.sock.settimeout(None)
        return not closes
