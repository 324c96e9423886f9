"""The sample organisation: loaded through the product's own verbs, and taken out without a trace."""

from __future__ import annotations

from collections import Counter

import pytest
from flask import Flask
from sqlalchemy import func, select

from feedbackloop.ambassadors import counting, counts
from feedbackloop.ambassadors.numbers import jobs as numbers
from feedbackloop.complaints.models import Complaint
from feedbackloop.complaints.values import ComplaintInput
from feedbackloop.core import db as core_db
from feedbackloop.extensions import Base, db
from feedbackloop.improvements import effects
from feedbackloop.improvements import service as improvements
from feedbackloop.improvements.models import Improvement
from feedbackloop.improvements.service import NewImprovement, Words
from feedbackloop.mailing.models import Outbox
from feedbackloop.sample import loader, removal, sign_in
from feedbackloop.staff.models import Staff

pytestmark = pytest.mark.takes_turns
# What the head of each file under sample/complaints/ promises, and 47 of an older list.
EXPECTED = {"open": 8, "resolved": 70, "confirmed": 24, "reopened": 6}


@pytest.fixture
def settings_env(settings_env: dict[str, str]) -> dict[str, str]:
    """A trial: mail stays here."""
    for name in ("MAIL_SERVER", "MAIL_PORT", "MAIL_DEFAULT_SENDER"):
        settings_env.pop(name)
    return settings_env


def rows() -> Counter[str]:
    return Counter(
        {
            table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
            if table.name != "stored_values"
        }
    )


def test_every_state_has_its_complaints_and_only_what_is_due_waits(app: Flask) -> None:
    with app.app_context():
        with core_db.transaction():
            loader.load()
        states = dict(db.session.execute(select(Complaint.status, func.count()).group_by(Complaint.status)).all())
        waiting = Counter(
            kind
            for (kind,) in db.session.execute(select(Outbox.kind).where(Outbox.status == "queued"))
            if kind not in ("check_in_reminder", "check_in_again")
        )
    assert states == EXPECTED
    assert waiting == {
        "check_in": 10,
        "review_invitation": 2,
        "ask": 2,
        "told_you_so": 5,
        "summary_confirmation": 2,
        "step_agreement": 2,
        "story_agreement": 2,
        "follow_confirmation": 2,
        "follow_digest": 2,
    }


def test_removing_leaves_what_was_there_before(app: Flask) -> None:
    with app.app_context():
        with core_db.transaction():
            from feedbackloop.complaints import service

            service.upsert([ComplaintInput(source="real", external_id="1", subject="Real")], "import")
            counts.fold()
        numbers.count()
        before = rows()
        with core_db.transaction():
            loader.load()
        numbers.count()
        assert rows()["complaints"] == before["complaints"] + sum(EXPECTED.values())
        with core_db.transaction():
            assert removal.remove() == sum(EXPECTED.values())
        after = rows()
        assert sign_in.read(app.extensions["feedbackloop.settings"].instance) is None
    after["destinations"] = before["destinations"]  # the organisation's own page is no sample
    after["suggestion_rounds"] = before["suggestion_rounds"]  # nor is how far a sweep came
    assert after == before
    with app.app_context():
        assert not list(counting.differences())


def test_a_real_improvement_outlives_its_sample_owner(app: Flask) -> None:
    with app.app_context():
        with core_db.transaction():
            loader.load()
            owner = db.session.query(Staff).filter_by(sample=True).order_by(Staff.id).first()
            assert owner is not None
            new = NewImprovement("nl", {"nl": Words("a", "b")}, owner_id=owner.id)
            made, name = improvements.create(new, "staff:1").id, owner.name
        with core_db.transaction():
            removal.remove()
        kept = db.session.get_one(Improvement, made)
        assert (kept.owner_id, kept.owner_name) == (None, name)


def test_a_second_load_changes_nothing(app: Flask) -> None:
    runner = app.test_cli_runner()
    assert "Loaded 108" in runner.invoke(args=["sample-data", "load"]).output
    with app.app_context():
        before = rows()
    assert "already" in runner.invoke(args=["sample-data", "load"]).output
    with app.app_context():
        assert rows() == before


def test_one_improvement_shows_that_it_worked(app: Flask) -> None:
    with app.app_context():
        with core_db.transaction():
            loader.load()
        found = effects.of(list(db.session.scalars(select(Improvement).where(Improvement.status == "done"))))
    (shown,) = (one for one in found.values() if one.enough)
    assert (shown.before, shown.after) == ((4, 6, 3, 5, 7, 4, 5, 5), (3, 1, 2, 1, 1))
    assert shown.ratio is not None
    assert shown.ratio.verdict == "fewer"
