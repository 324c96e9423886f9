"""One connection of the bad mail server: the dialogue of SMTP, with the faults where they belong."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import fnmatch
import re
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tests.support.badlog import described

if TYPE_CHECKING:
    from tests.support.badserver import BadServer

_WORDS = {
    421: "4.3.2 closing, come back later",
    450: "4.2.0 mailbox busy",
    451: "4.3.0 try again later",
    452: "4.2.2 no room now",
    454: "4.7.0 no sign-in at the moment",
    530: "5.7.0 sign in first",
    535: "5.7.8 wrong name or password",
    550: "5.1.1 no such mailbox",
    552: "5.3.4 too big",
    554: "5.7.1 content refused",
}
_ADDRESS = re.compile(r"<([^>]*)>")
_SIZE = re.compile(r"\bSIZE=(\d+)", re.IGNORECASE)
_LONGEST_LINE = 8192


class Over(Exception):
    """This connection is at its end."""


class Session(asyncio.Protocol):
    """Reads commands that may come in one piece with others and with a message (pipelining); answers in order."""

    def __init__(self, server: BadServer) -> None:
        self._server = server
        self._buffer = bytearray()
        self._said: list[bytes] = []
        self._more: asyncio.Future[None] | None = None
        self._gone = False
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None
        self._number = 0
        self._sender: str | None = None
        self._recipients: list[str] = []
        self._messages = 0
        self._signed_in = False
        self._too_many = False

    # asyncio calls these by name.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server.opened += 1
        self._number = self._server.opened
        self._server.sessions.add(self)
        most = self._server.faults.connections
        self._too_many = bool(most) and len(self._server.sessions) > most
        self._task = asyncio.get_running_loop().create_task(self._serve())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._wake()

    def eof_received(self) -> bool:
        self._gone = True
        self._wake()
        return True  # what was handed over is still taken, then we close ourselves

    def connection_lost(self, _problem: Exception | None) -> None:
        self._gone = True
        self._wake()

    def abort(self) -> None:
        if self._task is not None:
            self._task.cancel()

    # Reading and answering

    def _wake(self) -> None:
        if self._more is not None and not self._more.done():
            self._more.set_result(None)

    async def _read_more(self) -> None:
        """Waits for more bytes; what was said so far goes out first."""
        self._flush()
        if self._gone:
            raise Over
        self._more = asyncio.get_running_loop().create_future()
        try:
            await self._more
        finally:
            self._more = None

    async def _line(self) -> str:
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > _LONGEST_LINE:
                self._say(500, "5.5.2 line too long")
                raise Over
            await self._read_more()
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line.rstrip(b"\r").decode("utf-8", "replace")

    async def _content(self) -> bytes:
        """A message up to its dot, with the doubled dots undone."""
        looked = 0
        while True:
            if self._buffer.startswith(b".\r\n"):
                del self._buffer[:3]
                return b""
            end = self._buffer.find(b"\r\n.\r\n", max(0, looked - 4))
            if end >= 0:
                content = bytes(self._buffer[: end + 2])
                del self._buffer[: end + 5]
                return content.removeprefix(b".").replace(b"\r\n.", b"\r\n")
            looked = len(self._buffer)
            try:
                await self._read_more()
            except Over:
                self._note("dropped", stage="data", by="client", size=len(self._buffer))
                raise

    def _say(self, code: int, text: str) -> None:
        more = b"%d-this reply\r\n%d-has several lines\r\n" % (code, code) if self._server.faults.multiline else b""
        self._said.append(more + f"{code} {text}\r\n".encode())

    def _flush(self) -> None:
        if self._said and self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(self._said))
        self._said.clear()

    async def _sleep(self, seconds: float) -> None:
        if seconds > 0:
            self._flush()
            await asyncio.sleep(seconds)

    # Faults

    def _note(self, kind: str, **what: object) -> None:
        self._server.log.write(kind, conn=self._number, mail_from=self._sender, rcpt_to=list(self._recipients), **what)

    def _refuse(self, stage: str, code: int, text: str | None = None, recipient: str = "") -> None:
        to = [recipient] if recipient else list(self._recipients)
        self._server.log.write("refused", conn=self._number, mail_from=self._sender, rcpt_to=to, stage=stage, code=code)
        self._say(code, text or _WORDS[code])
        if code == 421:
            raise Over

    async def _stage(self, stage: str, recipient: str = "") -> bool:
        """The faults of a stage. False where it was answered by one of them."""
        faults = self._server.faults
        await self._sleep(faults.delay)
        if faults.hang == stage and self._server.hits("hang", faults.hang_first):
            await self._hang(stage)
        if faults.stage == stage and faults.tempfail and self._server.chance.random() * 100 < faults.tempfail:
            self._refuse(stage, faults.code, recipient=recipient)
            return False
        return True

    async def _hang(self, stage: str) -> None:
        self._note("hung", stage=stage)
        began = time.monotonic()
        try:
            while True:
                self._buffer.clear()
                await self._read_more()
        finally:
            self._note("closed", stage=stage, after=round(time.monotonic() - began, 3))

    # The dialogue

    async def _serve(self) -> None:
        try:
            if self._too_many:
                self._refuse("connect", 421, "4.7.0 too many connections")
            if not await self._stage("connect"):
                raise Over
            self._say(220, "bad.example ESMTP")
            while True:
                await self._command(await self._line())
        except (Over, asyncio.CancelledError):
            pass
        finally:
            self._flush()
            self._server.sessions.discard(self)
            if self._transport is not None:
                self._transport.close()

    async def _command(self, line: str) -> None:
        verb, _, rest = line.partition(" ")
        known = {
            "EHLO": self._ehlo,
            "HELO": self._ehlo,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "QUIT": self._quit,
        }.get(verb.upper())
        if known is not None:
            await known(rest)
        elif verb.upper() == "RSET":
            self._sender, self._recipients = None, []
            self._say(250, "2.0.0 forgotten")
        elif verb.upper() == "NOOP":
            self._say(250, "2.0.0 still here")
        else:
            self._say(500, "5.5.1 unknown command")

    async def _ehlo(self, _name: str) -> None:
        if not await self._stage("ehlo"):
            return
        faults = self._server.faults
        offers = ["bad.example", f"SIZE {faults.size}", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"]
        offers += ["PIPELINING"] if faults.pipelining else []
        offers += ["AUTH PLAIN LOGIN"] if faults.auth else []
        self._said.append("".join(f"250-{offer}\r\n" for offer in offers[:-1]).encode())
        self._said.append(f"250 {offers[-1]}\r\n".encode())

    async def _auth(self, rest: str) -> None:
        way, _, given = rest.partition(" ")
        try:
            if way.upper() == "PLAIN":
                _, name, password = _plain(given or await self._asked("")).split("\0")
            else:
                name = _plain(given or await self._asked("Username:"))
                password = _plain(await self._asked("Password:"))
        except ValueError:
            self._say(501, "5.5.2 that is no base64")
            return
        wanted = self._server.faults.auth
        if wanted == "tempfail":
            self._refuse("auth", 454)
        elif f"{name}:{password}" != wanted:
            self._refuse("auth", 535)
        else:
            self._signed_in = True
            self._say(235, "2.7.0 welcome")

    async def _asked(self, for_what: str) -> str:
        self._said.append(b"334 " + base64.b64encode(for_what.encode()) + b"\r\n")
        return await self._line()

    async def _mail(self, rest: str) -> None:
        faults = self._server.faults
        self._sender, self._recipients = _address(rest), []
        announced = _SIZE.search(rest)
        if faults.auth and not self._signed_in:
            self._refuse("mail", 530)
        elif faults.per_connection and self._messages >= faults.per_connection:
            self._refuse("mail", 421, "4.7.0 enough on this connection")
        elif announced and int(announced[1]) > faults.size:
            self._refuse("mail", 552)
        elif await self._stage("mail"):
            self._say(250, "2.1.0 go on")
            return
        self._sender = None

    async def _rcpt(self, rest: str) -> None:
        faults, recipient = self._server.faults, _address(rest)
        if self._sender is None:
            self._say(503, "5.5.1 MAIL first")
        elif _matches(faults.reject, recipient):
            self._refuse("rcpt", 550, recipient=recipient)
        elif _matches(faults.defer, recipient):
            self._refuse("rcpt", 451 if faults.code == 421 else faults.code, recipient=recipient)
        elif self._server.is_greylisted(self._sender, recipient):
            self._refuse("rcpt", 450, "4.7.1 greylisted, come back later", recipient)
        elif await self._stage("rcpt", recipient):
            self._recipients.append(recipient)
            self._say(250, "2.1.5 go on")

    async def _data(self, _rest: str) -> None:
        if not self._recipients:
            self._say(503, "5.5.1 RCPT first")
            return
        if not await self._stage("data"):
            return
        self._said.append(b"354 go ahead\r\n")
        faults = self._server.faults
        drop = faults.drop
        if drop and self._server.chance.random() * 100 >= faults.drop_share:
            drop = ""
        if drop and not self._server.hits("drop", faults.drop_first):
            drop = ""
        if drop == "mid-data":
            if not self._buffer:
                await self._read_more()
            self._note("dropped", stage="data", by="server")
            raise Over
        content = await self._content()
        await self._end_of_message(content, drop)

    async def _end_of_message(self, content: bytes, drop: str) -> None:
        faults = self._server.faults
        if len(content) > faults.size:
            self._refuse("dot", 552)
        elif any(_matches(faults.data_reject, one) for one in self._recipients):
            self._refuse("dot", 554)
        elif await self._stage("dot"):
            if drop == "discard":
                self._note("dropped", stage="dot", by="server")
                raise Over
            await self._sleep(self._server.wait_for_turn())
            if faults.dot_delay and self._server.hits("dot_delay", faults.dot_delay_first):
                await self._sleep(faults.dot_delay)
            self._take(content, drop)
        self._sender, self._recipients = None, []
        if drop == "after-reply":
            raise Over

    def _take(self, content: bytes, drop: str) -> None:
        self._messages += 1
        unheard = drop == "before-reply" or self._gone
        self._server.took(
            conn=self._number,
            mail_from=self._sender,
            rcpt_to=list(self._recipients),
            reply_lost=unheard,
            **described(content),
        )
        if drop == "before-reply":
            # What was answered before goes out all the same: those replies are not lost.
            raise Over
        self._say(250, f"2.0.0 taken as {self._number}-{self._messages}")

    async def _quit(self, _rest: str) -> None:
        if await self._stage("quit"):
            self._say(221, "2.0.0 bye")
            raise Over


def _address(rest: str) -> str:
    found = _ADDRESS.search(rest)
    return found[1] if found else rest.partition(":")[2].strip()


def _matches(patterns: Iterable[str], address: str) -> bool:
    return any(fnmatch.fnmatch(address.lower(), pattern.lower()) for pattern in patterns)


def _plain(text: str) -> str:
    """Base64 read back. Raises ValueError."""
    with contextlib.suppress(binascii.Error):
        return base64.b64decode(text, validate=True).decode("utf-8")
    raise ValueError("not base64")
