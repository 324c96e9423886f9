"""The numbers of the pipeline with many people and with few: `python -m benchmarks.numbers [PEOPLE [FEW]]`.

Raw rows are made by PostgreSQL, spread over two years, and counted by the product as it counts them for the first time.
Then the page and the lists behind it are asked for with several filters, and the dearest statement of each is named.
A list of a rare number has rows with many people and none with few: for lists only the statements have a limit.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine

from benchmarks.stage import Stage, plain, stage
from feedbackloop import create_app
from feedbackloop.ambassadors.numbers import people, rules, service
from feedbackloop.ambassadors.numbers.figures import Filter, figures
from feedbackloop.core.db import transaction
from feedbackloop.extensions import db
from tests.support import databases

MANY, FEW = 1_000_000, 10_000
# What a page may cost more with many than with few, and the longest that one statement may take.
RATIO, LONGEST_MS = 1.5, 50.0
_TIMES = 9
_SEED = """
CREATE FUNCTION r(n bigint, salt int) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
 $$ SELECT (hashint8extended(n, salt) & 2147483647) / 2147483648.0 $$;
INSERT INTO customers (id, name, locale, sample, created_at)
 SELECT n, 'Marleen Osinga', CASE WHEN r(n, 6) < 0.7 THEN 'nl' WHEN r(n, 6) < 0.95 THEN 'en' END, false, now()
 FROM generate_series(1, {people}) n;
INSERT INTO complaints (id, source, external_id, customer_id, status, cycle, category, handler_name, opened_at,
  resolved_at, sample, created_at, updated_at)
 SELECT n, 'shop', 'K-' || n, n, 'resolved', CASE WHEN r(n, 1) < 0.1 THEN 2 ELSE 1 END,
  'Categorie ' || floor(12 * r(n, 2) ^ 2), 'Behandelaar ' || floor(40 * r(n, 3) ^ 2),
  now() - interval '10 days' - interval '728 days' * r(n, 4), now() - interval '728 days' * r(n, 4), false, now(), now()
 FROM generate_series(1, {people}) n;
INSERT INTO check_ins (id, complaint_id, cycle, status, due_at, sent_at, answered_at, created_at)
 SELECT n, n, CASE WHEN r(n, 1) < 0.1 THEN 2 ELSE 1 END, CASE WHEN r(n, 5) < 0.6 THEN 'answered' ELSE 'sent' END, now(),
  now() - interval '728 days' * r(n, 4) + interval '3 days',
  CASE WHEN r(n, 5) < 0.6 THEN now() - interval '728 days' * r(n, 4) + interval '1 day' * (3 + 9 * r(n, 8)) END, now()
 FROM generate_series(1, {people}) n;
INSERT INTO answers (id, check_in_id, version, latest, satisfied, reopens, recommend, quote_consent, call_me, meet,
  recorded_by, answered_at)
 SELECT n, n, 1, true, CASE WHEN r(n, 7) < 0.75 THEN 'yes' WHEN r(n, 7) < 0.9 THEN 'partly' ELSE 'no' END, false,
  10 - floor(11 * r(n, 9) ^ 3)::int, false, false, false, 'seed',
  now() - interval '728 days' * r(n, 4) + interval '1 day' * (3 + 9 * r(n, 8))
 FROM generate_series(1, {people}) n WHERE r(n, 5) < 0.6;
INSERT INTO destinations (id, kind, platform, audience, name, active, position, sample, created_at)
 SELECT n, 'link', 'other', 'satisfied', 'Plek ' || n, true, n, false, now() FROM generate_series(101, 104) n;
INSERT INTO invitations (id, complaint_id, customer_id, cycle, audience, occasion, status, plannings, due_at, sent_at,
  clicked_at, destination_id, created_at)
 SELECT n, n, n, CASE WHEN r(n, 1) < 0.1 THEN 2 ELSE 1 END, 'satisfied', 'confirmed',
  CASE WHEN r(n, 10) < 0.5 THEN 'sent' WHEN r(n, 10) < 0.8 THEN 'clicked' ELSE 'reviewed' END, 1, now(),
  now() - interval '728 days' * r(n, 4) + interval '13 days',
  CASE WHEN r(n, 10) >= 0.5 THEN now() - interval '728 days' * r(n, 4) + interval '14 days' END,
  CASE WHEN r(n, 10) >= 0.5 THEN 101 + floor(4 * r(n, 11)) END, now()
 FROM generate_series(1, {people}) n WHERE r(n, 5) < 0.6 AND r(n, 7) < 0.75;
INSERT INTO ambassadors (id, customer_id, complaint_id, stage, stage_since, version, created_at, board_column, consents)
 SELECT n, n, n, CASE WHEN r(n, 12) < 0.01 THEN 'ambassador' ELSE 'satisfied' END,
  now() - interval '728 days' * r(n, 4) + interval '20 days', 1, now(), 'satisfied', 0
 FROM generate_series(1, {people}) n WHERE r(n, 5) < 0.6 AND r(n, 7) < 0.75;
"""


@contextmanager
def _seeded(on: Stage, number: int) -> Iterator[Flask]:
    """A database with so many people, counted; says how long that took."""
    name = on.postgres.create()
    url = on.postgres.url_of(name)
    home = Path(tempfile.mkdtemp(dir=on.folder.path))
    databases.migrate(url, home)
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute(_SEED.replace("{people}", str(number)).encode())
        connection.execute(b"VACUUM ANALYZE")
    app = create_app({"DATABASE_URL": url, "FEEDBACKLOOP_INSTANCE": str(home), "SECRET_KEY": "x" * 40})
    started = time.perf_counter()
    with app.app_context():
        more = True
        while more:
            with transaction():
                more = service.count()
    _say(f"{number:>9,} people: counted for the first time in {time.perf_counter() - started:.1f} s")
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute(b"VACUUM ANALYZE")
    yield app
    with app.app_context():
        db.engine.dispose()
    on.postgres.drop(name)


def _asked() -> dict[str, Callable[[], Any]]:
    """What is asked for: the page whole, filtered once and twice, and the people behind common and rare numbers."""
    last = rules.monday(date.today())  # noqa: DTZ011 - of whole weeks
    year = Filter(last - timedelta(weeks=52), last)
    longest = Filter(last - timedelta(weeks=105), last)
    one = Filter(year.first, year.last, category="Categorie 0")
    two = Filter(year.first, year.last, locale="nl", destination="")
    rare = Filter(year.first, year.last, category="Categorie 11", handler="Behandelaar 39")
    listed = {
        "people: all": people.Wanted(longest, "resolved"),
        "people: ambassadors": people.Wanted(longest, "ambassador"),
        "people: came back, no": people.Wanted(longest, "detractor", again=True),
        "people: rare": people.Wanted(rare, "reviewed"),
        "people: language not known": people.Wanted(Filter(year.first, year.last, locale=""), "partly"),
    }
    return {
        "page: 6 weeks": lambda: figures(Filter(last - timedelta(weeks=5), last)),
        "page: 12 months": lambda: figures(year),
        "page: 2 years": lambda: figures(longest),
        "page: one filter": lambda: figures(one),
        "page: two filters": lambda: figures(two),
        **{name: lambda wanted=wanted: people.page(wanted, None, 50) for name, wanted in listed.items()},
    }


def _measured(app: Flask) -> dict[str, tuple[float, float]]:
    """By what was asked for: milliseconds of the whole, and of its dearest statement."""
    began: list[float] = []
    took: list[float] = []

    def begin(*_given: Any) -> None:
        began.append(time.perf_counter())

    def end(*_given: Any) -> None:
        took.append(1000 * (time.perf_counter() - began.pop()))

    event.listen(Engine, "before_cursor_execute", begin)
    event.listen(Engine, "after_cursor_execute", end)
    found = {}
    try:
        for name, ask in _asked().items():
            whole, dearest = [], []
            for _time in range(_TIMES):
                with app.app_context():
                    took.clear()
                    started = time.perf_counter()
                    ask()
                    whole.append(1000 * (time.perf_counter() - started))
                    dearest.append(max(took))
            found[name] = (median(whole), median(dearest))
    finally:
        event.remove(Engine, "before_cursor_execute", begin)
        event.remove(Engine, "after_cursor_execute", end)
    return found


def _say(line: str) -> None:
    print(line, flush=True)


def main(many: int = MANY, few: int = FEW) -> int:
    """Prints a line for each thing asked for; 1 where one costs more than it may."""
    with stage() as on:
        with _seeded(on, few) as app:
            small = _measured(app)
        with _seeded(on, many) as app:
            large = _measured(app)
    worst = 0
    _say(f"{'':28} {few:>10,} {many:>10,}  ratio  dearest statement")
    for name, (whole, dearest) in large.items():
        ratio = whole / small[name][0]
        bad = dearest > LONGEST_MS or (ratio > RATIO and name.startswith("page"))
        worst |= bad
        costs = f"{small[name][0]:>7.1f} ms {whole:>7.1f} ms  {ratio:>5.2f}  {dearest:.1f} ms"
        _say(f"{name:28} {costs}{'  !' if bad else ''}")
    return int(worst)


if __name__ == "__main__":
    sys.exit(main(*(int(one) for one in sys.argv[1:])))
