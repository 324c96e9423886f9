"""When an address is asked to confirm, and when there is a digest. Values in, decision out."""

from __future__ import annotations

from datetime import datetime, timedelta

from feedbackloop.core.decisions import YES, Decision, no

ASKED, FOLLOWING = "asked", "following"
LIVE = (ASKED, FOLLOWING)
ENDS = ("left", "declined", "forgotten", "removed", "erased")
STATUSES = (*LIVE, *ENDS)

# One mail to confirm a day, so that nobody fills the mailbox of somebody else.
ASK_AGAIN = timedelta(days=1)
CONFIRM_WITHIN = timedelta(days=7)
BETWEEN_DIGESTS = timedelta(days=7)


def may_ask(asked_at: datetime, now: datetime, again: timedelta = ASK_AGAIN) -> Decision:
    """Whether an address that is known already gets another mail to confirm."""
    return YES if now - asked_at >= again else no("asked_recently")


def may_confirm(status: str, asked_at: datetime, now: datetime, within: timedelta = CONFIRM_WITHIN) -> Decision:
    """Whether the link in a mail to confirm still works. Reasons: what it ended as, or `too_late`."""
    if status == FOLLOWING:
        return YES
    if status != ASKED:
        return no(status)
    return YES if now - asked_at < within else no("too_late")


def is_due(last_made_at: datetime | None, now: datetime, between: timedelta = BETWEEN_DIGESTS) -> bool:
    """Whether enough time went by since the issue before; there need not be news yet."""
    return last_made_at is None or now - last_made_at >= between


def news_from(issue_from: datetime, confirmed_at: datetime) -> datetime:
    """After which moment something is news to a follower: what stood in the log when they came is not."""
    return max(issue_from, confirmed_at)


def may_send(status: str, news: int) -> Decision:
    """Whether a digest still goes, just before sending."""
    if status != FOLLOWING:
        return no("unfollowed")
    return YES if news else no("nothing_to_tell")
