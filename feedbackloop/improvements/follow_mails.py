"""What those who follow the log are mailed: whether they want it, and at most once a week what is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import get_locale
from markupsafe import Markup

from feedbackloop.config import settings
from feedbackloop.core import formats, links
from feedbackloop.core.decisions import Decision, no
from feedbackloop.improvements import follow_queries as queries
from feedbackloop.improvements import follow_rules as rules
from feedbackloop.improvements import markdown, words
from feedbackloop.improvements.entries import shown_text
from feedbackloop.improvements.follow import CONFIRMATION, DIGEST
from feedbackloop.improvements.follow_models import Digest, Follower
from feedbackloop.improvements.models import Improvement
from feedbackloop.mailing.kinds import MailKind, Reader, Row

# A long list is read by nobody; the rest stands in the log.
_MOST = 8


@dataclass(frozen=True)
class News:
    """One improvement in the news. `lang` is the language of its words."""

    said: str
    heading: str
    did_html: Markup
    did_text: str
    lang: str
    entry_url: str


def _readers(ids: Sequence[int]) -> Mapping[int, Reader]:
    return {one.id: Reader(one.locale, one.sample) for one in queries.by_ids(ids).values()}


def _leave_url(follower_id: int) -> str:
    return links.signed("follow.leave", "unfollow", follower_id)


def _may_confirm(rows: Sequence[Row], now: datetime) -> Mapping[int, Decision]:
    found = queries.by_ids([row.subject_id for row in rows])
    return {row.id: _may_be_asked(found.get(row.subject_id), now) for row in rows}


def _may_be_asked(follower: Follower | None, now: datetime) -> Decision:
    if follower is None or follower.status not in rules.LIVE:
        return no("unfollowed")
    return rules.may_confirm(follower.status, follower.asked_at, now, settings().scaled(rules.CONFIRM_WITHIN))


def _confirmation(rows: Sequence[Row]) -> Mapping[int, Mapping[str, Any]]:
    found = queries.by_ids([row.subject_id for row in rows])
    made: dict[int, Mapping[str, Any]] = {}
    for row in rows:
        follower = found[row.subject_id]
        made[row.id] = {
            "following": follower.status == rules.FOLLOWING,
            "confirm_url": links.signed("follow.confirmation", "follow", follower.id),
            "leave_url": _leave_url(follower.id),
            "until": formats.date_month(follower.asked_at + settings().scaled(rules.CONFIRM_WITHIN)),
            "log_url": links.public("improvements.listing"),
        }
    return made


def _may_tell(rows: Sequence[Row], _now: datetime) -> Mapping[int, Decision]:
    """Decides again just before sending: is it still followed, and is any of it still public?"""
    issues = _Issues(rows)
    decisions: dict[int, Decision] = {}
    for row in rows:
        follower = issues.followers.get(row.subject_id)
        news = len(issues.news(row)) if follower is not None else 0
        decisions[row.id] = rules.may_send(follower.status if follower else "erased", news)
    return decisions


def _digest(rows: Sequence[Row]) -> Mapping[int, Mapping[str, Any]]:
    issues = _Issues(rows)
    log = links.public("improvements.listing")
    blocks: dict[int, News] = {}
    made: dict[int, Mapping[str, Any]] = {}
    for row in rows:
        news = issues.news(row)
        shown = news[:_MOST]
        for one in shown:
            if one.id not in blocks:
                blocks[one.id] = _block(one)
        more = len(news) - len(shown)
        made[row.id] = {"news": [blocks[one.id] for one in shown], "count": len(news), "more": more, "log_url": log}
    return made


class _Issues:
    """What is in the issues of these mails, read once for all of them."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.followers = queries.by_ids([row.subject_id for row in rows])
        self._digests: dict[int, Digest] = queries.by_numbers({row.cycle for row in rows})
        self._news = {one.number: queries.news(one.from_at, one.until_at) for one in self._digests.values()}

    def news(self, row: Row) -> list[Improvement]:
        """What is news to this one; the newest first."""
        follower, digest = self.followers[row.subject_id], self._digests.get(row.cycle)
        if digest is None or follower.confirmed_at is None:
            return []
        after = rules.news_from(digest.from_at, follower.confirmed_at)
        return [one for one in self._news[row.cycle] if one.news_at is not None and one.news_at > after]


def _block(improvement: Improvement) -> News:
    text = shown_text(improvement, str(get_locale()))
    brief, _whole = markdown.beginning(text.we_did)
    return News(
        said=markdown.opening(text.you_said)[0],
        heading=str(words.STATUSES[improvement.status]),
        did_html=markdown.mail_html(brief),
        did_text=markdown.plain(brief),
        lang=text.locale,
        entry_url=links.public("improvements.entry", slug=improvement.slug),
    )


FOLLOW_CONFIRMATION = MailKind(
    CONFIRMATION, None, _may_confirm, _confirmation, timedelta(days=2), in_window=False, readers=_readers
)
FOLLOW_DIGEST = MailKind(DIGEST, "follow", _may_tell, _digest, timedelta(days=6), readers=_readers, way_out=_leave_url)
