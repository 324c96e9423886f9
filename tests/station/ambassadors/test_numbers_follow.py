"""What happens to people is in the numbers with the next count, and the kept sums stay those of the rows."""

from __future__ import annotations

from datetime import date

from flask import Flask

from feedbackloop.ambassadors import queries as pipeline
from feedbackloop.ambassadors import service as moves
from feedbackloop.ambassadors.numbers import jobs, queries, service
from feedbackloop.ambassadors.numbers.figures import Filter, Numbers, figures
from feedbackloop.complaints.models import Complaint
from feedbackloop.complaints.service import ComplaintInput, PersonInput
from feedbackloop.core.db import transaction
from feedbackloop.extensions import db
from feedbackloop.people import privacy
from feedbackloop.people.models import Customer
from feedbackloop.reviews import outside
from feedbackloop.reviews.models import OutsideReview
from feedbackloop.reviews.outside import OutsideInput
from tests.support.reviewer import DAY, Reviewer

FIRST, LAST = date(2026, 10, 5), date(2026, 11, 30)


def counted(app: Flask, **filtered: str) -> Numbers:
    """The numbers after a count; every kept row is that of the tables."""
    with app.app_context():
        jobs.count()
    with app.app_context():
        assert service.check()
        return figures(Filter(FIRST, LAST, **filtered))


def steps(app: Flask, **filtered: str) -> dict[str, int]:
    found = counted(app, **filtered)
    return {step.name: step.people for step in found.steps if step.people}


def customer_of(complaint_id: int) -> int:
    found = db.session.get_one(Complaint, complaint_id).customer_id
    assert found is not None
    return found


def test_a_person_goes_through_the_funnel_and_back(app: Flask, people: Reviewer) -> None:
    assert steps(app) == {}
    case = people.brings("K-1")
    assert steps(app) == {"resolved": 1}
    path = people.is_asked(case)
    assert steps(app) == {"resolved": 1, "asked": 1}
    people.answers(path, "yes", recommend="9")
    found = counted(app)
    assert (found.total.satisfied.hits, found.total.promoters) == (1, 1)
    people.answers(path, "no", recommend="3")
    found = counted(app)
    assert (found.total.at("answered"), found.total.at("satisfied")) == (1, 0)
    assert (found.total.no, found.total.promoters, found.total.detractors) == (1, 0, 1)
    people.clock.advance(7 * DAY)
    people.resolves(case)
    found = counted(app)
    assert [(week.monday, week.counts.steps[:3]) for week in found.weeks] == [(date(2026, 11, 9), (1, 0, 0))]
    people.answers(people.is_asked(case), "yes", recommend="10")
    found = counted(app)
    assert (found.again.at("satisfied"), found.again.promoters, found.at_once.at("answered")) == (1, 1, 0)
    assert people.link_of_invitation()
    assert steps(app)["invited"] == 1


def test_a_match_that_is_undone_and_a_move_by_hand_are_followed(app: Flask, people: Reviewer) -> None:
    place = people.offers()
    path = people.is_invited("K-1")
    people.sends(path, destination=str(place))
    assert steps(app)["clicked"] == 1
    assert steps(app, destination=str(place))["clicked"] == 1
    review = OutsideInput("X-1", 5, "Goed", "Alsnog goed.", "Marleen Osinga", None, people.clock.now, "d")
    with app.app_context(), transaction():
        outside.take(place, [review], "import")
    assert steps(app)["reviewed"] == 1
    with app.app_context(), transaction():
        outside.unmatch(db.session.query(OutsideReview.id).scalar(), "staff:1")
    assert "reviewed" not in steps(app)
    for stage, there in (("reviewed", "reviewed"), ("ambassador", "ambassador"), ("satisfied", "clicked")):
        with app.app_context(), transaction():
            one = pipeline.held_by_id(1)
            assert one is not None
            moves.move(one.id, one.version, stage, "staff:1", "spoke")
        assert list(steps(app))[-1] == there


def test_corrections_move_people_between_groups(app: Flask, people: Reviewer) -> None:
    case = people.says_yes("K-1", locale="nl", category="Bezorging")
    assert steps(app, category="Bezorging", locale="nl", handler="Youssef Amrani")["satisfied"] == 1
    with app.app_context():
        person = db.session.get_one(Customer, customer_of(case))
        address = person.email
    people.upserts(
        [
            ComplaintInput(
                source="shop",
                external_id="K-1",
                category="Winkels",
                resolved_at=people.clock.now - 20 * DAY,
                customer=PersonInput(email=address, locale="en"),
            )
        ]
    )
    assert steps(app, category="Bezorging") == {}
    assert steps(app, category="Winkels", locale="en")["satisfied"] == 1
    with app.app_context():
        assert len(queries.kept_weeks()) == 1, "the week it stood in before is empty now"


def test_who_is_erased_stays_a_number_without_a_language(app: Flask, people: Reviewer) -> None:
    case = people.says_yes("K-1", locale="nl")
    with app.app_context(), transaction():
        one = pipeline.held_by_id(1)
        assert one is not None
        moves.move(one.id, one.version, "ambassador", "staff:1", "agreed")
    assert steps(app, locale="nl")["ambassador"] == 1
    with app.app_context(), transaction():
        privacy.erase(db.session.get_one(Customer, customer_of(case)), "staff:1")
    assert steps(app, locale="nl") == {}
    assert steps(app, locale="") == {"resolved": 1, "asked": 1, "answered": 1, "satisfied": 1}


def test_a_resolution_that_its_source_takes_back_keeps_its_week(app: Flask, people: Reviewer) -> None:
    case = people.says("no", "K-1")
    before = counted(app).weeks[0].monday
    people.upserts([ComplaintInput(source="shop", external_id="K-1", resolved_at=None)])
    assert people.status(case) == "reopened"
    after = counted(app)
    assert [(week.monday, week.counts.at("answered")) for week in after.weeks] == [(before, 1)]
