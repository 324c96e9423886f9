"""People who complained, and what is done with it: improvements written, published and told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from feedbackloop.core import db as transactions
from feedbackloop.core import tokens
from feedbackloop.extensions import db
from feedbackloop.improvements import service
from feedbackloop.improvements.models import Improvement, Telling
from feedbackloop.improvements.service import Changes, NewImprovement, Words
from feedbackloop.mailing.models import Outbox
from feedbackloop.staff import keyring
from tests.support.complainant import Complainant
from tests.support.smtp import Received

ACTOR = "staff:1"
NL = Words("Bestellingen kwamen te laat.", "Wij laden de bus nu de avond ervoor.")
EN = Words("Orders came too late.", "We load the van the evening before.")


@dataclass
class Improver(Complainant):
    """What a test does with improvements; each verb is a transaction of its own."""

    def complains(self, external_id: str = "K-1", **given: Any) -> int:
        """An open complaint, so that no other mail is on its way; its id."""
        return self.brings(external_id, resolved_at=None, **given)

    def writes(self, complaints: Sequence[int] = (), **given: Any) -> int:
        """A draft in Dutch; its id."""
        new = NewImprovement(**{"locale": "nl", "texts": {"nl": NL}, "complaint_ids": complaints, **given})
        with self.app.app_context(), transactions.transaction():
            return service.create(new, ACTOR).id

    def publishes(self, improvement_id: int, actor: str = ACTOR) -> None:
        with self.app.app_context(), transactions.transaction():
            service.publish(improvement_id, actor)

    def unpublishes(self, improvement_id: int) -> None:
        with self.app.app_context(), transactions.transaction():
            service.unpublish(improvement_id, ACTOR)

    def changes(self, improvement_id: int, actor: str = ACTOR, **changes: Any) -> None:
        with self.app.app_context(), transactions.transaction():
            service.update(improvement_id, Changes(**changes), actor)

    def unlinks(self, improvement_id: int, complaint_id: int) -> None:
        with self.app.app_context(), transactions.transaction():
            service.unlink(improvement_id, [complaint_id], ACTOR)

    def public(self, complaints: Sequence[int] = (), **given: Any) -> int:
        """A published improvement; its id."""
        improvement_id = self.writes(complaints, **given)
        self.publishes(improvement_id)
        return improvement_id

    def improvement(self, improvement_id: int) -> Improvement:
        with self.app.app_context():
            return db.session.get_one(Improvement, improvement_id)

    def slug(self, improvement_id: int) -> str:
        return self.improvement(improvement_id).slug

    def tellings(self) -> list[tuple[int, str, str, str | None]]:
        """Improvement, milestone, status and reason of each, in order."""
        with self.app.app_context():
            rows = db.session.scalars(select(Telling).order_by(Telling.id))
            return [(one.improvement_id, one.milestone, one.status, one.reason) for one in rows]

    def telling(self, number: int = 0) -> Telling:
        with self.app.app_context():
            return db.session.scalars(select(Telling).order_by(Telling.id)).all()[number]

    def told_path(self, number: int = 0) -> str:
        """The link of a telling."""
        telling_id = self.telling(number).id
        with self.app.app_context():
            return f"/told/{tokens.make('told', telling_id)}"

    def tells(self, kind: str = "told_you_so") -> list[Received]:
        """Waits until every mail of this kind is due, and sends it."""
        with self.app.app_context():
            waiting = select(Outbox.due_at).where(Outbox.kind == kind, Outbox.status == "queued")
            due = list(db.session.scalars(waiting))
        self.clock.set(max([self.clock.now, *due]))
        return self.delivers()

    def key(self, *scopes: str) -> dict[str, str]:
        """The header of a machine with these scopes."""
        with self.app.app_context(), transactions.transaction():
            token = keyring.create("test", list(scopes), "system")
        return {"Authorization": f"Bearer {token}"}
