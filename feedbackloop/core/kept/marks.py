"""The mark that a change leaves in the database, with its own commit: cheap to ask for, and never missed.

A mark is a random text in one of a few rows of a topic. Several rows, because transactions that write the same row wait
for each other; the row is written last, so that nobody waits longer than a commit takes.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from uuid import uuid4

from flask import current_app
from sqlalchemy import event, select
from sqlalchemy.engine import Connection, Engine

from feedbackloop.core import db, inserts, queue
from feedbackloop.core.kept.memory import Memory
from feedbackloop.core.kept.pages import Declared, Topic, declared
from feedbackloop.core.keys import StoredValue
from feedbackloop.extensions import db as database

CHANNEL = "feedbackloop:kept"
ROWS = 4
MEMORY = "feedbackloop.kept_memory"
_WRITES = re.compile(r"\b(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE|DELETE\s+FROM)\s+(?:ONLY\s+)?\"?(\w+)", re.IGNORECASE)
_TABLES = "tables written"


def names(topic: Topic, counted: bool) -> list[str]:
    """The rows of a topic's marks: those of changes to see at once, or of changes to what is counted."""
    return [f"kept:{topic.name}:{'counted' if counted else 'seen'}:{number}" for number in range(ROWS)]


def read(connection: Connection, topic: Topic) -> tuple[dict[str, str], dict[str, str]]:
    """The marks as they stand: of what is seen at once, and of what is counted. Raises what the database raises."""
    seen, counted = names(topic, False), names(topic, True)
    statement = select(StoredValue.name, StoredValue.value).where(StoredValue.name.in_([*seen, *counted]))
    found = {row.name: row.value for row in connection.execute(statement)}
    return _those(found, seen), _those(found, counted)


def _those(found: Mapping[str, str], wanted: list[str]) -> dict[str, str]:
    return {name: found[name] for name in wanted if name in found}


def register() -> None:
    """Watches what every transaction of this process writes, and leaves the marks with it."""
    if not event.contains(Engine, "before_cursor_execute", _see):
        event.listen(Engine, "before_cursor_execute", _see)
        db.before_commit(_leave)


def _see(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
    notes = db.notes()
    if notes is not None and (tables := written(statement)):
        notes[_TABLES] = notes.get(_TABLES, frozenset()) | tables


@lru_cache(maxsize=1_024)
def written(statement: str) -> frozenset[str]:
    """The tables that an SQL statement writes."""
    return frozenset(name.lower() for name in _WRITES.findall(statement))


def _leave() -> None:
    tables = (db.notes() or {}).get(_TABLES, frozenset())
    marks = []
    for topic, counted in _changed(declared(current_app), tables):
        name, mark = random.choice(names(topic, counted)), uuid4().hex  # noqa: S311 - any of them does
        marks.append({"name": name, "value": mark})
        db.after_commit(_Told(topic.name, name, mark))
    if marks:
        statement = inserts.insert_into(StoredValue).values(marks)
        newest = {"value": statement.excluded.value}
        database.session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=newest))


def _changed(known: Declared, tables: frozenset[str]) -> Iterator[tuple[Topic, bool]]:
    """The topics that these tables change, always in the same order: two transactions never wait crosswise."""
    hits = {(topic.name, counted): topic for table in tables for topic, counted in known.topics_of(table)}
    for (name, counted), topic in sorted(hits.items(), key=lambda hit: hit[0]):
        if not counted or (name, False) not in hits:
            yield topic, counted


class _Told:
    """After the commit: this process knows, and every other is woken."""

    def __init__(self, topic: str, name: str, mark: str) -> None:
        self.topic, self.name, self.mark = topic, name, mark

    def __call__(self) -> None:
        memory: Memory | None = current_app.extensions.get(MEMORY)
        if memory is not None and ":seen:" in self.name:
            memory.notice(self.topic, {self.name: self.mark})
        queue.tell(CHANNEL, self.topic)
