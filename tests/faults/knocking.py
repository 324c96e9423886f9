"""Requests over HTTP, many at once, and a visitor who keeps knocking while something is broken."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from queue import Empty, SimpleQueue
from typing import Self

BROKEN = 0


@dataclass(frozen=True)
class Answer:
    """`status` is BROKEN where no answer came; `seconds` is how long it took to know."""

    status: int
    text: str
    seconds: float


def knock(port: int, method: str, path: str, body: str | None = None, timeout: float = 60, **headers: str) -> Answer:
    """One request on a connection of its own. Names of headers are given with `_` for `-`."""
    began = time.monotonic()
    connection = HTTPConnection("127.0.0.1", port, timeout=timeout)
    given = {"Host": f"localhost:{port}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    if body is not None:
        given.setdefault("Content-Type", "application/x-www-form-urlencoded")
    try:
        connection.request(method, path, body, given)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read().decode(errors="replace"), time.monotonic() - began)
    except (OSError, HTTPException) as problem:
        return Answer(BROKEN, type(problem).__name__, time.monotonic() - began)
    finally:
        connection.close()


def at_once(calls: Sequence[Callable[[], Answer]], threads: int) -> list[Answer]:
    """Makes these calls, so many at a time; the answers in no order."""
    waiting: SimpleQueue[Callable[[], Answer]] = SimpleQueue()
    for call in calls:
        waiting.put(call)
    answers: list[Answer] = []

    def work() -> None:
        while True:
            try:
                call = waiting.get_nowait()
            except Empty:
                return
            answers.append(call())

    crew = [threading.Thread(target=work, daemon=True) for _ in range(threads)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    return answers


class Visitor:
    """Makes a call about every `every` seconds until the block ends; `answers` holds what came of it."""

    def __init__(self, call: Callable[[int], Answer], every: float = 0.25) -> None:
        self.answers: list[tuple[float, Answer]] = []
        self._call = call
        self._every = every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_problem: object) -> None:
        self._over.set()
        self._thread.join(90)

    def _run(self) -> None:
        number = 0
        while not self._over.wait(self._every):
            began = time.monotonic()
            self.answers.append((began, self._call(number)))
            number += 1


def share(answers: Sequence[Answer], percent: float) -> float:
    """The seconds within which this percentage of the answers came."""
    ordered = sorted(answer.seconds for answer in answers)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0
