"""What shows that it is so: files and links with an improvement, for staff alone. With its SQL.

None of it is ever public: nobody can look into a photo or a PDF for who is in it, and what the public should see can be
said, or linked to, in the text, which the gate reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from sqlalchemy import delete, func, select

from feedbackloop.core import clock, history
from feedbackloop.core.db import after_commit
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.core.filetypes import StoredFile
from feedbackloop.core.folders import Folder
from feedbackloop.core.history import Change
from feedbackloop.extensions import db
from feedbackloop.improvements import queries
from feedbackloop.improvements.models import Evidence

MOST, MOST_AT_ONCE, TITLE_LIMIT, URL_LIMIT = 30, 3, 200, 500
_FOLDER = Folder("evidence")


def keep(stream: IO[bytes], name: str, kind: str) -> StoredFile:
    """Writes a file before its row. Raises folders.TooLarge."""
    return _FOLDER.keep(stream, name, kind)


def discard(kept: Sequence[StoredFile]) -> None:
    _FOLDER.discard(one.file for one in kept)


def add_files(improvement_id: int, kept: Sequence[StoredFile], title: str | None, actor: str) -> None:
    """Attaches files that were written already; without a title each goes by its own name. Raises Conflict where it
    would be more than MOST."""
    rows = [
        Evidence(title=title or one.name, file=one.file, type=one.type, size=one.size, sha256=one.sha256)
        for one in kept
    ]
    _add(improvement_id, rows, actor)


def add_link(improvement_id: int, url: str, title: str, actor: str) -> None:
    _add(improvement_id, [Evidence(title=title, url=url)], actor)


def remove(improvement_id: int, evidence_id: int, actor: str) -> None:
    """Takes it away; a file goes after the commit."""
    found = by_id(evidence_id)
    if found is None or found.improvement_id != improvement_id:
        raise NotFound
    file = found.file
    db.session.execute(delete(Evidence).where(Evidence.id == evidence_id))
    history.record(Change(actor, "improvement", improvement_id, "evidence_removed"))
    if file is not None:
        after_commit(lambda: _FOLDER.discard([file]))


def of(improvement_id: int) -> Sequence[Evidence]:
    return db.session.scalars(
        select(Evidence).where(Evidence.improvement_id == improvement_id).order_by(Evidence.id)
    ).all()


def by_id(evidence_id: int) -> Evidence | None:
    return db.session.get(Evidence, evidence_id)


def path_of(found: Evidence) -> str | None:
    """Where its file lies; None where it has none, or none any more."""
    place = _FOLDER.path_of(found.file) if found.file else None
    return str(place) if place is not None and place.is_file() else None


def sweep() -> int:
    """Takes away files that no row names; how many."""
    return _FOLDER.sweep(_known)


def _known(files: Sequence[str]) -> tuple[set[str], set[str]]:
    found = db.session.scalars(select(Evidence.file).where(Evidence.file.in_(files)))
    return {one for one in found if one}, set()


def _add(improvement_id: int, rows: Sequence[Evidence], actor: str) -> None:
    if queries.lock(improvement_id) is None:
        raise NotFound
    held = db.session.scalar(select(func.count()).where(Evidence.improvement_id == improvement_id)) or 0
    if held + len(rows) > MOST:
        raise Conflict(code="too_many")
    for one in rows:
        one.improvement_id, one.added_by, one.added_at = improvement_id, actor, clock.now()
        db.session.add(one)
    db.session.flush()
    history.record_many(Change(actor, "improvement", improvement_id, "evidence_added") for _one in rows)
