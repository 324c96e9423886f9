"""Moves bytes between two sockets, slowly where asked, and not at all while it is cut."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import Counter
from dataclasses import dataclass

_PIECE = 65536


@dataclass(frozen=True)
class Target:
    """Where a server listens: a path, or a host and a port. Each piece of bytes to it takes `delay` seconds."""

    path: str = ""
    host: str = ""
    port: int = 0
    delay: float = 0.0


class Relay:
    """Listens on a free port of `host` and speaks to `target` for whoever connects."""

    def __init__(self, host: str, target: Target) -> None:
        self.host = host
        self._target = target
        self._received: Counter[str] = Counter()
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="relay", daemon=True)
        self._thread.start()
        self._open, self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        self.port = int(self._server.sockets[0].getsockname()[1])

    def received_from(self, address: str) -> int:
        """How many bytes whoever has this address sent."""
        return self._received[address]

    def cut(self) -> None:
        """Nothing is moved any more, and nothing closed: as a cable that was pulled."""
        self._loop.call_soon_threadsafe(self._open.clear)

    def heal(self) -> None:
        self._loop.call_soon_threadsafe(self._open.set)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listen(self) -> tuple[asyncio.Event, asyncio.Server]:
        opened = asyncio.Event()
        opened.set()
        return opened, await asyncio.start_server(self._serve, self.host, 0)

    async def _end(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        peer = str(writer.get_extra_info("peername")[0])
        there: asyncio.StreamWriter | None = None
        try:
            if self._target.path:
                answers, there = await asyncio.open_unix_connection(self._target.path)
            else:
                answers, there = await asyncio.open_connection(self._target.host, self._target.port)
            await asyncio.gather(self._move(reader, there, peer), self._move(answers, writer, ""))
        except OSError:
            pass
        finally:
            self._tasks.discard(task)
            for one in (writer, there):
                if one is not None:
                    one.close()

    async def _move(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str) -> None:
        while piece := await reader.read(_PIECE):
            if peer:
                self._received[peer] += len(piece)
                if self._target.delay:
                    await asyncio.sleep(self._target.delay)
            await self._open.wait()
            writer.write(piece)
            await writer.drain()
        with contextlib.suppress(OSError):
            writer.write_eof()
