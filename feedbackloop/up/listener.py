"""The local mailbox's mail server: real SMTP on this machine's loopback, and every message kept. A part of `up`."""

from __future__ import annotations

import asyncio
import logging
import signal
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from feedbackloop.up import mailbox

_LARGEST = 32 * 1024 * 1024


class Keeper:
    """Says 250 only once the message stands in its file."""

    def __init__(self, instance: Path) -> None:
        self.instance = instance

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content or b""
        kept = mailbox.keep(self.instance, content)
        return f"250 kept as {kept}"


async def serve(instance: Path, port: int) -> None:
    loop = asyncio.get_running_loop()
    keeper = Keeper(instance)
    server = await loop.create_server(
        lambda: SMTP(keeper, enable_SMTPUTF8=True, data_size_limit=_LARGEST, ident="feedbackloop", loop=loop),
        host="127.0.0.1",
        port=port,
        reuse_address=True,
    )
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    await ended.wait()
    server.close()


def run(instance: Path, port: int) -> int:
    """Serves until SIGINT or SIGTERM; the exit status."""
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd would tell every line that is spoken
    asyncio.run(serve(instance, port))
    return 0
