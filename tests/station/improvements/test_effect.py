"""Did it work? The weeks that are counted are those of the raw rows, and the page says what they say, also bad news."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from math import exp, inf, isclose, lgamma, log
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from feedbackloop.complaints.models import Complaint
from feedbackloop.core import db as transactions
from feedbackloop.extensions import db
from feedbackloop.improvements import effects
from feedbackloop.improvements.effect import Effect
from feedbackloop.improvements.models import Improvement
from tests.station.complaints.test_import_real import DATA, import_file
from tests.support.clock import Clock
from tests.support.colleague import signed_in
from tests.support.improver import Improver
from tests.support.measured import AFTER, BEFORE, DONE, both, done, local, opens


def _of(app: Flask, improvement_id: int) -> Effect:
    with app.app_context():
        return effects.of_one(db.session.get_one(Improvement, improvement_id))


def test_each_week_is_counted_to_the_second_also_over_the_end_of_summer_time(people: Improver) -> None:
    improvement = done(people)
    opens(people, both())
    opens(people, [local(DONE - timedelta(weeks=12)), people.clock.now], category="ander")
    found = _of(people.app, improvement)
    assert found.window is not None
    assert (found.window.before, found.window.after) == (12, 7)
    assert (found.before, found.after) == (BEFORE, AFTER)
    assert (found.category, found.root_cause) == ("bezorging", None)
    assert found.ratio is not None
    assert found.ratio.verdict == "fewer"


def test_it_stands_on_the_page_in_the_list_and_in_the_embed(people: Improver, client: FlaskClient) -> None:
    improvement = done(people)
    opens(people, [*both(), people.clock.now])
    page = client.get(f"/improvements/{people.slug(improvement)}?lang=en").text
    assert "Yes. Before the change we got 6.1 complaints a week about this, after it 2.6." in page
    assert "That is about half as many (58% fewer)." in page
    assert "We are 95% sure that it lies between a fifth and three quarters as many." in page
    assert page.count('<svg class="chart') == 2
    table = page.partition("<table")[2].partition("</table>")[0]
    assert [int(cell.partition("<")[0]) for cell in table.split('<td class="n">')[1:]] == [*BEFORE, *AFTER]
    assert "style=" not in page
    dutch = client.get(f"/improvements/{people.slug(improvement)}?lang=nl").text
    assert "tussen een vijfde en driekwart van wat het was" in dutch
    for path in ("/improvements/?lang=en", "/embed/improvements?locale=en"):
        listed = client.get(path).text
        assert "58% fewer complaints about this" in listed
        assert '<svg class="spark"' in listed


def test_worse_is_said_as_plainly(people: Improver, client: FlaskClient) -> None:
    improvement = done(people)
    opens(people, [*both((2, 1, 2, 3, 2, 1, 2, 3, 1, 2), (5, 6, 4, 7, 5, 6, 5)), people.clock.now])
    page = client.get(f"/improvements/{people.slug(improvement)}?lang=en").text
    assert "No. It got worse. Before the change we got 1.9 complaints a week about this, after it 5.4." in page
    assert "three times as many (186% more)" in page
    assert "more complaints about this" in client.get("/improvements/?lang=en").text


def test_no_clear_difference_is_said_too(people: Improver, client: FlaskClient) -> None:
    improvement = done(people)
    opens(people, [*both((3,) * 10, (2, 3, 3, 2, 3, 2, 3)), people.clock.now])
    page = client.get(f"/improvements/{people.slug(improvement)}?lang=en").text
    assert "We cannot tell yet: there is no clear difference." in page
    assert "No clear difference in complaints yet" in client.get("/improvements/?lang=en").text


@pytest.mark.parametrize(
    ("before", "after", "reason", "words"),
    [
        ((9,) * 7, (9,) * 7, "short_before", "7 whole weeks before it was done, and it takes 8"),
        ((9,) * 9, (9,) * 3, "short_after", "3 whole weeks since it was done, and it takes 4"),
        ((1,) * 8, (0, 0, 0, 0, 0, 0, 0), "too_few", "9 complaints about it in all these weeks, and it takes 10"),
    ],
)
def test_with_too_little_the_page_is_silent_and_staff_read_why(
    people: Improver, client: FlaskClient, before: Sequence[int], after: Sequence[int], reason: str, words: str
) -> None:
    improvement = done(people)
    moments = both(before, after)
    opens(people, moments)
    # The newest complaint on record ends the last week that counts.
    opens(people, [local(DONE + timedelta(weeks=len(after) - 1, days=6), 12)], category="bezorging")
    found = _of(people.app, improvement)
    assert found.enough.reason == reason
    page = client.get(f"/improvements/{people.slug(improvement)}?lang=en").text
    assert "Did it work?" not in page
    assert '<svg class="chart' not in page
    staff = signed_in(people.app, "quality").get(f"/staff/improvements/{improvement}?lang=en").text
    assert words in staff


def test_one_that_is_not_done_or_about_nothing_says_so(people: Improver) -> None:
    opens(people, [*both(), people.clock.now])
    assert _of(people.app, people.public(status="planned", category="bezorging")).enough.reason == "not_done"
    assert _of(people.app, done(people, category=None)).enough.reason == "no_cause"


def test_a_cause_that_its_complaints_share_is_what_counts(people: Improver) -> None:
    opens(people, both((6,) * 10, (6,) * 7), root_cause="te weinig bussen")
    opens(people, [one + timedelta(seconds=7) for one in both((2,) * 10, (8,) * 7)], root_cause="verkeerd adres")
    opens(people, [people.clock.now], category="ander")
    with people.app.app_context():
        ids = list(db.session.scalars(db.select(Complaint.id).where(Complaint.root_cause == "te weinig bussen")))
    # Without a category of its own it has that of its complaints.
    improvement = done(people, ids[:6], category=None)
    found = _of(people.app, improvement)
    assert (found.category, found.root_cause) == ("bezorging", "te weinig bussen")
    assert found.counts == (6,) * 17
    staff = signed_in(people.app, "quality").get(f"/staff/improvements/{improvement}?lang=en").text
    assert "with the root cause ‘te weinig bussen’" in staff
    # Of many of the newest nobody knows the cause yet: then all of the category counts.
    with people.app.app_context(), transactions.transaction():
        late = Complaint.opened_at >= local(DONE + timedelta(weeks=5))
        db.session.execute(update(Complaint).where(late).values(root_cause=None))
    found = _of(people.app, improvement)
    assert found.root_cause is None
    assert found.counts == (8,) * 10 + (14,) * 7


def test_one_query_counts_for_a_whole_list(people: Improver, client: FlaskClient) -> None:
    opens(people, [*both(), people.clock.now])
    wanted = [done(people) for _ in range(20)]
    with people.app.app_context():
        found = effects.of(list(db.session.scalars(db.select(Improvement).where(Improvement.id.in_(wanted)))))
    assert [found[one].after for one in wanted] == [AFTER] * 20
    assert client.get("/improvements/?lang=en").text.count("58% fewer") == 20


def test_it_equals_a_recount_of_the_cfpbs_complaints(app: Flask, clock: Clock) -> None:
    """Every product with enough complaints, recounted from the file itself, with an interval found by halving."""
    name = "cfpb-2015-2020-full-columns-with-narratives.csv.gz"
    clock.set(datetime(2020, 4, 15, 12, tzinfo=UTC))
    status, said = import_file(app, name)
    assert (status, said) == (1, "read 4400, created 4399, updated 0, unchanged 0, rejected 1")
    done_on = date(2019, 5, 6)
    with gzip.open(DATA / name, "rt", encoding="utf-8", newline="") as file:
        # One story is longer than a complaint can be, so its row is rejected.
        rows = [row for row in csv.DictReader(file) if len(row["Consumer complaint narrative"]) <= 20_000]
    received = {(row["Complaint ID"], row["Product"], row["Date received"]) for row in rows}
    assert len(received) == 4399
    weeks: Counter[tuple[str, int]] = Counter(
        (product, (date.fromisoformat(day) - done_on).days // 7) for _, product, day in received
    )
    products = {product for product, _ in weeks}
    with app.app_context(), transactions.transaction():
        improvements = [
            Improvement(
                slug=f"p-{n}", status="done", category=product, locale="nl", created_at=clock.now, updated_at=clock.now,
                done_at=datetime(2019, 5, 6, 12, tzinfo=UTC),
            )
            for n, product in enumerate(sorted(products))
        ]  # fmt: skip
        db.session.add_all(improvements)
        db.session.flush()
        found = {one.category: effects.of_one(one) for one in improvements}
    checked = 0
    for product, effect in found.items():
        assert product is not None
        assert effect.window is not None
        assert (effect.window.before, effect.window.after) == (26, 26)
        assert effect.counts == tuple(weeks[product, week] for week in range(-26, 26)), product
        if effect.ratio is None:
            assert sum(effect.counts) < 10
            continue
        low, high = _interval(sum(effect.before), sum(effect.after))
        assert isclose(effect.ratio.low, low, rel_tol=1e-6, abs_tol=1e-9), product
        assert effect.ratio.high == high or isclose(effect.ratio.high, high, rel_tol=1e-6), product
        checked += 1
    assert checked >= 5


def _interval(before: int, after: int) -> tuple[float, float]:
    """The ratios at which so few, or so many, of all complaints come after a change in 1 of 40 cases: the definition,
    for stretches of the same length, without any library."""
    total = before + after
    low = _halved(lambda share: _at_least(after, total, share) - 0.025) if after else 0.0
    high = _halved(lambda share: 0.025 - (1 - _at_least(after + 1, total, share))) if before else 1.0
    return low / (1 - low), high / (1 - high) if high < 1 else inf


def _at_least(number: int, total: int, share: float) -> float:
    logs = (
        lgamma(total + 1) - lgamma(k + 1) - lgamma(total - k + 1) + k * log(share) + (total - k) * log(1 - share)
        for k in range(number, total + 1)
    )
    return sum(map(exp, logs))


def _halved(rising: Any) -> float:
    """Where a rising function of a share is zero."""
    low, high = 1e-12, 1 - 1e-12
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return low
