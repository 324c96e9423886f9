"""A person's page as JSON: the same facts under fixed names, codes where the page has words."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from feedbackloop.ambassadors.person import Shown
from feedbackloop.core import moments


def of(one: Shown) -> dict[str, Any]:
    """What the page shows, and nothing else."""
    return {
        "id": one.id,
        "number": one.number,
        "stage": one.stage,
        "stage_since": _plain(one.stage_since),
        "category": one.category,
        "locale": one.locale,
        "done": one.done,
        "case_open": one.case_open,
        "opened_at": _plain(one.opened_at),
        "resolved_at": _plain(one.resolved_at),
        "recommend": one.recommend,
        "not_now": {"until": _plain(one.not_now_until), "reason": one.not_now_reason} if one.not_now_until else None,
        "next_step": {"step": one.next_step, "on": _plain(one.next_step_on)} if one.next_step else None,
        "owner": one.names.get(f"staff:{one.owner_id}") if one.owner_id else None,
        "tags": list(one.tags),
        "name": one.name,
        "quote": {"text": one.quote, "locale": one.quote_locale} if one.quote else None,
        "picture": {"uses": list(one.picture.uses)} if one.picture else None,
        "consents": [
            {"purpose": it.purpose, "given_at": _plain(it.given_at), "text": it.text, "text_version": it.text_version}
            for it in one.allowed
        ],
        "asks": [
            {
                "id": it.id,
                "kind": it.kind,
                "status": it.status,
                "reason": it.reason,
                "answers": it.answers or {},
                "asked_at": _plain(it.created_at),
                "sent_at": _plain(it.sent_at),
                "answered_at": _plain(it.answered_at),
                "asked_by": one.names.get(it.asked_by),
            }
            for it in one.asks
        ],
        "notes": [{"text": it.text, "at": _plain(it.written_at), "by": it.by} for it in one.notes],
        "story": [
            {
                name: value
                for name, value in {
                    "at": _plain(it.at),
                    "what": it.what,
                    "state": it.state,
                    "words": it.words,
                    "place": it.place,
                    "rating": it.rating,
                    "recommend": it.recommend,
                    "reason": it.reason,
                    "by": one.names.get(it.actor or ""),
                }.items()
                if value is not None
            }
            for it in one.story
        ],
    }


def _plain(moment: datetime | date | None) -> str | None:
    if isinstance(moment, datetime):
        return moments.show(moment)
    return moment.isoformat() if moment is not None else None
