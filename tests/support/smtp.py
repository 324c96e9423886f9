"""A real SMTP server of our own that keeps what it takes and misbehaves where a test asks for it."""

from __future__ import annotations

import asyncio
import email
import email.policy
import fnmatch
import logging
import threading
from dataclasses import dataclass, field
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session

# Rendering a line for each command would take longer than taking the mail.
logging.getLogger("mail.log").setLevel(logging.WARNING)

HOST = "127.0.0.1"
OK = "250 2.0.0 taken"


@dataclass(frozen=True)
class Received:
    """A message the server took: the envelope as spoken, and what was in it."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        parsed = email.message_from_bytes(self.raw, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, subtype: str) -> str:
        body = self.message.get_body((subtype,))
        return "" if body is None else str(body.get_content())


@dataclass
class Faults:
    """What goes wrong. Patterns are shell patterns on a recipient's address; counts go down as they happen."""

    refuse: list[str] = field(default_factory=list)
    """These recipients are refused for good (550)."""
    put_off: list[str] = field(default_factory=list)
    """These recipients are refused for now (451)."""
    put_off_next: int = 0
    """So many messages, whoever they are for, are refused for now after their last dot (451)."""
    closing: int = 0
    """So many recipients are answered that the server is closing (421)."""
    drop_after_dot: int = 0
    """So many messages are taken, and the connection closes before the 250: the client cannot know."""


class Sink:
    """Listens on a free port of this machine. `messages` holds what was taken, in order, told or not."""

    def __init__(self) -> None:
        self.messages: list[Received] = []
        self.refused: list[str] = []
        self.connections = 0
        self.faults = Faults()
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp-sink", daemon=True)
        self._server: asyncio.Server | None = None

    @property
    def host(self) -> str:
        return HOST

    @property
    def port(self) -> int:
        assert self._server is not None, "the sink is not started"
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def environ(self) -> dict[str, str]:
        """The settings that send mail here."""
        return {"MAIL_SERVER": self.host, "MAIL_PORT": str(self.port)}

    def start(self) -> None:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    def stop(self) -> None:
        assert self._server is not None, "the sink is not started"
        asyncio.run_coroutine_threadsafe(self._close(self._server), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(self._connected, HOST, 0)

    def _connected(self) -> SMTP:
        self.connections += 1
        return SMTP(self, hostname="sink.example", enable_SMTPUTF8=True, loop=self._loop)

    @staticmethod
    async def _close(server: asyncio.Server) -> None:
        server.close()
        await server.wait_closed()

    def clear(self) -> None:
        """Forget all mail and all faults."""
        with self._changed:
            self.messages.clear()
            self.refused.clear()
            self.connections = 0
            self.faults = Faults()

    def to(self, address: str) -> list[Received]:
        """What was taken for one address, oldest first."""
        return [kept for kept in self.messages if address in kept.recipients]

    def wait_for(self, count: int, *, to: str | None = None, seconds: float = 10) -> list[Received]:
        """Wait until `count` messages were taken (for one address, where given); fails when they do not come."""

        def kept() -> list[Received]:
            return self.messages if to is None else self.to(to)

        with self._changed:
            if not self._changed.wait_for(lambda: len(kept()) >= count, seconds):
                raise AssertionError(
                    f"{len(kept())} of {count} messages within {seconds} s: {[m.subject for m in kept()]}"
                )
            return list(kept())

    # aiosmtpd calls these by name, on the server's own thread.

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.faults.closing > 0:
            self.faults.closing -= 1
            return "421 4.3.2 closing"
        if _matches(address, self.faults.refuse):
            self.refused.append(address)
            return "550 5.1.1 no such mailbox"
        if _matches(address, self.faults.put_off):
            return "451 4.3.0 come back later"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return OK

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        with self._changed:
            if self.faults.put_off_next > 0:
                self.faults.put_off_next -= 1
                return "451 4.3.0 come back later"
            raw = envelope.original_content or b""
            self.messages.append(Received(envelope.mail_from or "", tuple(envelope.rcpt_tos), raw))
            self._changed.notify_all()
            if self.faults.drop_after_dot <= 0:
                return OK
            self.faults.drop_after_dot -= 1
        transport = server.transport
        assert isinstance(transport, asyncio.Transport)
        transport.abort()
        return OK


def _matches(address: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatch(address.lower(), pattern.lower()) for pattern in patterns)
