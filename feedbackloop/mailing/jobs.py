"""Jobs of the station `mailing`."""

from __future__ import annotations

from collections.abc import Sequence

from feedbackloop.core import db
from feedbackloop.core.queue import job
from feedbackloop.mailing import caps, delivery


@job
def deliver(mail_ids: Sequence[int] = ()) -> None:
    """Sends these mails and whatever else is due. Safe to run twice and to lose: the database says what is due."""
    delivery.drain(mail_ids)


@job
def forget_rates() -> None:
    """Deletes counts of sending that no cap looks at any more."""
    with db.transaction():
        caps.forget_old(db.now())
