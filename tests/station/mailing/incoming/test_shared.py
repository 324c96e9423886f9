"""A mail about several complaints comes back as one."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask

from feedbackloop.core import db as transactions
from feedbackloop.mailing.events import MailsEnded
from feedbackloop.mailing.incoming import service
from tests.station.mailing.incoming.conftest import Asked, Post
from tests.support import reports


@pytest.fixture
def settings_env(settings_env: dict[str, str]) -> dict[str, str]:
    settings_env["FEEDBACKLOOP_FREQUENCY_CAP"] = "30d"
    return settings_env


def shared(post: Post) -> tuple[Asked, list[int]]:
    """One mail about several complaints of one person: the mail that leads, and the complaints."""
    ids = [post.people.brings(f"K-{number}", email="one@postvak.example") for number in range(1, 4)]
    due = datetime.fromisoformat(post.people.check_ins(ids[0])[0]["due_at"])
    post.people.clock.set(max(post.people.clock.now, due))
    assert len(post.people.delivers()) == 1
    for complaint_id in ids:
        asked = post.mail_about(complaint_id)
        if post.mail(asked.mail_id).shared_with == asked.mail_id:
            return asked, ids
    raise AssertionError("no mail leads")


def test_what_went_in_one_mail_comes_back_as_one(post: Post) -> None:
    asked, ids = shared(post)
    assert (
        post.takes(
            reports.delivery_report(message_id=asked.message_id, status="5.7.1", recipient="one@postvak.example")
        ).verdict
        == "ended"
    )
    assert [post.check_in(complaint_id) for complaint_id in ids] == ["bounced"] * 3
    assert post.suppressed("one@postvak.example") is None


def test_one_mail_about_three_complaints_that_is_refused_is_one_refusal(app: Flask, post: Post) -> None:
    _asked, ids = shared(post)
    mails = tuple(post.mail_about(complaint_id).mail_id for complaint_id in ids)
    with app.app_context(), transactions.transaction():
        service.mails_ended(MailsEnded("check_in", mails, mails, "bounced", "refused"))
    assert post.suppressed("one@postvak.example") is None
    assert len(post.received()) == 1
