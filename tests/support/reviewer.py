"""People who say that their complaint is solved, are invited, and use the link."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from feedbackloop.ambassadors import queries as ambassadors
from feedbackloop.core import db as transactions
from feedbackloop.core import tokens
from feedbackloop.extensions import db
from feedbackloop.recovery import queries as recovery_queries
from feedbackloop.recovery import service as recovery
from feedbackloop.reviews import destinations, moderation
from feedbackloop.reviews.destinations import DestinationInput
from feedbackloop.reviews.models import Invitation, Review
from tests.support.complainant import Complainant

DAY = timedelta(days=1)
SITE = "https://winkelspiegel.example/schrijf"


@dataclass
class Reviewer(Complainant):
    """What a test does with invitations and reviews."""

    def says_yes(self, external_id: str = "K-1", answer: dict[str, Any] | None = None, **given: Any) -> int:
        """A complaint that was resolved and that its person calls solved; its id."""
        complaint = self.brings(external_id, **given)
        sent = self.answers(self.is_asked(complaint), "yes", **(answer or {}))
        assert sent.status_code == 303, sent.text
        return complaint

    def is_invited(self, external_id: str = "K-1", **given: Any) -> str:
        """The path of the link in the invitation that was sent to who said 'yes'."""
        self.says_yes(external_id, **given)
        return self.link_of_invitation()

    def link_of_invitation(self) -> str:
        """Waits until the invitation is due, sends it, and gives the path of its link."""
        due_at = max(one.due_at for one in self.invitations() if one.status == "scheduled")
        self.clock.set(max(self.clock.now, due_at))
        mails = [mail for mail in self.delivers() if "/review/" in mail.text]
        assert len(mails) == 1, f"{len(mails)} invitations went out"
        return self.path(mails[0], "/review/")

    def path_of_new(self, external_id: str) -> str:
        """The link of an invitation that was planned last; its mail is not waited for."""
        self.says_yes(external_id)
        return self.path_of(self.invitations()[-1].id)

    def path_of(self, invitation_id: int) -> str:
        with self.app.app_context():
            return f"/review/{tokens.make('review', invitation_id)}"

    def offers(self, name: str = "Winkelspiegel", link: str = SITE, **given: Any) -> int:
        """Another site to write on; its id."""
        with self.app.app_context(), transactions.transaction():
            place = DestinationInput(name, link, **{"audience": "satisfied", **given})
            return destinations.add_destination(place, "staff:1").id

    def asks_everybody(self, **given: Any) -> int:
        """A place that asks everybody whose case is closed; its id."""
        return self.offers("Google", "https://g.page/r/bonte-spaak/review", **{"audience": "everyone", **given})

    def opens_own_page_to_everybody(self) -> None:
        with self.writing():
            destinations.change_own(active=True, position=0, actor="staff:1", audience="everyone")

    def says(self, satisfied: str, external_id: str = "K-1", **given: Any) -> int:
        """A complaint that was resolved and answered in this way; its id."""
        complaint = self.brings(external_id, **given)
        sent = self.answers(self.is_asked(complaint), satisfied)
        assert sent.status_code == 303, sent.text
        return complaint

    def closes(self, complaint_id: int, outcome: str) -> None:
        """Gives the open recovery case of a complaint its outcome, as the station does wherever one is recorded."""
        with self.writing():
            recovery._close(recovery_queries.open_of_complaints([complaint_id]), outcome, "staff:1")

    def shows(self, *review_ids: int) -> None:
        with self.writing():
            for one in review_ids:
                found = db.session.get_one(Review, one)
                moderation.publish(one, found.version, "staff:1")

    def opens(self, path: str) -> TestResponse:
        return self.app.test_client().get(path)

    def sends(self, path: str, **fields: Any) -> TestResponse:
        return self.app.test_client().post(path, data=fields)

    def writes(self, path: str, rating: int = 4, **fields: Any) -> TestResponse:
        """A review on the own page."""
        return self.sends(path, destination="own", rating=str(rating), **fields)

    def invitations(self) -> list[Invitation]:
        with self.app.app_context():
            return list(db.session.scalars(select(Invitation).order_by(Invitation.id)))

    def states(self) -> list[tuple[str, str | None]]:
        return [(one.status, one.reason) for one in self.invitations()]

    def reviews(self) -> list[Review]:
        with self.app.app_context():
            return list(db.session.scalars(select(Review).order_by(Review.id)))

    def stage(self, complaint_id: int) -> str | None:
        """As the API shows it."""
        with self.app.app_context():
            found = ambassadors.for_complaints([complaint_id])[complaint_id]
            return found["stage"] if found else None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction, as an entry point opens it."""
        with self.app.app_context(), transactions.transaction():
            yield
