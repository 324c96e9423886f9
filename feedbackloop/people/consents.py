"""What people allow: given in exact words, withdrawn with a date, never edited."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Exists, exists, select, update

from feedbackloop.core import clock
from feedbackloop.core.events import emit
from feedbackloop.extensions import db
from feedbackloop.people.events import ConsentsChanged
from feedbackloop.people.models import Consent


def given(customer_id: int, complaint_id: int | None, purpose: str) -> Consent | None:
    """The consent that holds for this purpose and complaint, if any."""
    return db.session.scalar(
        select(Consent)
        .where(
            Consent.customer_id == customer_id,
            Consent.complaint_id == complaint_id,
            Consent.purpose == purpose,
            Consent.withdrawn_at.is_(None),
        )
        .order_by(Consent.id.desc())
        .limit(1)
    )


def holds(customer_id: Any, complaint_id: Any, purpose: str) -> Exists:
    """Whether such a consent holds, for a statement that names the person and the complaint by their columns."""
    return exists().where(
        Consent.customer_id == customer_id,
        Consent.complaint_id == complaint_id,
        Consent.purpose == purpose,
        Consent.withdrawn_at.is_(None),
    )


def give(customer_id: int, complaint_id: int | None, purpose: str, text_version: str, text: str) -> None:
    """Keeps what a person allowed, in the words they saw. One that holds already in some version stays as it is."""
    if given(customer_id, complaint_id, purpose) is None:
        db.session.add(
            Consent(
                customer_id=customer_id,
                complaint_id=complaint_id,
                purpose=purpose,
                text_version=text_version,
                text=text,
                given_at=clock.now(),
            )
        )
        db.session.flush()
        emit(ConsentsChanged((customer_id,)))


def renew(customer_id: int, complaint_id: int | None, purpose: str, text_version: str, text: str) -> None:
    """As `give`, where they agree to other words than those that hold: those end, and nothing is without a consent."""
    _end(customer_id, complaint_id, purpose)
    give(customer_id, complaint_id, purpose, text_version, text)


def withdraw(customer_id: int, complaint_id: int | None, purpose: str) -> None:
    """Ends what was allowed. Nothing happens where nothing was."""
    if _end(customer_id, complaint_id, purpose):
        emit(ConsentsChanged((customer_id,)))


def _end(customer_id: int, complaint_id: int | None, purpose: str) -> bool:
    ended = db.session.scalars(
        update(Consent)
        .where(
            Consent.customer_id == customer_id,
            Consent.complaint_id == complaint_id,
            Consent.purpose == purpose,
            Consent.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=clock.now())
        .returning(Consent.id)
        .execution_options(synchronize_session="fetch")
    ).all()
    return bool(ended)
