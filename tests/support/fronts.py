"""The product as a server calls it: kept pages before the framework, each front a process's own memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from werkzeug.test import Client, TestResponse

from feedbackloop.core import queue
from feedbackloop.core.kept import marks
from feedbackloop.core.kept.serving import Front
from feedbackloop.extensions import db


class Fronts:
    """Fronts of a test, each with the thread that watches for changes; `stop` ends them."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._made: list[Front] = []

    def __call__(self) -> tuple[Front, Client]:
        made = Front(self._app)
        self._made.append(made)
        made.start()
        return made, Client(made, use_cookies=False)

    def stop(self) -> None:
        watchers = [one.watcher for one in self._made if one.watcher is not None]
        for one in watchers:
            one.stop()
        with self._app.app_context():
            queue.tell(marks.CHANNEL, "it is over")
        for one in watchers:
            one.join(10)
            assert not one.is_alive()


@contextmanager
def database_away(app: Flask) -> Iterator[None]:
    """Within the block every statement fails, as on a server that is gone."""

    def fail(*_given: Any) -> None:
        raise OperationalError("a statement", {}, ConnectionRefusedError())

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", fail)


# Of each answer alone; the date is the server's to say, where it was not said yet.
OWN = ("x-request-id", "date")


def said(answer: TestResponse, without: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Its headers in an order of their own, but for those that differ from answer to answer, and for these."""
    return sorted((name.lower(), value) for name, value in answer.headers if name.lower() not in (*OWN, *without))
