"""Somebody who follows the log: asks on its page, presses what the mail holds, and stops."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from feedbackloop.core import db as transactions
from feedbackloop.extensions import db
from feedbackloop.improvements import follow
from feedbackloop.improvements.follow_models import Digest, Follower
from tests.support.improver import Improver
from tests.support.smtp import Received

WEEK = timedelta(days=7)


@dataclass
class Followed(Improver):
    """What a test does with followers besides; each verb is a request or a transaction of its own."""

    def asks(self, address: str = "lezer@post.example", lang: str = "nl") -> None:
        answer = self.app.test_client().post(f"/follow/?lang={lang}", data={"address": address})
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/follow/sent?lang={lang}")

    def confirms(self, mail: Received, answer: str = "yes") -> None:
        path = self.path(mail, "/follow/")
        assert self.app.test_client().post(path, data={"answer": answer}).status_code == 303

    def follows(self, address: str = "lezer@post.example", lang: str = "nl") -> Received:
        """Asks and confirms; the mail that was answered."""
        self.asks(address, lang)
        mail = next(one for one in self.delivers() if one.recipients == (address,))
        self.confirms(mail)
        return mail

    def digests(self) -> list[Received]:
        """Makes an issue where one is due, waits for the hours of mail, and sends it; what arrived."""
        with self.app.app_context(), transactions.transaction():
            follow.make_digest()
        return self.tells("follow_digest")

    def forgets(self) -> int:
        with self.app.app_context(), transactions.transaction():
            return follow.forget_unconfirmed()

    def followers(self) -> list[tuple[str, str | None]]:
        """Status and address of each, in order."""
        with self.app.app_context():
            rows = db.session.scalars(select(Follower).order_by(Follower.id))
            return [(one.status, one.address) for one in rows]

    def issues(self) -> int:
        with self.app.app_context():
            return len(db.session.scalars(select(Digest)).all())
