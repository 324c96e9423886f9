"""A person, or a mail gateway, that follows every link of the product and presses nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import create_engine, func, select

from feedbackloop.extensions import db
from tests.support import crawl
from tests.support.instance import Instance

STARTS = ("/", "/mailbox/", "/staff/", "/privacy", "/improvements/", "/reviews/")
WHAT_PEOPLE_SAY = ("answers", "consents", "reviews", "suppressions", "complaints", "cases", "followers", "digests")
"""Tables that grow when somebody presses a button."""


def _counts(url: str) -> dict[str, int]:
    engine = create_engine(url)
    with engine.connect() as connection:
        tables = [table for table in db.metadata.sorted_tables if table.name in WHAT_PEOPLE_SAY]
        found = {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables}
    engine.dispose()
    return found


# One database: what pages link to does not depend on it, and the walk is long.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_link_leads_to_a_page_and_following_it_says_nothing(
    live: Callable[..., Instance], database_url: str
) -> None:
    instance = live()
    loaded = instance.run("sample-data", "load")
    assert loaded.returncode == 0, loaded.stderr[-1500:]
    visitor = crawl.HttpVisitor(instance.url)
    crawl.wait_for_mail(visitor, at_least=10)
    before = _counts(database_url)
    crawl.sign_in_to_sample(visitor, instance.folder / "instance")
    seen = crawl.walk(visitor, STARTS)
    assert not seen.broken, "\n".join(seen.broken)
    for start in (
        "/check-in/",
        "/review/",
        "/told/",
        "/unsubscribe/",
        "/follow/",
        "/unsubscribe/follow/",
        "/improvements/",
        "/staff/complaints/",
    ):
        assert seen.saw(start), f"no link led to {start}…"
    assert before["answers"] > 0
    assert _counts(database_url) == before
