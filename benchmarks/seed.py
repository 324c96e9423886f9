"""Rows to deliver: people, their complaints, the questions put to them, and the outbox.

One of each is made with the product's own models; PostgreSQL multiplies it. So every column has what the product would
put there, whatever migrations add, and a hundred thousand take seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql

from benchmarks import words
from benchmarks.stage import Stage, plain
from feedbackloop import create_app
from feedbackloop.checkins.models import CheckIn
from feedbackloop.complaints.models import Complaint
from feedbackloop.core import clock
from feedbackloop.core.db import transaction
from feedbackloop.extensions import db
from feedbackloop.mailing.models import Outbox
from feedbackloop.people.models import Customer
from tests.support import databases

REMINDER, QUESTION = "check_in_reminder", "check_in"
ADDRESS = "klant{}@postvak.example"
_TABLES = ("customers", "complaints", "check_ins")

# Each language's texts take turns; `t` is which of them row `n` has. A third has no summary, as most imports.
_TEXT = "1 + n %% {texts}"
_CHANGED: Mapping[str, Mapping[str, str]] = {
    "customers": {
        "id": "n",
        "name": "(%(first)s::text[])[1 + n %% {first}] || ' ' || (%(last)s::text[])[1 + (n / {first}) %% {last}]",
        "email": "'klant' || n || '@postvak.example'",
        "email_key": "'klant' || n || '@postvak.example'",
        "locale": f"(%(locales)s::text[])[{_TEXT}]",
    },
    "complaints": {
        "id": "n",
        "external_id": "'K-' || n",
        "customer_id": "n",
        "summary": f"CASE WHEN n %% 3 > 0 THEN (%(summaries)s::text[])[{_TEXT}] END",
        "subject": f"CASE WHEN n %% 3 > 0 THEN (%(subjects)s::text[])[{_TEXT}] END",
        "description": f"(%(descriptions)s::text[])[{_TEXT}]",
        "resolution": f"(%(resolutions)s::text[])[{_TEXT}]",
        "prevention": f"(%(preventions)s::text[])[{_TEXT}]",
        "apology_given": "n %% 2 = 0",
        "handler_name": "(%(first)s::text[])[1 + n %% 7] || ' ' || (%(last)s::text[])[1 + n %% 5]",
        "opened_at": "p.opened_at - make_interval(hours => (n %% 240)::int)",
    },
    "check_ins": {"id": "n", "complaint_id": "n"},
    "outbox": {
        # Not `n`: a question that was sent has put its reminder in between.
        "id": "nextval(pg_get_serial_sequence('outbox', 'id'))",
        "uuid": "gen_random_uuid()::text",
        "subject_id": "n",
        "complaint_id": "n",
        "customer_id": "n",
    },
}


@dataclass(frozen=True)
class Seeded:
    """A database to copy: `people` with a complaint and a question each, and no mail yet."""

    name: str
    kind: str
    people: int


def database(stage: Stage, kind: str, people: int) -> Seeded:
    """A new database with everything that a mail of this kind needs for so many people."""
    empty = stage.postgres.create()
    url = stage.postgres.url_of(empty)
    home = stage.home("seed")
    databases.migrate(url, home)
    app = create_app({"DATABASE_URL": url, "FEEDBACKLOOP_INSTANCE": str(home), "SECRET_KEY": databases.SECRET_KEY})
    with app.app_context():
        _first(kind)
        db.engine.dispose()
    with psycopg.connect(plain(url), autocommit=True) as connection:
        for table in _TABLES:
            _multiply(connection, table, table, 2, people)
            connection.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, people])
        # Out of the senders' sight, and as it was before any of them.
        connection.execute("CREATE TABLE first_mail AS SELECT * FROM outbox")
        connection.execute("DELETE FROM outbox")
        connection.execute("VACUUM ANALYZE")
    return Seeded(empty, kind, people)


def queue(url: str, first: int, last: int) -> None:
    """Queues the mails of the people `first` to `last`, due since a minute."""
    with psycopg.connect(plain(url), autocommit=True) as connection:
        _multiply(connection, "outbox", "first_mail", first, last)
        # Else the senders' plans would be those of an empty table, which no running instance has.
        connection.execute("VACUUM ANALYZE outbox")


def _multiply(connection: psycopg.Connection[Any], table: str, source: str, first: int, last: int) -> None:
    counts = {"first": len(words.FIRST), "last": len(words.LAST), "texts": len(words.texts())}
    changed = {column: value.format(**counts) for column, value in _CHANGED[table].items()}
    columns = [str(row[0]) for row in connection.execute(_COLUMNS, [table])]
    values = [sql.SQL(changed[one]) if one in changed else sql.Identifier("p", one) for one in columns]
    statement = sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT {values} "
        "FROM {source} p, generate_series({first}, {last}) n WHERE p.id = 1"
    ).format(
        table=sql.Identifier(table),
        source=sql.Identifier(source),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        values=sql.SQL(", ").join(values),
        first=first,
        last=last,
    )
    connection.execute(statement, _arrays())


_COLUMNS = (
    "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
    "AND attgenerated = '' ORDER BY attnum"
)


def _arrays() -> dict[str, Sequence[str | None]]:
    found = words.texts()
    return {
        "first": list(words.FIRST),
        "last": list(words.LAST),
        "locales": [one.locale for one in found],
        "summaries": [one.summary for one in found],
        "subjects": [one.subject for one in found],
        "descriptions": [one.description for one in found],
        "resolutions": [one.resolution for one in found],
        "preventions": [one.prevention for one in found],
    }


def _first(kind: str) -> None:
    now = clock.now()
    sent = kind == REMINDER
    asked = now - timedelta(days=6)
    person = Customer(
        id=1, name="Zoë Brouwer", email=ADDRESS.format(1), email_key=ADDRESS.format(1), locale="nl", created_at=asked
    )
    text = words.texts()[0]
    complaint = Complaint(
        id=1,
        source="winkel",
        external_id="K-1",
        customer_id=1,
        status="resolved",
        cycle=1,
        summary=text.summary,
        description=text.description,
        resolution=text.resolution,
        category="levering",
        channel="telefoon",
        opened_at=now - timedelta(days=12),
        resolved_at=now - timedelta(days=9),
        handler_name="Zoë Brouwer",
        handler_email="zoe@ours.example",
        created_at=now - timedelta(days=12),
        updated_at=now - timedelta(days=9),
    )
    question = CheckIn(
        id=1,
        complaint_id=1,
        cycle=1,
        status="sent" if sent else "scheduled",
        due_at=asked,
        sent_at=asked if sent else None,
        created_at=now - timedelta(days=9),
    )
    mail = Outbox(
        id=1,
        uuid=str(uuid4()),
        kind=kind,
        subject_id=1,
        complaint_id=1,
        customer_id=1,
        due_at=now - timedelta(minutes=1),
        expires_at=now + timedelta(days=14),
        created_at=asked,
    )
    with transaction():
        for row in (person, complaint, question, mail):
            db.session.add(row)
            db.session.flush()
