"""The addresses that a page is kept for: few, or worth it once they are asked for again."""

from __future__ import annotations

import pytest

from feedbackloop.core.kept import pages
from feedbackloop.core.kept.marks import written
from feedbackloop.core.kept.pages import Asked, Page

PAGE = Page(
    "log.list",
    "log",
    {
        "status": pages.one_of(("done", "planned")),
        "category": pages.words(20),
        "limit": pages.up_to(50),
        "accent": pages.colour(),
        "after": pages.row(),
    },
)


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("", Asked.ONE_OF_FEW),
        ("status=done", Asked.ONE_OF_FEW),
        ("status=", Asked.ONE_OF_FEW),
        ("limit=50&status=planned", Asked.ONE_OF_FEW),
        ("category=Te+laat", Asked.ONE_OF_MANY),
        ("category=Te%20laat", Asked.ONE_OF_MANY),
        ("category=caf%C3%A9&status=done", Asked.ONE_OF_MANY),
        ("accent=%23a8571b", Asked.ONE_OF_MANY),
        ("accent=a85", Asked.ONE_OF_MANY),
        ("after=17", Asked.ONE_OF_MANY),
        ("status=gone", Asked.NOT_KEPT),
        ("status=done&status=done", Asked.NOT_KEPT),
        ("limit=51", Asked.NOT_KEPT),
        ("limit=0", Asked.NOT_KEPT),
        ("limit=07", Asked.NOT_KEPT),
        ("limit=", Asked.NOT_KEPT),
        ("limit=٣", Asked.NOT_KEPT),
        ("after=-1", Asked.NOT_KEPT),
        ("after=9999999999999999999", Asked.NOT_KEPT),
        ("accent=red", Asked.NOT_KEPT),
        ("accent=#a85", Asked.NOT_KEPT),
        ("category=" + 21 * "a", Asked.NOT_KEPT),
        ("category=a%00b", Asked.NOT_KEPT),
        ("category=%ff", Asked.NOT_KEPT),
        ("category=%63", Asked.NOT_KEPT),
        ("q=anything", Asked.NOT_KEPT),
        ("utm_source=mail", Asked.NOT_KEPT),
        ("status", Asked.NOT_KEPT),
        ("&", Asked.NOT_KEPT),
        ("status=done&", Asked.NOT_KEPT),
        (40 * "status=done", Asked.NOT_KEPT),
    ],
)
def test_one_address_for_what_is_shown(query: str, kind: Asked) -> None:
    assert pages.asked(PAGE, query) is kind


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("SELECT a FROM improvements", set()),
        ("SELECT a FROM improvements FOR UPDATE", set()),
        ("INSERT INTO improvements (a) VALUES (?)", {"improvements"}),
        ("INSERT OR IGNORE INTO improvements (a) VALUES (?)", {"improvements"}),
        ("UPDATE improvements SET a=?", {"improvements"}),
        ('UPDATE "improvements" SET a=?', {"improvements"}),
        ("DELETE FROM improvements WHERE a=?", {"improvements"}),
        ("update only Improvements set a=1", {"improvements"}),
        ("WITH due AS (SELECT 1) UPDATE complaints SET a=? FROM due", {"complaints"}),
        ("INSERT INTO reviews (a) SELECT 1 ON CONFLICT (a) DO UPDATE SET a=1", {"reviews", "set"}),
    ],
)
def test_what_a_statement_writes(statement: str, tables: set[str]) -> None:
    assert written(statement) == tables
