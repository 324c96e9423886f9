"""What staff see of complaints and do with them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedbackloop.checkins import queries as checkins
from feedbackloop.complaints import queries, service
from feedbackloop.complaints.models import Complaint
from feedbackloop.complaints.service import ComplaintInput, HandlerInput, PersonInput
from feedbackloop.core import db as transactions
from feedbackloop.extensions import db
from tests.support.clock import Clock
from tests.support.forms import links_of, submit

SignIn = Callable[[str], FlaskClient]
Brings = Callable[..., int]
MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
LIST = "/staff/complaints/"


@pytest.fixture
def brings(app: Flask, clock: Clock) -> Brings:
    """A complaint, with all that follows from it; its id."""

    def brought(external_id: str = "C-1", **given: Any) -> int:
        with app.app_context(), transactions.transaction():
            return service.upsert([ComplaintInput("shop", external_id, **given)], "import")[0].id

    return brought


@pytest.fixture
def quality(sign_in: SignIn, clock: Clock) -> FlaskClient:
    return sign_in("quality")


def stands(app: Flask, complaint_id: int) -> Complaint:
    with app.app_context():
        found = queries.by_ids([complaint_id])[complaint_id]
        db.session.expunge_all()
        return found


def rows(page: str) -> list[str]:
    """The numbers of the cases that a list shows."""
    return re.findall(r'<a href="/staff/complaints/\d+">([^<]+)</a>', page)


def test_an_empty_list_says_what_will_appear_and_what_to_do(quality: FlaskClient) -> None:
    page = quality.get(LIST).text
    assert "No complaints yet" in page
    assert "/staff/complaints/new" in links_of(page)


SHOWN: list[tuple[str, list[str]]] = [
    ("", ["C_3", "C-2", "C-1"]),
    ("status=resolved", ["C-2"]),
    ("status=unresolved", ["C_3", "C-1"]),
    ("category=delivery", ["C-2", "C-1"]),
    ("category=-", ["C_3"]),
    ("root_cause=planning", ["C-1"]),
    ("root_cause=-", ["C_3", "C-2"]),
    ("handler=an@ours.example", ["C-1"]),
    ("handler=-", ["C_3", "C-2"]),
    ("source=shop", ["C_3", "C-2", "C-1"]),
    ("source=desk", []),
    ("q=100%25", ["C-2"]),
    ("q=%25", ["C-2"]),
    ("q=_", ["C_3"]),
    ("q=C_3", ["C_3"]),
    ("q=late", ["C-1"]),
    ("q=c-2", ["C-2"]),
    ("q=\\", []),
    ("opened_from=2026-11-02", ["C_3", "C-2"]),
    ("opened_to=2026-11-02", ["C-2", "C-1"]),
    ("opened_from=nonsense", ["C_3", "C-2", "C-1"]),
    ("resolved_from=2026-11-02", ["C-2"]),
    ("status=unresolved&category=delivery&q=late", ["C-1"]),
    ("customer=1", ["C-2", "C-1"]),
    ("customer=abc", ["C_3", "C-2", "C-1"]),
]


def test_the_address_says_what_is_shown(quality: FlaskClient, brings: Brings) -> None:
    jan = PersonInput("Jan", "jan@mail.example")
    an = HandlerInput("An", "an@ours.example")
    sunday, tuesday = MONDAY - timedelta(days=1), MONDAY + timedelta(days=1)
    brings(
        "C-1",
        subject="Too LATE",
        category="delivery",
        root_cause="planning",
        opened_at=sunday,
        customer=jan,
        handler=an,
    )
    brings("C-2", subject="100% broken", category="delivery", opened_at=MONDAY, resolved_at=MONDAY, customer=jan)
    brings("C_3", subject="Lost", opened_at=tuesday)
    for query, shown in SHOWN:
        answer = quality.get(f"{LIST}?{query}")
        assert answer.status_code == 200, query
        assert rows(answer.text) == shown, query


def test_pages_follow_each_other_without_gaps(quality: FlaskClient, app: Flask, clock: Clock) -> None:
    records = [ComplaintInput("shop", str(n), opened_at=MONDAY + timedelta(minutes=n // 3)) for n in range(120)]
    with app.app_context(), transactions.transaction():
        service.upsert(records, "import")
    seen: list[str] = []
    url = LIST
    while url:
        page = quality.get(url).text
        seen += rows(page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        url = found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == len(set(seen)) == 120


def test_an_address_that_makes_no_sense_is_refused(quality: FlaskClient) -> None:
    for query in ("status=closed", "after=x", "after=2026-11-02T09:00:00Z,x", "after=now,1"):
        assert quality.get(f"{LIST}?{query}").status_code in (400, 404), query


def test_a_complaint_is_written_down(quality: FlaskClient, app: Flask) -> None:
    answer = submit(
        quality,
        "/staff/complaints/new",
        form="/new",
        subject="Breakfast too late",
        description="At half past nine.\nNot at eight.",
        category="delivery",
        channel="phone",
        customer_name="Hendrik Sloot",
        customer_email="H.Sloot@Mail.example",
        customer_locale="nl",
    )
    assert answer.status_code == 303
    made = stands(app, 1)
    assert (made.source, made.subject, made.status) == ("staff", "Breakfast too late", "open")
    assert made.description == "At half past nine.\nNot at eight."
    assert made.handler_email == "quality@ours.example", "who writes it down takes care of it, until somebody else does"
    assert made.customer is not None
    assert (made.customer.email, made.customer.locale) == ("H.Sloot@mail.example", "nl")
    page = quality.get(answer.location).text
    assert f"The complaint is written down as {made.external_id}." in page
    assert re.fullmatch(r"S-261103-[0-9a-f]{4}", made.external_id)
    assert "by Noor Quality" in page


def test_no_new_complaint_lands_on_another_one(
    quality: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = iter(["aaaa", "aaaa", "aaaa", "bbbb"])
    monkeypatch.setattr("feedbackloop.complaints.views.secrets.token_hex", lambda _bytes: next(chosen))
    for subject in ("one", "two"):
        assert submit(quality, "/staff/complaints/new", form="/new", subject=subject).status_code == 303
    assert [stands(app, one).subject for one in (1, 2)] == ["one", "two"]


WRONG: list[tuple[dict[str, str], str]] = [
    ({"subject": ""}, "Write in a few words what it is about."),
    ({"subject": "x" * 301}, "use at most 300 characters"),
    ({"subject": "x\x00"}, "cannot be kept"),
    ({"customer_email": "hendrik"}, "This is no e-mail address"),
    ({"customer_phone": "0" * 41}, "use at most 40 characters"),
    ({"opened_on": "2026-11-04"}, "Choose a day up to today."),
    ({"opened_on": "1800-01-01"}, "Choose a day up to today."),
    ({"opened_on": "soon"}, "Day of the complaint"),
    ({"handler": "stranger@else.example"}, "Handler"),
    ({"customer_locale": "fr"}, "Language"),
]


def test_what_is_wrong_is_said_beside_the_field_and_kept(quality: FlaskClient, app: Flask) -> None:
    for filled, said in WRONG:
        given = {"subject": "Breakfast", "description": "Half past nine", **filled}
        answer = submit(quality, "/staff/complaints/new", form="/new", **given)
        assert answer.status_code == 400, filled
        assert said in answer.text, filled
        assert 'aria-invalid="true"' in answer.text
        assert "Half past nine" in answer.text
        assert "<title>Error: " in answer.text
    with app.app_context():
        assert queries.by_ids([1]) == {}


def test_the_facts_are_corrected_and_the_hour_stays(quality: FlaskClient, brings: Brings, app: Flask) -> None:
    opened = datetime(2026, 10, 30, 14, 45, tzinfo=UTC)
    one = brings(subject="Late", opened_at=opened, customer=PersonInput("Jan", "jan@mail.example"))
    answer = submit(quality, f"{LIST}{one}/edit", form="/edit", subject="Too late", customer_name="Jan de Vries")
    assert answer.status_code == 303
    now = stands(app, one)
    assert (now.subject, now.opened_at, now.source, now.external_id) == ("Too late", opened, "shop", "C-1")
    assert now.customer is not None
    assert now.customer.name == "Jan de Vries"
    submit(quality, f"{LIST}{one}/edit", form="/edit", opened_on="2026-10-29")
    assert stands(app, one).opened_at == datetime(2026, 10, 28, 23, tzinfo=UTC)


def test_what_a_colleague_changed_meanwhile_is_not_overwritten(
    quality: FlaskClient, brings: Brings, app: Flask, clock: Clock
) -> None:
    one = brings(subject="Late")
    page = quality.get(f"{LIST}{one}/edit").text
    seen = re.search(r'name="seen"[^>]*value="([^"]+)"', page)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert seen is not None
    assert token is not None
    clock.advance(timedelta(minutes=1))
    brings(subject="Very late")
    given = {"csrf_token": token[1], "seen": seen[1], "subject": "Lost", "opened_on": "2026-11-03"}
    answer = quality.post(f"{LIST}{one}/edit", data=given)
    assert answer.status_code == 409
    assert "Somebody else changed this complaint" in answer.text
    assert stands(app, one).subject == "Very late"


def test_a_case_is_resolved_asked_about_and_opened_again(quality: FlaskClient, brings: Brings, app: Flask) -> None:
    one = brings(subject="Late", customer=PersonInput("Jan", "jan@mail.example"))
    url = f"{LIST}{one}/resolve"
    assert submit(quality, url, form="/resolve").status_code == 400
    answer = submit(
        quality,
        url,
        form="/resolve",
        resolution="We brought it.",
        fault="us",
        apology_given="yes",
        root_cause="planning",
    )
    assert answer.status_code == 303
    now = stands(app, one)
    assert (now.status, now.resolution, now.fault, now.apology_given) == ("resolved", "We brought it.", "us", True)
    with app.app_context():
        assert [check_in["status"] for check_in in checkins.for_complaints([one])[one]] == ["scheduled"]
    page = quality.get(answer.location).text
    assert "We brought it." in page
    assert "Check-in 1 planned" in page
    assert "This complaint is resolved already." in quality.get(url).text

    reopen = f"{LIST}{one}/reopen"
    assert submit(quality, reopen, form="/reopen").status_code == 400, "nothing is chosen beforehand"
    assert submit(quality, reopen, form="/reopen", reason="promise_broken").status_code == 303
    assert stands(app, one).status == "reopened"
    page = quality.get(f"{LIST}{one}").text
    assert "What we promised did not happen" in page
    assert "Check-in 1 cancelled" in page
    assert "Round 2" in page
    assert "What was done before: We brought it." in " ".join(quality.get(url).text.split())
    submit(quality, url, form="/resolve", resolution="A van of its own.")
    page = quality.get(f"{LIST}{one}").text
    assert page.index("We brought it.") < page.index("Resolved again") < page.index("A van of its own.")


def test_two_colleagues_who_resolve_at_once_do_it_once(quality: FlaskClient, brings: Brings, app: Flask) -> None:
    one = brings()
    page = quality.get(f"{LIST}{one}/resolve").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    given = {"csrf_token": token[1], "resolution": "Brought."}
    assert quality.post(f"{LIST}{one}/resolve", data=given).status_code == 303
    assert quality.post(f"{LIST}{one}/resolve", data=given).status_code == 409
    assert stands(app, one).cycle == 1


def test_what_people_wrote_is_shown_as_text(quality: FlaskClient, brings: Brings) -> None:
    attack = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    one = brings(subject=attack, description=attack, category=attack, customer=PersonInput(attack), root_cause=attack)
    for path in (LIST, f"{LIST}{one}", f"{LIST}{one}/edit", f"{LIST}{one}/resolve", f"{LIST}?q={attack}"):
        page = quality.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_a_case_says_what_is_odd_and_what_is_missing(quality: FlaskClient, brings: Brings) -> None:
    one = brings(opened_at=MONDAY, resolved_at=MONDAY - timedelta(days=1))
    page = quality.get(f"{LIST}{one}").text
    assert "Resolved before it was opened" in page
    assert "Nobody can be asked whether it is solved." in page
    assert "Check-in 1 not sent" in page


def test_what_is_not_there_is_404(quality: FlaskClient) -> None:
    for unknown in ("999", 2**63 - 1, 2**63, "abc"):
        for page in ("", "/edit", "/resolve", "/reopen"):
            assert quality.get(f"{LIST}{unknown}{page}").status_code == 404, (unknown, page)


def test_marketing_sees_nothing_of_what_people_complained_about(sign_in: SignIn, brings: Brings) -> None:
    brings(subject="Private words")
    marketing = sign_in("marketing")
    for path in ("", "new", "1", "1/edit", "1/resolve", "1/reopen"):
        answer = marketing.get(LIST + path)
        assert answer.status_code == 403, path
        assert "Private words" not in answer.text


@pytest.mark.parametrize("role", ["admin", "handler", "quality"])
def test_the_others_see_it(sign_in: SignIn, brings: Brings, role: str) -> None:
    one = brings(subject="Private words")
    client = sign_in(role)
    for path in ("", str(one), f"{one}/edit", f"{one}/resolve"):
        assert "Private words" in client.get(LIST + path).text


def test_nobody_sees_it_without_signing_in(client: FlaskClient, brings: Brings) -> None:
    one = brings(subject="Private words")
    for path in ("", "new", str(one), f"{one}/edit"):
        answer = client.get(LIST + path)
        assert answer.status_code == 303
        assert "/staff/sign-in" in answer.location


def test_a_form_of_another_site_does_nothing(quality: FlaskClient, brings: Brings, app: Flask) -> None:
    brings(subject="Late", resolved_at=MONDAY)
    given = {"subject": "x", "resolution": "x", "reason": "by_mistake", "opened_on": "2026-11-03"}
    for path in ("new", "1/edit", "1/resolve", "1/reopen"):
        assert quality.post(LIST + path, data=given).status_code == 400, path
    now = stands(app, 1)
    assert (now.subject, now.status) == ("Late", "resolved")


def test_there_is_no_button_that_deletes(quality: FlaskClient, brings: Brings, app: Flask) -> None:
    one = brings(subject="Late")
    assert not [
        rule for rule in app.url_map.iter_rules() if "DELETE" in (rule.methods or ()) and "complaints" in rule.rule
    ]
    page = quality.get(f"{LIST}{one}").text
    assert "A complaint cannot be deleted." in page
    assert not [link for link in links_of(page) if "delete" in link]
