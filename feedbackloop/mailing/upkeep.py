"""What the clock has this station do every so often."""

from __future__ import annotations

from feedbackloop.core import db
from feedbackloop.core.queue import job
from feedbackloop.mailing import caps


@job
def forget_rates() -> None:
    """Deletes counts of sending that no cap looks at any more."""
    with db.transaction():
        caps.forget_old(db.now())
