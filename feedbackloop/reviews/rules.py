"""Whom we invite to write a review, how invitations and reviews move, and which places may be offered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from feedbackloop.core.decisions import YES, Decision, no

ASK_AGAIN_AFTER = timedelta(days=180)
LONGEST_LINK = 500

# An invitation that was not sent may be planned again, when the person says 'yes' once more. One that is still
# `scheduled`, or said to have bounced, may be used: a mail can arrive whatever its server told us.
INVITATION_MOVES: Mapping[str, frozenset[str]] = {
    "scheduled": frozenset({"sent", "clicked", "reviewed", "cancelled", "suppressed", "expired", "bounced"}),
    "sent": frozenset({"clicked", "reviewed", "bounced"}),
    "clicked": frozenset({"reviewed"}),
    "reviewed": frozenset(),
    "cancelled": frozenset({"scheduled", "suppressed"}),
    "suppressed": frozenset({"scheduled"}),
    "expired": frozenset({"scheduled", "suppressed"}),
    "bounced": frozenset({"clicked", "reviewed"}),
}

# A decision may be mended; only the person, or their erasure, takes a review away.
REVIEW_MOVES: Mapping[str, frozenset[str]] = {
    "pending": frozenset({"published", "refused", "withdrawn"}),
    "published": frozenset({"refused", "withdrawn"}),
    "refused": frozenset({"published", "withdrawn"}),
    "withdrawn": frozenset(),
}

# Never because a review is negative: that is no reason here.
REFUSALS = ("unlawful", "personal_data", "not_about_us")


def may_move(moves: Mapping[str, frozenset[str]], current: str, wanted: str) -> bool:
    return wanted in moves[current]


@dataclass(frozen=True)
class Invitee:
    """What the decision rests on. `listed`: why the address gets no such mail. `asked_at`: when this person was last
    sent an invitation, for whatever complaint."""

    erased: bool
    has_address: bool
    listed: str | None
    planned_elsewhere: bool
    asked_at: datetime | None


def may_invite(invitee: Invitee, has_destination: bool, now: datetime) -> Decision:
    """Whether a person who said 'yes' gets an invitation; the reason is a code that is stored and counted."""
    if invitee.erased:
        return no("erased")
    if not invitee.has_address:
        return no("no_address")
    if invitee.listed:
        return no(invitee.listed)
    if not has_destination:
        return no("no_destination")
    if invitee.asked_at is not None and now - invitee.asked_at < ASK_AGAIN_AFTER:
        return no("asked_recently")
    if invitee.planned_elsewhere:
        return no("planned_elsewhere")
    return YES


@dataclass(frozen=True)
class Unsent:
    """An invitation just before its mail is sent. `same_case`: the complaint is in its cycle, of its person."""

    status: str
    complaint_status: str
    same_case: bool
    asked_at: datetime | None


def may_send(unsent: Unsent, now: datetime) -> Decision:
    """Looks again just before sending: much can have happened since the invitation was planned."""
    if unsent.status != "scheduled":
        return no(unsent.status)
    if unsent.complaint_status != "confirmed" or not unsent.same_case:
        return no("reopened")
    if unsent.asked_at is not None and now - unsent.asked_at < ASK_AGAIN_AFTER:
        return no("asked_recently")
    return YES


@dataclass(frozen=True)
class Opened:
    """An invitation whose link is opened. `used`: it was sent, or the person did something with it."""

    status: str
    used: bool
    erased: bool
    since: datetime


def may_open(opened: Opened, life: timedelta, now: datetime) -> Decision:
    """Whether the link of an invitation works; the reason is `not_found` or `expired`."""
    unsent = opened.status in ("cancelled", "suppressed", "expired") and not opened.used
    if opened.erased or unsent:
        return no("not_found")
    return no("expired") if now >= opened.since + life else YES


@dataclass(frozen=True)
class Platform:
    """A place with a rule of its own about whom one may ask."""

    name: str
    host: re.Pattern[str]
    forbids: str  # satisfied: asking only satisfied people; asking: asking anybody


def _hosts(*names: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|\.)(?:{'|'.join(names)})$")


_ENDING = r"\.[a-z]{2,3}(?:\.[a-z]{2})?"

# Google Maps user contributed content policy (no soliciting of selected people); Trustpilot, guidelines for
# businesses (invite all or a neutral sample); Yelp, 'Don't ask for reviews'.
PLATFORMS: tuple[Platform, ...] = (
    Platform("Google", _hosts(f"google{_ENDING}", r"g\.page", r"goo\.gl", r"g\.co"), "satisfied"),
    Platform("Trustpilot", _hosts(f"trustpilot{_ENDING}"), "satisfied"),
    Platform("Yelp", _hosts(f"yelp{_ENDING}", r"yelp\.to"), "asking"),
)


@dataclass(frozen=True)
class LinkProblem:
    """Why a link cannot be a destination: unreadable, not_https, credentials, satisfied or asking."""

    code: str
    platform: str = ""


def link_problem(link: str) -> LinkProblem | None:
    """What is wrong with a link that staff want to offer; None when it may be offered."""
    if len(link) > LONGEST_LINK or not re.fullmatch(r"[\x21-\x7e]+", link) or "\\" in link:
        return LinkProblem("unreadable")
    try:
        parts = urlsplit(link)
        host, _port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return LinkProblem("unreadable")
    if parts.scheme != "https":
        return LinkProblem("not_https")
    if "@" in parts.netloc:
        return LinkProblem("credentials")
    if not re.fullmatch(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]", host):
        return LinkProblem("unreadable")
    found = next((platform for platform in PLATFORMS if platform.host.search(host)), None)
    return LinkProblem(found.forbids, found.name) if found else None
