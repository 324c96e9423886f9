"""Every version of the answers to a complaint's questions, for its page: in words, with the files that came along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from feedbackloop.checkins import file_queries, reasons, words
from feedbackloop.checkins.models import Answer, Attachment, CheckIn
from feedbackloop.core import access, formats
from feedbackloop.extensions import db
from feedbackloop.mailing.queries import chunks


def for_complaints(ids: Sequence[int]) -> Mapping[int, dict[int, dict[str, Any]]]:
    """By complaint, the versions of its answers by their id."""
    rows: list[Any] = []
    for part in chunks(ids):
        wanted = select(Answer, CheckIn.complaint_id).join(CheckIn, CheckIn.id == Answer.check_in_id)
        rows += db.session.execute(wanted.where(CheckIn.complaint_id.in_(part)).order_by(Answer.id))
    if not rows:
        return {}
    files = file_queries.of_check_ins(sorted({answer.check_in_id for answer, _complaint_id in rows}))
    known = reasons.texts_by_code()
    found: dict[int, dict[int, dict[str, Any]]] = {}
    for answer, complaint_id in rows:
        found.setdefault(complaint_id, {})[answer.id] = {
            "version": answer.version,
            "comment": answer.comment,
            "reasons": [known.get(code, code) for code in answer.codes],
            "stays": answer.satisfied in ("partly", "no") and not answer.reopens,
            "call_me": answer.call_me,
            "meet": answer.meet,
            "quote_consent": answer.quote_consent,
            "recorded_by": answer.recorded_by,
            "files": [_shown(one) for one in files.get(answer.id, [])],
        }
    return found


def _shown(one: Attachment) -> dict[str, Any]:
    return {
        "name": one.name,
        "about": f"{words.FILE_TYPES.get(one.type, one.type)}, {formats.number(-(-one.size // 1024))} kB",
        "href": None if one.erased_at else access.link("checkins_staff.file", attachment_id=one.id),
    }
