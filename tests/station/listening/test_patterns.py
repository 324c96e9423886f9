"""Complaints that have something in common: counted, compared, and a way to the cases and to an improvement."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from feedbackloop.complaints import service as complaints
from feedbackloop.complaints.service import ComplaintInput
from feedbackloop.core import clock as real_clock
from feedbackloop.core import db, periods
from feedbackloop.listening import queries
from tests.support import colleague
from tests.support.clock import Clock
from tests.support.forms import forms_of


def brings(app: Flask, number: int, days_ago: int, category: str | None, root_cause: str | None = None) -> None:
    opened = real_clock.now() - timedelta(days=days_ago)
    with app.app_context(), db.transaction():
        complaints.upsert(
            [
                ComplaintInput(
                    source="shop",
                    external_id=f"{days_ago}-{category}-{root_cause}-{n}",
                    opened_at=opened,
                    category=category,
                    root_cause=root_cause,
                )
                for n in range(number)
            ],
            "api:1",
        )


@pytest.fixture
def history(app: Flask, clock: Clock) -> Flask:
    """A week in which one cause of late deliveries rises, beside one that does not; and a complaint of long ago."""
    brings(app, 1, 100, "delivery")
    brings(app, 1, 10, "delivery", "the bus leaves late")
    brings(app, 8, 2, "delivery", "the bus leaves late")
    brings(app, 6, 9, "bill", "two bills")
    brings(app, 6, 3, "bill", "two bills")
    brings(app, 2, 1, None)
    brings(app, 1, 1, "shop", "once")
    return app


def test_patterns_are_counted_by_category_and_by_cause(history: Flask) -> None:
    with history.app_context():
        week = periods.read("7d", real_clock.now(), ZoneInfo("Europe/Amsterdam"))
        assert queries.is_comparable(week)
        by_category = {one.category: (one.now, one.before, one.trend) for one in queries.categories(week, True)}
        causes = {one.root_cause: (one.now, one.before, one.trend) for one in queries.causes(week, True, 10)}
        rising = queries.rising(queries.categories(week, True), queries.causes(week, True, 10))
    assert by_category == {
        "delivery": (8, 1, "rising"),
        "bill": (6, 6, "steady"),
        None: (2, 0, "too_few"),
        "shop": (1, 0, "too_few"),
    }
    assert causes == {"the bus leaves late": (8, 1, "rising"), "two bills": (6, 6, "steady"), None: (2, 0, "too_few")}
    assert [one.root_cause for one in rising] == ["the bus leaves late"]


def test_no_difference_is_named_where_the_days_before_are_not_on_record(history: Flask) -> None:
    with history.app_context():
        year = periods.read("12m", real_clock.now(), ZoneInfo("Europe/Amsterdam"))
        assert not queries.is_comparable(year)
        assert {one.trend for one in queries.categories(year, False)} == {"unknown"}
    html = colleague.signed_in(history, "quality").get("/staff/listening/?period=12m&lang=en").text
    assert "no difference is named" in html
    assert "More often" not in html


def test_each_number_leads_to_its_cases(history: Flask) -> None:
    client = colleague.signed_in(history, "quality")
    html = client.get("/staff/listening/?period=7d&lang=en").text
    assert "More often" in html
    links = re.findall(r'<a href="(/staff/complaints/[^"]+)">(\d+)</a>', html)
    assert len(links) >= 10
    for href, number in links:
        listed = client.get(unescape(href)).text
        rows = sum(body.count('<tr role="row"') for body in re.findall(r"<tbody.*?</tbody>", listed, re.DOTALL))
        assert rows == int(number), href


def test_an_improvement_begins_with_the_complaints_of_a_pattern(history: Flask) -> None:
    client = colleague.signed_in(history, "quality")
    html = client.get("/staff/listening/?period=7d").text
    start = re.search(r'href="(/staff/improvements/new\?[^"]*root_cause=the[^"]*)"', html)
    assert start is not None
    form = client.get(unescape(start[1]))
    assert form.status_code == 200
    offered = dict(next(one for one in forms_of(form.text) if "alike_root_cause" in one.names).fields)
    assert (offered["alike_category"], offered["alike_root_cause"]) == ("delivery", "the bus leaves late")


def test_handlers_see_patterns_and_cannot_start_an_improvement(history: Flask) -> None:
    html = colleague.signed_in(history, "handler").get("/staff/listening/?period=7d").text
    assert "the bus leaves late" in html
    assert "/staff/improvements/new" not in html


def test_an_empty_page_says_what_will_be_here(app: Flask) -> None:
    html = colleague.signed_in(app, "quality").get("/staff/listening/?lang=en").text
    assert "Nothing to compare in this period" in html
