"""The SQL of files that came with answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update

from feedbackloop.checkins.models import Attachment, CheckIn
from feedbackloop.extensions import db
from feedbackloop.mailing.queries import chunks


def digests(answer_id: int) -> set[str]:
    """What the files of this version hold, as SHA-256."""
    found = db.session.scalars(select(Attachment.sha256).where(Attachment.answer_id == answer_id))
    return {one for one in found if one}


def count(check_in_id: int) -> int:
    """How many files came with all versions of this check-in's answer."""
    return db.session.scalar(select(func.count()).where(Attachment.check_in_id == check_in_id)) or 0


def of_check_ins(check_in_ids: Sequence[int]) -> dict[int, list[Attachment]]:
    """The files of these check-ins by the version they came with (its id), in the order they were chosen in."""
    found: dict[int, list[Attachment]] = {}
    for part in chunks(check_in_ids):
        rows = db.session.scalars(select(Attachment).where(Attachment.check_in_id.in_(part)).order_by(Attachment.id))
        for row in rows:
            found.setdefault(row.answer_id, []).append(row)
    return found


def by_id(attachment_id: int) -> Attachment | None:
    """A file that is still there; None for one that was erased."""
    return db.session.scalar(select(Attachment).where(Attachment.id == attachment_id, Attachment.erased_at.is_(None)))


def erase(complaint_ids: Sequence[int], at: datetime) -> list[str]:
    """Empties the rows of these complaints' files; the files themselves that are to go."""
    gone: list[str] = []
    for part in chunks(complaint_ids):
        check_ins = select(CheckIn.id).where(CheckIn.complaint_id.in_(part))
        gone += db.session.scalars(
            update(Attachment)
            .where(Attachment.check_in_id.in_(check_ins), Attachment.erased_at.is_(None))
            .values(name=None, sha256=None, erased_at=at)
            .returning(Attachment.file)
            .execution_options(synchronize_session=False)
        )
    return gone


def known(files: Sequence[str]) -> tuple[set[str], set[str]]:
    """Of these files those that a row keeps, and those whose row was erased."""
    rows = db.session.execute(select(Attachment.file, Attachment.erased_at).where(Attachment.file.in_(files)))
    kept: set[str] = set()
    erased: set[str] = set()
    for file, erased_at in rows:
        (kept if erased_at is None else erased).add(file)
    return kept, erased
