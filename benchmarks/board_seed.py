"""People for the board: a million in minutes, each with a case, an answer, what they allow and five rows of history.

One row of each table is made with the product's own models; PostgreSQL multiplies it, so that every column has what the
product would put there. Who stands where, since when, and what they allow follows from the number of the person: the
same each time, and spread as years of use would spread it, with rare things among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

from benchmarks import numbers, words
from benchmarks.stage import Stage, plain
from feedbackloop import create_app
from feedbackloop.ambassadors import counting
from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.ambassadors.rules import CONSENTS
from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.complaints.models import Complaint
from feedbackloop.core.db import transaction
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.people.models import Consent, Customer
from feedbackloop.reviews import destinations
from feedbackloop.reviews.destinations import DestinationInput
from feedbackloop.reviews.models import Invitation, Review
from feedbackloop.staff import service as staff
from tests.support import databases

OWNERS = 9  # the last of them looks after one in 20,000
HISTORY = 5
PASSWORD = "correct horse battery"  # noqa: S105 - of a database that is gone with the run
MARKETER = "pim@ours.example"
# Whose check-in is sent and not answered, for each hundred people on the board.
_WAITING = 10
_YEARS = 3

# What follows from the number of a person. `r` is the same for the same number and salt, anywhere from 0 to 1.
_FUNCTIONS = """
CREATE FUNCTION r(n bigint, salt int) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
 $$ SELECT (hashint8extended(n, salt) & 2147483647) / 2147483648.0 $$;
CREATE FUNCTION since(n bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
 $$ SELECT timestamptz {now} - make_interval(secs => {seconds} * r(n, 1)) $$;
CREATE FUNCTION stage(n bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
 $$ SELECT CASE WHEN r(n, 2) < 0.40 THEN 'satisfied' WHEN r(n, 2) < 0.68 THEN 'invited'
    WHEN r(n, 2) < 0.80 THEN 'clicked' WHEN r(n, 2) < 0.96 THEN 'reviewed' ELSE 'ambassador' END $$;
CREATE FUNCTION later(n bigint) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
 $$ SELECT CASE WHEN r(n, 3) < 0.04 THEN date {day} + 1 + (r(n, 4) * 200)::int END $$;
CREATE FUNCTION category(n bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
 $$ SELECT ({categories}::text[])[1 + floor({many} * r(n, 5) ^ 2.5)::int] $$;
CREATE FUNCTION lang(n bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
 $$ SELECT CASE WHEN r(n, 6) < 0.70 THEN 'nl' WHEN r(n, 6) < 0.92 THEN 'en' WHEN r(n, 6) < 0.96 THEN 'de' END $$;
CREATE FUNCTION mark(n bigint) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
 $$ SELECT CASE WHEN r(n, 7) < 0.85 THEN 10 - floor(11 * r(n, 8) ^ 3)::int END $$;
CREATE FUNCTION allows(n bigint, place int) RETURNS bool LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
 $$ SELECT r(n, 100 + place) < ({shares}::float8[])[1 + place] $$;
CREATE FUNCTION allowed(n bigint) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
 $$ SELECT allows(n, 0)::int + 2 * allows(n, 1)::int + 4 * allows(n, 2)::int + 8 * allows(n, 3)::int
    + 16 * allows(n, 4)::int + 32 * allows(n, 5)::int $$;
CREATE FUNCTION owner(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
 $$ SELECT CASE WHEN n % 20000 = 7 THEN {owners}
    WHEN r(n, 9) < 0.3 THEN 1 + floor(({owners} - 1) * r(n, 10) ^ 2)::int END $$;
CREATE FUNCTION step(n bigint) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
 $$ SELECT CASE WHEN r(n, 11) < 0.06 THEN date {day} - 20 + (r(n, 12) * 120)::int END $$;
CREATE FUNCTION board_column(n bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
 $$ SELECT CASE WHEN later(n) IS NULL THEN stage(n) ELSE 'not_now' END $$;
CREATE FUNCTION kind(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
 $$ SELECT ('x' || encode(substring(sha256(convert_to(concat_ws(E'\\x1f', board_column(n), category(n),
    coalesce(lang(n), ''), coalesce(owner(n), 0), allowed(n), CASE WHEN mark(n) IS NULL THEN '' WHEN mark(n) > 8
    THEN 'promoter' WHEN mark(n) > 6 THEN 'passive' ELSE 'detractor' END), 'UTF8')) FOR 8), 'hex'))::bit(64)::bigint $$;
"""
_SHARES = (0.30, 0.18, 0.12, 0.02, 0.015, 0.002)  # who allows each of rules.CONSENTS
_CATEGORIES = (
    "bezorging", "reparatie", "garantie", "factuur", "winkel", "website", "onderdelen", "afspraak", "verzekering",
    "lease", "cadeaubon", "inruil",
)  # fmt: skip
_TEXT = "1 + n % {texts}"
_ON_BOARD = "n <= {people}"
_CHANGED: Mapping[str, Mapping[str, str]] = {
    "customers": {
        "id": "n",
        "name": "({first}::text[])[1 + n % {firsts}] || ' ' || ({last}::text[])[1 + (n / {firsts}) % {lasts}]",
        "email": "'klant' || n || '@postvak.example'",
        "email_key": "'klant' || n || '@postvak.example'",
        "locale": "lang(n)",
    },
    "complaints": {
        "id": "n",
        "external_id": "'K-' || n",
        "customer_id": "n",
        "resolution": f"({{resolutions}}::text[])[{_TEXT}]",
        "category": "category(n)",
        "status": f"CASE WHEN {_ON_BOARD} THEN 'confirmed' ELSE 'resolved' END",
        "opened_at": "since(n) - interval '12 days'",
        "resolved_at": "since(n) - interval '9 days'",
        "confirmed_at": f"CASE WHEN {_ON_BOARD} THEN since(n) END",
        "handler_email": "'handler' || n % 7 || '@ours.example'",
    },
    "check_ins": {
        "id": "n",
        "complaint_id": "n",
        "status": f"CASE WHEN {_ON_BOARD} THEN 'answered' ELSE 'sent' END",
        "due_at": "since(n) - interval '2 days'",
        "sent_at": "since(n) - interval '2 days'",
        "answered_at": f"CASE WHEN {_ON_BOARD} THEN since(n) END",
        "created_at": "since(n) - interval '9 days'",
    },
    "answers": {
        "id": "n",
        "check_in_id": "n",
        "recommend": "mark(n)",
        "rating": "least(5, 1 + mark(n) / 2)",
        "comment": f"CASE WHEN allows(n, 0) OR n % 3 = 0 THEN ({{summaries}}::text[])[{_TEXT}] END",
        "quote_consent": "allows(n, 0)",
        "locale": "lang(n)",
        "answered_at": "since(n)",
    },
    "invitations": {
        "id": "n",
        "complaint_id": "n",
        "customer_id": "n",
        "status": "CASE stage(n) WHEN 'satisfied' THEN CASE WHEN n % 40 = 0 THEN 'scheduled' ELSE 'cancelled' END "
        "WHEN 'invited' THEN 'sent' WHEN 'clicked' THEN 'clicked' ELSE 'reviewed' END",
        "due_at": "since(n)",
        "sent_at": "CASE WHEN stage(n) <> 'satisfied' THEN since(n) END",
        "clicked_at": "CASE WHEN stage(n) NOT IN ('satisfied', 'invited') THEN since(n) END",
        "created_at": "since(n)",
    },
    "reviews": {
        "id": "n",
        "invitation_id": "n",
        "complaint_id": "n",
        "customer_id": "n",
        "rating": "1 + (n % 5)::int",
        "written_at": "since(n)",
    },
    "ambassadors": {
        "id": "n",
        "customer_id": "n",
        "complaint_id": "n",
        "stage": "stage(n)",
        "stage_since": "since(n)",
        "left_at": "CASE WHEN n % 33 = 5 THEN since(n) END",
        "not_now_until": "later(n)",
        "not_now_reason": "CASE WHEN later(n) IS NOT NULL THEN 'Verhuist' END",
        "next_step": "CASE WHEN step(n) IS NOT NULL THEN 'Bellen' END",
        "next_step_on": "step(n)",
        "next_key": "coalesce(step(n), date '9999-12-31')",
        "created_at": "since(n)",
        "owner_id": "owner(n)",
        "board_column": "board_column(n)",
        "category": "category(n)",
        "locale": "lang(n)",
        "consents": "allowed(n)",
        "recommend": "mark(n)",
        "quote_answer_id": "CASE WHEN allows(n, 0) THEN n END",
        "number_key": "'K-' || lpad(n::text, 12, '0')",
        "kind": "kind(n)",
    },
}
_WHERE = {
    "answers": _ON_BOARD,
    "invitations": _ON_BOARD,
    "ambassadors": _ON_BOARD,
    "reviews": f"{_ON_BOARD} AND stage(n) IN ('reviewed', 'ambassador')",
}
# Not once a person: what they allow, what happened to them, what marketing calls them.
_MANY = (
    (
        "INSERT INTO consents (customer_id, complaint_id, purpose, text_version, text, given_at) "
        "SELECT n, CASE WHEN place = 0 THEN n END, ({consents}::text[])[1 + place], "
        "'1', 'Ja', since(n) FROM generate_series(2, {people}) n, generate_series(0, 5) place WHERE allows(n, place)"
    ),
    (
        "INSERT INTO history (at, actor, subject, subject_id, complaint_id, what, from_state, to_state, reason) "
        "SELECT since(n) - make_interval(hours => (5 - k) * 30), 'system', "
        "(ARRAY['complaint','check_in','answer','ambassador','ambassador'])[k], n, n, "
        "(ARRAY['resolved','sent','answered','entered','moved'])[k], CASE WHEN k = 5 THEN 'satisfied' END, "
        "(ARRAY['resolved','sent','yes','satisfied',stage(n)])[k], CASE WHEN k = 5 THEN 'invitation_sent' END "
        "FROM generate_series(2, {people}) n, generate_series(1, 5) k"
    ),
    (
        "INSERT INTO ambassador_tags (ambassador_id, tag) SELECT n, CASE WHEN n % 20000 = 7 THEN 'beurs' "
        "WHEN n % 40 = 1 THEN 'nieuwsbrief' ELSE 'groep ' || n % 97 END FROM generate_series(2, {people}) n "
        "WHERE n % 20000 = 7 OR n % 40 = 1 OR n % 50 = 2"
    ),
)
_TABLES = ("customers", "complaints", "check_ins", "answers", "invitations", "reviews", "ambassadors")


def database(stage: Stage, people: int) -> str:
    """A new database with so many people on its board; its address."""
    url = stage.postgres.url_of(stage.postgres.create())
    home = stage.home("seed")
    databases.migrate(url, home)
    app = create_app({"DATABASE_URL": url, "FEEDBACKLOOP_INSTANCE": str(home), "SECRET_KEY": databases.SECRET_KEY})
    with app.app_context():
        _first()
        db.session.remove()
    with psycopg.connect(plain(url), autocommit=True) as connection:
        fill(connection, people)
    with app.app_context():
        counting.rebuild(after=people)  # the copies are made with the rows: what is missing are the counts
        numbers.count()
        db.session.remove()
        db.engine.dispose()
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return url


def fill(connection: psycopg.Connection[Any], people: int) -> None:
    """Multiplies what stands there once. Indexes are made when the rows are in, as a restored copy would."""
    later = _without_indexes(connection)
    connection.execute("SET session_replication_role = replica")
    connection.execute("SET maintenance_work_mem = '256MB'")
    now = datetime.now(UTC)
    given = {
        "now": now.isoformat(),
        "day": now.date().isoformat(),
        "seconds": _YEARS * 365 * 86_400,
        "categories": list(_CATEGORIES),
        "many": len(_CATEGORIES),
        "shares": list(_SHARES),
        "consents": list(CONSENTS),
        "owners": OWNERS,
        "people": people,
        "first": list(words.FIRST),
        "firsts": len(words.FIRST),
        "last": list(words.LAST),
        "lasts": len(words.LAST),
        "resolutions": [one.resolution for one in words.texts()],
        "summaries": [one.summary for one in words.texts()],
        "texts": len(words.texts()),
    }
    literals = {name: sql.Literal(value) for name, value in given.items()}
    connection.execute(sql.SQL(_FUNCTIONS).format(**literals))
    for table in _TABLES:
        last = people + people * _WAITING // 100 if table not in _WHERE else people
        _multiply(connection, table, last, literals)
    for statement in _MANY:
        connection.execute(sql.SQL(statement).format(**literals))
    for index in later:
        connection.execute(index)
    connection.execute("RESET session_replication_role")
    for table in (*_TABLES, "consents", "history"):
        name = sql.Identifier(table)
        find = sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), (SELECT max(id) FROM {}))")
        connection.execute(find.format(sql.Literal(table), name))


def _multiply(connection: psycopg.Connection[Any], table: str, last: int, given: Mapping[str, sql.Composable]) -> None:
    columns = [str(row[0]) for row in connection.execute(_COLUMNS, [table])]
    changed = {name: sql.SQL(value).format(**given) for name, value in _CHANGED[table].items()}
    where = sql.SQL(_WHERE.get(table, "true")).format(**given)
    statement = sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT {values} FROM {table} p, generate_series(2, {last}) n "
        "WHERE p.id = 1 AND {where}"
    ).format(
        table=sql.Identifier(table),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        values=sql.SQL(", ").join(changed.get(one, sql.Identifier("p", one)) for one in columns),
        last=sql.Literal(last),
        where=where,
    )
    connection.execute(statement)


def _without_indexes(connection: psycopg.Connection[Any]) -> list[sql.SQL]:
    """Drops the indexes that no constraint needs; what makes them again."""
    found = connection.execute(_INDEXES, [[*_TABLES, "consents", "history", "ambassador_tags"]]).fetchall()
    for name, _made in found:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    return [sql.SQL(made) for _name, made in found]


_COLUMNS = (
    "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
    "AND attgenerated = '' ORDER BY attnum"
)
_INDEXES = (
    "SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
    "JOIN pg_class t ON t.oid = i.indrelid WHERE t.relname = ANY(%s) AND NOT i.indisprimary "
    "AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)"
)


def _first() -> None:
    """The person with number 1, and who works here."""
    now = datetime.now(UTC)
    before = now - timedelta(days=9)
    with transaction():
        staff.create(MARKETER, "Pim Verbeek", "marketing", PASSWORD)
        for number in range(2, OWNERS + 1):
            staff.create(f"collega{number}@ours.example", f"Collega {number}", "marketing", PASSWORD)
        site = DestinationInput("Winkelspiegel", "https://winkelspiegel.example/x", "satisfied")
        place = destinations.add_destination(site, "staff:1")
        moments = {"created_at": before, "updated_at": before}
        _add(Customer(name="Zoë Brouwer", email="klant1@postvak.example", email_key="klant1@postvak.example",
                      locale="nl", created_at=before))  # fmt: skip
        _add(Complaint(source="winkel", external_id="K-1", customer_id=1, status="confirmed", cycle=1,
                       category="bezorging", resolution=words.texts()[0].resolution, opened_at=before,
                       resolved_at=before, confirmed_at=now, handler_email="zoe@ours.example", **moments))  # fmt: skip
        _add(CheckIn(complaint_id=1, cycle=1, status="answered", due_at=before, sent_at=before, answered_at=now,
                     created_at=before))  # fmt: skip
        _add(Answer(check_in_id=1, version=1, satisfied="yes", rating=5, recommend=9, recorded_by="customer:1",
                    answered_at=now))  # fmt: skip
        _add(Invitation(complaint_id=1, customer_id=1, cycle=1, status="reviewed", due_at=now, sent_at=now,
                        clicked_at=now, destination_id=place.id, created_at=now))  # fmt: skip
        _add(Review(invitation_id=1, complaint_id=1, customer_id=1, rating=5, text="Goed geholpen", locale="nl",
                    status="published", written_at=now))  # fmt: skip
        _add(Ambassador(customer_id=1, complaint_id=1, stage="reviewed", stage_since=now, category="bezorging",
                        locale="nl", recommend=9, number_key="K-000000000001", created_at=now))  # fmt: skip
        _add(Consent(customer_id=1, purpose="contact", text_version="1", text="Ja", given_at=now, withdrawn_at=now))
        _add(History(at=now, actor="system", subject="ambassador", subject_id=1, complaint_id=1, what="entered"))


def _add(row: Any) -> None:
    db.session.add(row)
    db.session.flush()
