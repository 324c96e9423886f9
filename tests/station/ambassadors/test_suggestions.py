"""Rules that suggest, what marketing decide, and owners by turn."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from feedbackloop.ambassadors import service as board
from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.ambassadors.suggestions import jobs, queries, service, turns
from feedbackloop.ambassadors.suggestions.models import Suggestion, SuggestionRound, Turn
from feedbackloop.ambassadors.suggestions.rules import Setting
from feedbackloop.core import events
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.people.events import ConsentsChanged, PeopleErased
from feedbackloop.people.models import Consent
from feedbackloop.staff.models import Staff
from tests.support.colleague import signed_in
from tests.support.forms import submit
from tests.support.queued import Queued
from tests.support.reviewer import DAY, Reviewer

PAGE = "/staff/ambassadors/suggestions/"
RULES = f"{PAGE}rules"


def allows(people: Reviewer, *purposes: str, customer: int = 1) -> None:
    with people.writing():
        for one in purposes:
            given = Consent(customer_id=customer, purpose=one, text_version="1", text="Dat mag")
            given.given_at = people.clock.now
            db.session.add(given)
        db.session.flush()
        events.emit(ConsentsChanged((customer,)))


def withdraws(people: Reviewer, customer: int = 1) -> None:
    with people.writing():
        db.session.execute(
            db.update(Consent).where(Consent.customer_id == customer).values(withdrawn_at=people.clock.now)
        )
        events.emit(ConsentsChanged((customer,)))


def suggestions(people: Reviewer) -> list[tuple[int, str, str, str | None]]:
    with people.app.app_context():
        rows = db.session.scalars(db.select(Suggestion).order_by(Suggestion.id))
        return [(one.ambassador_id, one.rule, one.status, one.reason) for one in rows]


def told(people: Reviewer, *what: str) -> list[tuple[str, str, str | None]]:
    """Who did what for which reason, of one person on the board."""
    with people.app.app_context():
        wanted = (History.subject == "ambassador", History.what.in_(what))
        rows = db.session.scalars(db.select(History).where(*wanted).order_by(History.id))
        return [(row.actor, row.what, row.reason) for row in rows]


def sweep(people: Reviewer, queued: Queued) -> None:
    queued.clear()
    with people.app.app_context():
        jobs.sweep()


def reviewed(people: Reviewer, rating: int = 5, **given: Any) -> int:
    """Somebody who wrote a review; their complaint."""
    complaint = people.says_yes(**given)
    assert people.writes(people.link_of_invitation(), rating=rating, text="Prima geholpen.").status_code == 303
    return complaint


def test_a_good_review_and_contact_suggest_an_ambassador_who_stays_until_somebody_decides(
    people: Reviewer, queued: Queued
) -> None:
    reviewed(people, rating=4)
    queued.run(people.app)
    assert suggestions(people) == [], "nothing is allowed yet"
    allows(people, "contact")
    queued.run(people.app)
    assert suggestions(people) == [(1, "reviewed_well", "waiting", None)]
    assert told(people, "suggested") == [("system", "suggested", "reviewed_well")]
    assert [people.stage(1), people.outbox("told_you_so")] == ["reviewed", []], "a suggestion moves and mails nobody"
    client = signed_in(people.app, "marketing", "Pim Verbeek")
    page = client.get(PAGE).text
    assert "gave 4 of 5 in a review (the rule asks for 4 or more)" in page
    assert "allows us to write to them again" in page
    for hidden in (
        "Osinga",
        "Marleen",
        "postvak.example",
        "Bestelling te laat",
        "feest van mijn moeder",
        "Prima geholpen",
    ):
        assert hidden not in page
    answer = submit(client, PAGE, form="/accept")
    assert answer.headers["Location"] == PAGE
    assert people.stage(1) == "ambassador"
    assert told(people, "moved")[-1] == ("staff:1", "moved", "suggested")
    assert suggestions(people) == [(1, "reviewed_well", "accepted", None)]
    page = client.get(PAGE).text
    assert "Nobody is suggested now" in page
    assert "Pim Verbeek" in page
    assert client.post(f"{PAGE}1/accept", data={"version": "1", **_token(page)}).status_code == 409
    sweep(people, queued)
    assert len(suggestions(people)) == 1


def _token(page: str) -> dict[str, str]:
    return {"csrf_token": page.split('name="csrf_token" value="')[1].split('"')[0]}


def test_declining_asks_why_and_is_for_good(people: Reviewer, queued: Queued) -> None:
    reviewed(people)
    allows(people, "contact")
    queued.run(people.app)
    client = signed_in(people.app, "marketing")
    path = f"{PAGE}1/decline"
    assert submit(client, path, form="/decline").status_code == 400
    assert submit(client, path, form="/decline", reason="because").status_code == 400
    assert submit(client, path, form="/decline", reason="rather_not").status_code == 303
    assert suggestions(people) == [(1, "reviewed_well", "declined", "rather_not")]
    assert told(people, "suggestion_declined") == [("staff:1", "suggestion_declined", "rather_not")]
    assert people.stage(1) == "reviewed"
    people.clock.advance(400 * DAY)
    sweep(people, queued)
    assert len(suggestions(people)) == 1


def test_one_rule_at_a_time_and_a_pause_before_the_next(people: Reviewer, queued: Queued) -> None:
    reviewed(people, answer={"recommend": "10"})
    allows(people, "contact")
    with people.writing():
        service.set_rule("recommends", Setting(active=True, recommend=9, days=0), "staff:1")
    queued.run(people.app)
    assert [one[1] for one in suggestions(people)] == ["reviewed_well"]
    with people.writing():
        service.decline(1, "wrong_moment", "staff:1")
    people.clock.advance(89 * DAY)
    sweep(people, queued)
    assert len(suggestions(people)) == 1
    with people.app.app_context():
        last = db.session.get_one(SuggestionRound, 1).last_seen
    assert last["recommends:cooling_down"] == 1
    assert last["reviewed_well:suggested_before"] == 1
    people.clock.advance(2 * DAY)
    sweep(people, queued)
    assert [one[1:3] for one in suggestions(people)][1:] == [("recommends", "waiting")]


def test_what_is_no_longer_so_is_withdrawn_with_its_reason_and_may_come_back(people: Reviewer, queued: Queued) -> None:
    complaint = reviewed(people)
    allows(people, "contact")
    queued.run(people.app)
    withdraws(people)
    queued.run(people.app)
    assert suggestions(people) == [(1, "reviewed_well", "withdrawn", "no_consent")]
    allows(people, "contact")
    queued.run(people.app)
    assert suggestions(people) == [(1, "reviewed_well", "waiting", None)], "nobody had decided on it"
    page_of = signed_in(people.app, "marketing")
    people.reopens(complaint)
    assert "Nobody is suggested now" in page_of.get(PAGE).text, "off the board at once"
    with pytest.raises(service.NoLongerTrue), people.writing():
        service.accept(1, 4, "staff:1")
    sweep(people, queued)
    assert suggestions(people) == [(1, "reviewed_well", "withdrawn", "open_complaint")]


def test_nobody_who_is_put_off_or_low_or_silent_is_suggested(people: Reviewer, queued: Queued) -> None:
    reviewed(people, rating=3)
    allows(people, "contact")
    sweep(people, queued)
    assert suggestions(people) == []
    with people.writing():
        service.set_rule("reviewed_well", Setting(active=True, rating=3), "staff:1")
        board.put_off(1, _version(), people.clock.now.date() + timedelta(days=5), "Verhuist", "staff:1")
    sweep(people, queued)
    assert suggestions(people) == []
    people.clock.advance(5 * DAY)
    sweep(people, queued)
    assert suggestions(people) == [(1, "reviewed_well", "waiting", None)]
    with people.writing():
        board.put_off(1, _version(), people.clock.now.date() + timedelta(days=5), "Toch niet", "staff:1")
    assert "Nobody is suggested now" in signed_in(people.app, "marketing").get(PAGE).text
    with people.writing():
        events.emit(PeopleErased((1,)))
    assert suggestions(people) == [(1, "reviewed_well", "withdrawn", "erased")]


def _version() -> int:
    return db.session.get_one(Ambassador, 1).version


def test_a_switched_off_rule_takes_back_what_waits(people: Reviewer, queued: Queued) -> None:
    reviewed(people)
    allows(people, "contact")
    client = signed_in(people.app, "marketing")
    queued.run(people.app)
    page = client.get(RULES).text
    assert "4 of 5 or more, allows us to write to them again, not again within 90 days" in page
    for wrong in ({"rating": "6"}, {"rating": "vier"}, {"consent": "all"}, {"cool_down": "0"}, {"days": "-1"}):
        answer = submit(client, RULES, form="/reviewed_well", **wrong)
        assert answer.status_code == 400, wrong
        assert "This has not been saved yet" in answer.text
    assert submit(client, RULES, form="/reviewed_well", active=[], rating="5").status_code == 303
    assert "5 of 5 or more" in client.get(RULES).text
    sweep(people, queued)
    assert suggestions(people) == [(1, "reviewed_well", "withdrawn", "off")]
    with people.app.app_context():
        set_by = db.session.scalars(db.select(History).where(History.subject == "suggestion_rule")).one()
    assert (set_by.actor, set_by.to_state, set_by.detail["rating"]) == ("staff:1", "off", 5)
    assert client.post(f"{RULES}/none", data=_token(page)).status_code == 404


@pytest.mark.parametrize(("role", "may"), [("quality", False), ("handler", None), ("admin", True)])
def test_quality_looks_and_handlers_do_not(people: Reviewer, queued: Queued, role: str, may: bool | None) -> None:
    reviewed(people)
    allows(people, "contact")
    queued.run(people.app)
    client = signed_in(people.app, role)
    page = client.get(PAGE)
    assert page.status_code == (403 if may is None else 200)
    if may is not None:
        assert ("Make an ambassador" in page.text) == may
    assert client.post(f"{PAGE}1/accept", data=_token(client.get("/staff/account").text)).status_code == (
        409 if may else 403
    )


def test_the_sweep_is_bounded_and_goes_round(people: Reviewer, queued: Queued) -> None:
    for number in range(3):
        reviewed(people, external_id=f"K-{number}")
        allows(people, "contact", customer=number + 1)
    queued.clear()
    for round_ends in (True, False):
        with people.writing():
            goes_on = service.sweep(size=2)
        assert goes_on == round_ends
    assert [one[0] for one in suggestions(people)] == [1, 2, 3]
    with people.app.app_context():
        state = db.session.get_one(SuggestionRound, 1)
    assert (state.swept_to, state.last_seen["looked"], state.last_seen["reviewed_well:suggested"]) == (0, 3, 3)
    client = signed_in(people.app, "marketing")
    assert "The last round ended" in client.get(RULES).text
    with people.app.app_context():
        assert queries.count_waiting(people.clock.now.date()) == 3


def test_owners_by_turn(people: Reviewer, queued: Queued) -> None:
    people.says_yes("K-0")
    people.clock.advance(timedelta(minutes=1))
    client = signed_in(people.app, "marketing", "Pim Verbeek")
    for name in ("Noa Jansen", "Zoë Bakker"):
        signed_in(people.app, "marketing", name)
    assert submit(client, RULES, form="/turns", active="1", stage="satisfied", members=[]).status_code == 400
    sent = submit(client, RULES, form="/turns", active="1", stage="satisfied", members=["1", "2", "99"])
    assert sent.status_code == 303
    people.clock.advance(timedelta(minutes=1))
    for number in range(1, 4):
        people.says_yes(f"K-{number}")
    with people.app.app_context():
        jobs.give_turns()
        owners = dict(db.session.execute(db.select(Ambassador.id, Ambassador.owner_id).order_by(Ambassador.id)).all())
    assert owners == {1: None, 2: 1, 3: 2, 4: 1}, "who was there before has no turn"
    assert told(people, "owned") == [("system", "owned", "by_turn")] * 3
    with people.writing():
        db.session.get_one(Staff, 2).disabled_at = people.clock.now
    people.says_yes("K-5")
    people.says_yes("K-6")
    with people.app.app_context():
        jobs.give_turns()
        jobs.give_turns()
        owners = dict(db.session.execute(db.select(Ambassador.id, Ambassador.owner_id).order_by(Ambassador.id)).all())
        given = {one.staff_id: one.given for one in db.session.scalars(db.select(Turn))}
    assert owners[5] == owners[6] == 1, "a disabled account is passed over"
    assert given == {1: 4, 2: 1}
    page = client.get(RULES).text
    assert "Pim Verbeek" in page
    assert submit(client, RULES, form="/turns", active=[], stage="satisfied", members=["1"]).status_code == 303
    people.says_yes("K-7")
    with people.app.app_context():
        jobs.give_turns()
        assert db.session.get_one(Ambassador, 7).owner_id is None
        assert turns.taking_part().keys() == {1}
