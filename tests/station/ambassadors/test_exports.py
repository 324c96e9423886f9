"""Files of the board: exactly what the filter shows, nothing that was not allowed, and written down."""

from __future__ import annotations

import csv
import io
import tracemalloc
import zipfile
from datetime import date
from itertools import product
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedbackloop.ambassadors.board import Card
from feedbackloop.ambassadors.exports import people as lines
from feedbackloop.ambassadors.exports import rules, service, views
from feedbackloop.ambassadors.forms import COLUMN_WORDS
from feedbackloop.ambassadors.reports.models import Export
from feedbackloop.core import db as transactions
from feedbackloop.core import events, sheets
from feedbackloop.core.history import History
from feedbackloop.core.sheets import Style
from feedbackloop.extensions import db
from feedbackloop.people.events import ConsentsChanged
from feedbackloop.people.models import Consent
from tests.support.colleague import signed_in
from tests.support.reviewer import Reviewer

pytestmark = pytest.mark.takes_turns

EXPORT = "/staff/ambassadors/export"
NUMBERS = "/staff/numbers/export"
PAGES = (
    "/staff/ambassadors/",
    "/staff/ambassadors/list",
    "/staff/ambassadors/suggestions/",
    "/staff/ambassadors/suggestions/rules",
    "/staff/numbers/",
    "/staff/numbers/people",
    "/staff/reports/",
    "/staff/stories/",
    EXPORT,
    NUMBERS,
)


def token(client: FlaskClient) -> str:
    return client.get("/staff/account").text.split('name="csrf_token" value="')[1].split('"')[0]


def take(client: FlaskClient, path: str = EXPORT, **fields: Any) -> Any:
    return client.post(path, data={"csrf_token": token(client), "mark": "1", **fields})


def rows(answer: Any, separator: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=separator))


def inside(content: bytes) -> str:
    """Every part of an XLSX, as text."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return "\n".join(book.read(name).decode("utf-8") for name in book.namelist())


def taken(people: Reviewer) -> list[Export]:
    with people.app.app_context():
        return list(db.session.scalars(db.select(Export).order_by(Export.id)))


def test_the_file_holds_what_the_filter_shows_and_is_written_down(people: Reviewer) -> None:
    people.says_yes(
        "K-1", category="bezorging", answer={"comment": "=Ze belden", "quote_consent": "1", "recommend": "9"}
    )
    people.says_yes("K-2", category="winkel", resolution='+31 gebeld; en "zo"')
    client = signed_in(people.app, "marketing", "Pim Verbeek")
    page = client.get(f"{EXPORT}?category=bezorging&period=9y").text
    assert "Take 1 person as CSV" in page
    answer = take(client, f"{EXPORT}?category=bezorging", format="csv", separator=",")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="ambassadors.csv"'
    heads, only = rows(answer)
    read = dict(zip(heads, only, strict=True))
    assert (read["Case"], read["Column"], read["Category"]) == ("K-1", "Satisfied", "bezorging")
    assert read["In this stage since"] == people.clock.now.date().isoformat()
    assert (read["Quote"], read["Allows: quote"], read["Allows: name"]) == ("'=Ze belden", "yes", "")
    assert (read["First name"], read["Would recommend (0 to 10)"]) == ("", "9")
    whole = take(client, format="csv", separator=";")
    assert whole.data.startswith(b"\xef\xbb\xbfCase;Column;")
    assert [row[0] for row in rows(whole, ";")] == ["Case", "K-2", "K-1"]
    assert "'+31 gebeld; en" in whole.text
    assert not take(client, format="csv", separator=";", mark="").data.startswith(b"\xef\xbb\xbf")
    first = taken(people)[0]
    assert (first.staff_id, first.what, first.format, first.wanted) == (1, "people", "csv", {"category": "bezorging"})
    assert (first.rows, first.whole) == (1, True)
    with people.app.app_context():
        said = db.session.scalars(db.select(History).where(History.subject == "export").order_by(History.id)).all()
    assert [(one.actor, one.what, one.to_state) for one in said[:2]] == [
        ("staff:1", "begun", "people"),
        ("system", "ended", "whole"),
    ]
    page = client.get(EXPORT).text
    assert "Pim Verbeek" in page
    assert "category: bezorging" in page


def test_the_order_of_the_list_and_the_language_of_the_reader(people: Reviewer) -> None:
    people.says_yes("K-2")
    people.says_yes("K-1")
    client = signed_in(people.app, "marketing")
    numbers = [row[0] for row in rows(take(client, f"{EXPORT}?sort=number", format="csv", separator=","))]
    assert numbers == ["Case", "K-1", "K-2"]
    assert len(rows(take(client, f"{EXPORT}?column=reviewed", format="csv", separator=","))) == 1
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "nl"
    assert 'value=";" checked' in client.get(EXPORT).text
    assert rows(take(client, format="csv"), ";")[0][0] != "Case"


def test_wrong_words_are_refused_and_nothing_is_written_down(people: Reviewer) -> None:
    people.says_yes()
    client = signed_in(people.app, "marketing")
    for wrong in ({}, {"format": "pdf"}, {"format": "csv", "separator": "|"}):
        assert take(client, **wrong).status_code == 400, wrong
    assert take(client, NUMBERS, format="csv", table="people").status_code == 400
    assert take(client, f"{NUMBERS}?period=9y", format="csv").status_code == 400
    assert client.post(EXPORT, data={"format": "csv"}).status_code == 400
    assert taken(people) == []
    for role, status in (("quality", 200), ("handler", 403)):
        assert take(signed_in(people.app, role), format="csv").status_code == status


def test_a_file_that_is_broken_off_is_written_down_as_that(people: Reviewer) -> None:
    for number in range(3):
        people.says_yes(f"K-{number}")
    client = signed_in(people.app, "marketing")
    answer = client.post(EXPORT, data={"csrf_token": token(client), "format": "csv"}, buffered=False)
    assert answer.status_code == 200
    answer.close()  # as the server does where the reader is gone: nothing was read yet, or not all
    with people.app.app_context():
        assert db.session.connection().closed is False
        assert db.engine.pool.checkedout() == 1  # type: ignore[attr-defined]
    with people.app.test_request_context():
        with transactions.transaction():
            one = service.begin(1, "people", "csv", {})
        going = views._recorded(one, [["a"], ["b"], ["c"]])
        assert next(going) == ["a"]
        going.close()
    last = taken(people)[-1]
    assert (last.rows, last.whole, last.ended_at is not None) == (1, False, True)


def test_an_xlsx_has_days_as_days_and_formulas_as_text(people: Reviewer) -> None:
    people.says_yes("=K-1", answer={"comment": "@SOM(A1)", "quote_consent": "1"})
    client = signed_in(people.app, "marketing")
    answer = take(client, format="xlsx")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="ambassadors.xlsx"'
    assert answer.content_length == len(answer.data)
    book = inside(answer.data)
    assert "@SOM(A1)" in book
    assert "<f>" not in book
    assert taken(people)[-1].rows == 1
    everything = inside(take(client, NUMBERS, format="xlsx").data)
    for sheet in ("Funnel", "Weeks", "Scores"):
        assert f'name="{sheet}"' in everything
    heads, *steps = rows(take(client, NUMBERS, format="csv", table="funnel", separator=","))
    assert heads[0] == "Step"
    assert [row[0] for row in steps][:2] == ["Resolved", "Asked"]


def _combinations() -> list[tuple[str, ...]]:
    """Nobody, each consent alone, pairs with name or quote, and all."""
    alone = [(), ("quote",), ("name",), ("contact",), ("picture",), ("story",), ("reference",)]
    return [
        *alone,
        ("quote", "name"),
        ("quote", "contact"),
        ("name", "reference"),
        ("quote", "name", "contact", "story"),
    ]


def _bring(people: Reviewer) -> dict[str, tuple[str, ...]]:
    """One person for each combination, with words of their own; a second one who took it all back."""
    found = {}
    for place, (gone, allowed) in enumerate([*product((False,), _combinations()), (True, ("quote", "name"))]):
        key = f"{'abcdefghijklmnop'[place]}q"
        people.says_yes(
            f"K-{key}",
            name=f"Voor{key} Achter{key}",
            email=f"adres{key}@post.example",
            phone=f"06123456{place:02d}",
            subject=f"onderwerp{key}",
            summary=f"samenvatting{key}",
            description=f"beschrijving{key}",
            answer={
                "comment": f"citaat{key}",
                "recommend": "9",
                **({"quote_consent": "1"} if "quote" in allowed else {}),
            },
        )
        found[key] = () if gone else allowed
        with people.writing():
            for one in set(allowed) - {"quote"}:
                given = Consent(customer_id=place + 1, purpose=one, text_version="1", text="Dat mag")
                given.given_at = people.clock.now
                db.session.add(given)
            db.session.flush()
            if gone:
                db.session.execute(
                    db.update(Consent).where(Consent.customer_id == place + 1).values(withdrawn_at=people.clock.now)
                )
            events.emit(ConsentsChanged((place + 1,)))
    return found


def _bodies(client: FlaskClient) -> list[tuple[str, str]]:
    found = []
    for path in (*PAGES, *(f"/staff/ambassadors/{number}" for number in range(1, 13))):
        for as_json in (False, True):
            answer = client.get(path, headers={"Accept": "application/json"} if as_json else {})
            if answer.status_code == 200:
                found.append((path, answer.text))
    found += [(EXPORT, take(client, format="csv").text), (f"{EXPORT} xlsx", inside(take(client, format="xlsx").data))]
    for table in ("funnel", "weeks", "scores"):
        found.append((f"{NUMBERS} {table}", take(client, NUMBERS, format="csv", table=table).text))
    found.append((f"{NUMBERS} xlsx", inside(take(client, NUMBERS, format="xlsx").data)))
    return found


@pytest.mark.parametrize("role", ["marketing", "quality", "admin"])
def test_no_page_and_no_file_says_more_than_each_person_allowed(people: Reviewer, role: str) -> None:
    allowed = _bring(people)
    bodies = _bodies(signed_in(people.app, role))
    assert len(bodies) > 20
    for path, body in bodies:
        for key, consents in allowed.items():
            for never in ("Achter", "adres", "onderwerp", "samenvatting", "beschrijving"):
                assert f"{never}{key}" not in body, f"{path} shows {never} of {key}"
            assert "06123456" not in body, path
            for purpose, words in (("name", f"Voor{key}"), ("quote", f"citaat{key}")):
                if purpose not in consents:
                    assert words not in body, f"{path} shows the {purpose} of who did not allow it"
    csv_file = dict(bodies)[EXPORT]
    for key, consents in allowed.items():
        assert f"K-{key}" in csv_file
        assert (f"Voor{key}" in csv_file, f"citaat{key}" in csv_file) == ("name" in consents, "quote" in consents)


def _cards(number: int, now: Any) -> Any:
    for place in range(number):
        yield Card(
            id=place,
            version=1,
            number=f"K-{place}",
            stage="satisfied",
            stage_since=now,
            not_now_until=None,
            not_now_reason=None,
            next_step="Bellen",
            next_step_on=date(2026, 12, 1),
            category="bezorging",
            done="U kreeg al uw geld terug. " * 10,
            case_open=False,
            consents=frozenset({"quote"}),
            quote="Ze belden meteen. " * 10,
        )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_fifty_thousand_rows_take_the_memory_of_a_few(app: Flask, clock: Any) -> None:
    def file(number: int) -> tuple[int, int]:
        tracemalloc.start()
        found = lines.rows(_cards(number, clock.now), COLUMN_WORDS, {})
        size = sum(len(piece) for piece in sheets.chunks(lines.heads(), found, Style(";")))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size, peak

    with app.test_request_context():
        file(10)
        (small, few), (large, many) = file(500), file(50_000)
    assert large > 90 * small
    assert many < few + 200_000, f"{few} bytes for 500 rows, {many} for 50,000"


def test_batches_leave_nobody_out_and_hold_no_connection(people: Reviewer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_AT_ONCE", 2)
    for number in range(5):
        people.says_yes(f"K-{number}")
    with people.app.app_context():
        from feedbackloop.ambassadors.board import Filter

        seen: list[str] = []
        for card in lines.in_batches(Filter(), "number"):
            seen.append(card.number)
            assert not db.session().in_transaction(), "a slow reader would hold it"
        assert seen == [f"K-{number}" for number in range(5)]
        assert [card.number for card in lines.at_once(Filter(), "number")] == seen
        assert not db.session().in_transaction()


def test_too_many_for_a_spreadsheet_are_told_so(people: Reviewer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rules.may_take("xlsx", rules.MOST_IN_XLSX)
    assert rules.may_take("csv", 10**7)
    monkeypatch.setattr(rules, "MOST_IN_XLSX", 1)
    for number in range(2):
        people.says_yes(f"K-{number}")
    client = signed_in(people.app, "marketing")
    page = client.get(EXPORT).text
    assert "as XLSX" not in page
    assert "An XLSX file holds at most 1 people here" in page
    assert take(client, format="xlsx").status_code == 400
    assert take(client, format="csv").status_code == 200
