"""Every number of the pipeline, against a count of the raw rows in plain Python; and who is behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.engine import Engine

from feedbackloop.ambassadors.numbers import jobs, queries, rules, service
from feedbackloop.ambassadors.numbers.figures import Filter, figures
from feedbackloop.ambassadors.numbers.models import NumberCell
from feedbackloop.complaints.models import Complaint
from feedbackloop.core import history
from feedbackloop.core.db import transaction
from feedbackloop.extensions import db
from feedbackloop.people import consents
from feedbackloop.people.models import Customer
from tests.station.ambassadors import recount
from tests.station.ambassadors.recount import Counted
from tests.support.clock import Clock
from tests.support.colleague import signed_in
from tests.support.mix import Mix
from tests.support.queued import Queued

PEOPLE = 160
PAGE = "/staff/numbers/?period=between&from=2026-08-20&until=2026-10-20"
_LINK = re.compile(r'<a href="(/staff/numbers/people\?[^"]*)">([^<]+)</a>')


@pytest.fixture
def mixed(app: Flask, clock: Clock) -> Flask:
    """Complaints with every kind of history, counted."""
    return _mix(app, clock, PEOPLE)


@pytest.fixture
def few(app: Flask, clock: Clock) -> Flask:
    """The same with fewer people."""
    return _mix(app, clock, 40)


def _mix(app: Flask, clock: Clock, people: int) -> Flask:
    with app.app_context(), transaction():
        Mix(clock.now).add(people)
    counts(app)
    return app


def counts(app: Flask) -> None:
    """What the clock does every minute."""
    with app.app_context():
        jobs.count()


def chosen(everybody: list[Counted], wanted: Filter) -> list[Counted]:
    return [
        one
        for one in everybody
        if wanted.first <= one.week <= wanted.last
        and all(one.of[name] == value for name, value in wanted.chosen.items())
    ]


def test_every_number_is_that_of_the_raw_rows(mixed: Flask) -> None:
    with mixed.app_context():
        everybody = recount.everybody()
        _varied(everybody)
        whole = Filter(min(one.week for one in everybody), max(one.week for one in everybody))
        place = next(one.of["destination"] for one in everybody if one.of["destination"])
        for wanted in (
            whole,
            replace(whole, first=date(2026, 8, 24), last=date(2026, 10, 12)),
            replace(whole, category="Bezorging"),
            replace(whole, handler=""),
            replace(whole, locale="nl"),
            replace(whole, destination=place),
            replace(whole, category="Winkels", handler="els@ours.example"),
            replace(whole, category="", handler="Pim Verbeek", locale="en", destination=""),
            replace(whole, category="nothing of ours"),
        ):
            _same(wanted, chosen(everybody, wanted))


def _varied(everybody: list[Counted]) -> None:
    """A recount of rows that are all alike would prove nothing."""
    assert all(people > 5 for people in recount.steps(everybody)), recount.steps(everybody)
    assert {one.again for one in everybody} == {True, False}
    assert {one.answer for one in everybody} == {None, "yes", "partly", "no"}
    assert all(len({one.of[name] for one in everybody}) >= 3 for name in rules.DIMENSIONS)
    assert any("reviewed" in one.steps and "clicked" not in one.days for one in everybody)


def _same(wanted: Filter, of: list[Counted]) -> None:
    found = figures(wanted)
    assert found.counted_at is not None
    assert found.total.steps == recount.steps(of)
    assert (found.total.promoters, found.total.passives, found.total.detractors) == recount.bands(of)
    assert (found.total.partly, found.total.no) == tuple(
        sum(one.answer == word for one in of) for word in ("partly", "no")
    )
    for one in found.steps[1:]:
        assert one.days == (recount.typical(of, one.name) if found.days_kept else None), one.name
        assert one.of_before is None or 0 <= one.of_before <= 1
    by_week = {week.monday: week.counts.steps for week in found.weeks}
    assert by_week == {week: recount.steps(o for o in of if o.week == week) for week in {one.week for one in of}}
    for name, groups in found.groups.items():
        values = {one.of[name] for one in of} - ({""} if name == "destination" else set())
        assert {one.value for one in groups} == values
        for group in groups:
            theirs = [one for one in of if one.of[name] == group.value]
            assert group.counts.steps == recount.steps(theirs)
            marks = (group.counts.promoters, group.counts.passives, group.counts.detractors)
            assert marks == recount.bands(theirs)
    for again, counts in ((True, found.again), (False, found.at_once)):
        theirs = [one for one in of if one.again is again]
        assert counts.steps[2:4] == recount.steps(theirs)[2:4]
        assert (counts.promoters, counts.passives, counts.detractors) == recount.bands(theirs)


def test_every_number_on_the_page_is_a_link_to_its_people(mixed: Flask) -> None:
    """The number, the total of its list and the rows of the list, over all its pages, are the same."""
    client = signed_in(mixed, "marketing")
    for address in (PAGE, f"{PAGE}&measure=recommend", f"{PAGE}&measure=review&category=Bezorging"):
        page = client.get(address)
        assert page.status_code == 200
        links = [(unescape(href), int(said)) for href, said in _LINK.findall(page.text) if said.isdigit()]
        assert len(links) > 40
        for href, number in links[:: 5 if address == PAGE else 9]:
            assert sum(1 for _row in _listed(client, href, number)) == number, href


def _listed(client: object, href: str, number: int) -> Iterator[str]:
    where: str | None = href
    while where:
        page = client.get(where)  # type: ignore[attr-defined]
        assert page.status_code == 200, where
        heading = re.search(r"<h1[^>]*>.*?<span class=\"quiet\">([\d,]+)</span>", page.text)
        assert heading, where
        assert int(heading[1].replace(",", "")) == number, where
        yield from re.findall(r"M-\d+", page.text)
        older = re.search(r'rel="next" href="([^"]+)"', page.text)
        where = unescape(older[1]) if older else None


def test_the_page_is_read_from_kept_sums_alone(few: Flask) -> None:
    """At a million people it reads what it reads here: no table of people, whatever is filtered by."""
    said: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        said.append(statement)

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        with few.app_context():
            for wanted in (
                Filter(date(2026, 8, 3), date(2026, 11, 2)),
                Filter(date(2026, 8, 3), date(2026, 11, 2), "Bezorging", ""),
            ):
                figures(wanted)
                db.session.rollback()
    finally:
        event.remove(Engine, "before_cursor_execute", hear)
    tables = {name for one in said for name in re.findall(r"(?:FROM|JOIN) (\w+)", one)}
    assert tables == {"number_cells", "number_days", "number_state", "destinations"}
    assert len(said) <= 16


def test_marketing_reads_no_name_without_consent_and_opens_no_case(few: Flask) -> None:
    listing = "/staff/numbers/people?step=ambassador&period=12m"
    page = signed_in(few, "marketing").get(listing).text
    assert re.search(r"M-\d+", page)
    assert "Marleen" not in page
    assert "/staff/complaints/" not in page
    assert "/staff/ambassadors/" in page
    with few.app_context():
        case = db.session.scalars(select(Complaint.external_id)).first()
    assert case is not None
    quality = signed_in(few, "quality").get(listing).text
    assert "/staff/complaints/" in quality
    assert signed_in(few, "handler").get("/staff/numbers/").status_code == 403


def test_a_name_is_shown_where_it_is_allowed_for_that_case(few: Flask) -> None:
    with few.app_context():
        first = db.session.scalars(select(Complaint).where(Complaint.cycle > 0).order_by(Complaint.id)).first()
        assert first is not None
        person, case, number = first.customer_id, first.id, first.external_id
        other = db.session.scalars(select(Customer.id).where(Customer.id != person).order_by(Customer.id)).first()
        assert person is not None
        assert other is not None
    with few.app_context(), transaction():
        consents.give(person, case, "name", "x", "My first name may be used.")
        consents.give(other, case, "name", "x", "My first name may be used.")
    client = signed_in(few, "marketing")
    pages = "".join(
        client.get(f"/staff/numbers/people?step=resolved&period=12m&category={category}").text
        for category in ("Bezorging", "Winkels", "Webwinkel", "-")
    )
    while older := re.search(r'rel="next" href="([^"]+)"', pages):
        pages = pages.replace(older[0], "", 1) + client.get(unescape(older[1])).text
    named = re.findall(r"(M-\d+)(?:</a>)? Marleen", pages)
    assert named == [number]
    assert "Osinga" not in pages


def test_what_an_address_cannot_mean_is_said(app: Flask) -> None:
    client = signed_in(app, "marketing")
    for query, said in {
        "period=3w": "period",
        "period=between&from=yesterday": "from",
        "from=2026-11-02&until=2026-11-01": "from",
        "from=2020-01-01&until=2026-11-01": "from",
        "until=0001-01-01": "until",
        "measure=money": "measure",
    }.items():
        page = client.get(f"/staff/numbers/?{query}")
        assert (page.status_code, f"&#39;{said}&#39; takes" in page.text) == (400, True), query
    for query in ("step=money", "step=asked&again=yes", "week=soon", "step=answered&again=perhaps"):
        assert client.get(f"/staff/numbers/people?{query}").status_code == 400, query
    assert client.get("/staff/numbers/people?after=9-9-9&week=2026-11-04").status_code == 200


def test_before_all_is_counted_the_page_says_so(app: Flask, clock: Clock, queued: Queued) -> None:
    with app.app_context(), transaction():
        Mix(clock.now).add(3)
    client = signed_in(app, "marketing")
    assert "being counted for the first time" in client.get("/staff/numbers/").text
    assert [job.name for job in queued] == ["feedbackloop.ambassadors.numbers.jobs.count"]
    with app.app_context():
        for _step in range(3):  # begins, keeps all, sees that it did: nothing is added up yet
            with transaction():
                assert service.count()
    assert "being counted for the first time" in client.get("/staff/numbers/").text
    counts(app)
    page = client.get("/staff/numbers/?period=12m").text
    assert "being counted" not in page
    assert "Counted at" in page
    assert "3 Nov, 10:00" in page


def test_the_commands_find_what_is_wrong_and_mend_it(few: Flask) -> None:
    run = few.test_cli_runner().invoke
    assert run(args=["numbers", "check"]).exit_code == 0
    with few.app_context(), transaction():
        cell = db.session.scalars(select(NumberCell).where(NumberCell.kind == 1)).first()
        assert cell is not None
        cell.answered += 1
        case = db.session.scalars(select(Complaint).where(Complaint.cycle > 0)).first()
        assert case is not None
        case.category = "Behind our back"
    found = run(args=["numbers", "check"])
    assert found.exit_code == 1
    assert " 1 counted otherwise, 1 weeks wrong" in found.output
    assert run(args=["numbers", "rebuild"]).exit_code == 0
    assert run(args=["numbers", "check"]).exit_code == 0


def test_a_row_that_is_committed_late_is_found_ten_minutes_later(few: Flask, clock: Clock) -> None:
    """A transaction that took its number long before it ended, while thousands of others passed by."""
    with few.app_context(), transaction():
        state = queries.held_state()
        assert state is not None
        state.seen = 5_000_000
        case = db.session.scalars(select(Complaint).where(Complaint.cycle > 0)).first()
        assert case is not None
        case.category = "Late"
        history.record(history.Change("api:1", "complaint", case.id, "corrected", case.id))
    counts(few)
    assert "Late" not in categories(few)
    clock.advance(timedelta(minutes=11))
    counts(few)
    assert "Late" in categories(few)
    with few.app_context():
        assert service.check()


def categories(app: Flask) -> list[str]:
    with app.app_context():
        return queries.values("category", date(2026, 1, 5), date(2026, 11, 2), 100)
