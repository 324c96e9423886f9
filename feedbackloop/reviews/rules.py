"""Whom we invite to write a review, how invitations and reviews move, and which places may be offered."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from feedbackloop.core.decisions import YES, Decision, no

ASK_AGAIN_AFTER = timedelta(days=180)
LONGEST_LINK = 500

# Whom a place asks. `satisfied`: who says that it is solved. `everyone`: every complainant, whatever they answered.
AUDIENCES = ("satisfied", "everyone")

# What closes a case for good, and so leads to an invitation: the person's own 'yes', an outcome of their recovery case,
# the end of a check-in that nobody answered, or a time after which nothing is waited for any more.
OCCASIONS = ("confirmed", "outcome", "expired", "limit")

# Outcomes of a recovery case after which nothing follows. `resolved_again` leads to a next check-in, which asks.
FINAL_OUTCOMES = ("solved", "partly", "not_ours", "relation_ended")

# An invitation that was not sent may be planned again, when the person says 'yes' once more. One that is still
# `scheduled`, or said to have bounced, may be used: a mail can arrive whatever its server told us.
INVITATION_MOVES: Mapping[str, frozenset[str]] = {
    "scheduled": frozenset({"sent", "clicked", "reviewed", "cancelled", "suppressed", "expired", "bounced"}),
    "sent": frozenset({"clicked", "reviewed", "bounced"}),
    "clicked": frozenset({"reviewed"}),
    "reviewed": frozenset({"clicked"}),  # a review elsewhere that was matched to it, which staff undid
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

# Up to this figure a review is offered to staff as a complaint.
LOW_RATING = 2
RATINGS = (1, 2, 3, 4, 5)


def may_move(moves: Mapping[str, frozenset[str]], current: str, wanted: str) -> bool:
    return wanted in moves[current]


class Place(Protocol):
    """What an offer needs to know of a destination."""

    @property
    def audience(self) -> str: ...


P = TypeVar("P", bound=Place)


def offer(places: Sequence[P]) -> tuple[str, list[P]]:
    """Whom to ask, and for which of these places, all of which are offered to readers of one language.

    As soon as one of them asks everybody, everybody is asked the same at the same point, and only for places that ask
    everybody: a place for satisfied people rests. Where none does, satisfied people are asked.
    """
    audience = "everyone" if any(one.audience == "everyone" for one in places) else "satisfied"
    return audience, [one for one in places if one.audience == audience]


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
    """Whether a person whose case is closed gets an invitation; the reason is a code that is stored and counted."""
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
    """An invitation just before its mail is sent. `same_case`: the complaint is in its cycle, of its person;
    `case_open`: a recovery case of the complaint is open; `offered`: there is a place to write for its audience."""

    status: str
    complaint_status: str
    same_case: bool
    asked_at: datetime | None
    occasion: str = "confirmed"
    case_open: bool = False
    offered: bool = True


def may_send(unsent: Unsent, now: datetime) -> Decision:
    """Looks again just before sending: much can have happened since the invitation was planned."""
    if unsent.status != "scheduled":
        return no(unsent.status)
    if unsent.occasion != "limit" and not (unsent.same_case and still_closed(unsent)):
        return no("reopened")
    if not unsent.offered:
        return no("no_destination")
    if unsent.asked_at is not None and now - unsent.asked_at < ASK_AGAIN_AFTER:
        return no("asked_recently")
    return YES


def still_closed(unsent: Unsent) -> bool:
    """Whether what closed the case still holds. After an outcome the complaint may well be one that stays open."""
    if unsent.case_open:
        return False
    if unsent.occasion == "confirmed":
        return unsent.complaint_status == "confirmed"
    return unsent.occasion == "outcome" or unsent.complaint_status != "reopened"


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
class Figures:
    """How the reviews of people who were asked in the same way turn out. `average` is None while there are none."""

    count: int
    average: float | None
    distribution: Mapping[int, int]


def may_count(audience: str) -> bool:
    """Whether a page that asks this audience may show an average: of satisfied people alone it would mislead."""
    return audience == "everyone"


def figures(counts: Mapping[int, int]) -> Figures:
    """The average to one decimal, and how many gave each figure, those that nobody gave included."""
    distribution = {rating: counts.get(rating, 0) for rating in RATINGS}
    number = sum(distribution.values())
    total = sum(rating * times for rating, times in distribution.items())
    return Figures(number, round(total / number, 1) if number else None, distribution)


def is_low(rating: int) -> bool:
    return rating <= LOW_RATING


@dataclass(frozen=True)
class Platform:
    """A site with a rule of its own about whom one may ask, and the page on which the rule stands.

    `forbids`: `satisfied`, asking only satisfied people; `asking`, asking anybody; None: it does not say.
    """

    code: str
    name: str
    host: re.Pattern[str]
    forbids: str | None
    source: str


def _hosts(*names: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|\.)(?:{'|'.join(names)})$")


_ENDING = r"\.[a-z]{2,3}(?:\.[a-z]{2})?"

# The sources are named as their owners name them, so that anybody can find how the rule reads today.
PLATFORMS: tuple[Platform, ...] = (
    Platform(
        "google",
        "Google",
        _hosts(f"google{_ENDING}", r"g\.page", r"goo\.gl", r"g\.co"),
        "satisfied",
        "Google Maps user-contributed content policy, ‘Fake engagement’",
    ),
    Platform(
        "trustpilot",
        "Trustpilot",
        _hosts(f"trustpilot{_ENDING}"),
        "satisfied",
        "Trustpilot, ‘Guidelines for Businesses’",
    ),
    Platform("kiyoh", "Kiyoh", _hosts(f"kiyoh{_ENDING}"), None, "Kiyoh, ‘Terms of use customer review system’"),
    Platform(
        "facebook",
        "Facebook",
        _hosts(f"facebook{_ENDING}", r"fb\.com", r"fb\.me"),
        None,
        "Meta, ‘Community Feedback Policy’",
    ),
    Platform("yelp", "Yelp", _hosts(f"yelp{_ENDING}", r"yelp\.to"), "asking", "Yelp, ‘Don’t Ask for Reviews’"),
)
BY_CODE: Mapping[str, Platform] = {one.code: one for one in PLATFORMS}
OTHER = "other"
# What may be chosen as a place: a platform that forbids asking at all cannot.
CHOICES = (*(one.code for one in PLATFORMS if one.forbids != "asking"), OTHER)


@dataclass(frozen=True)
class LinkProblem:
    """Why a link cannot be a destination: unreadable, not_https, credentials, satisfied, asking, other_platform."""

    code: str
    platform: str = ""


def platform_of(link: str) -> str:
    """The code of the platform whose address this is; `other` for any other site's."""
    host = _host(link) or ""
    return next((one.code for one in PLATFORMS if one.host.search(host)), OTHER)


def place_problem(link: str, platform: str, audience: str) -> LinkProblem | None:
    """What is wrong with a place that staff want to offer; None when it may be offered to this audience.

    The platform may be named where its address does not show it; an address that shows another one is refused.
    """
    problem = link_problem(link)
    if problem is not None:
        return problem
    shown = BY_CODE.get(platform_of(link))
    if shown is not None and shown.forbids != "asking" and platform not in (shown.code, OTHER):
        return LinkProblem("other_platform", shown.name)
    found = shown or BY_CODE.get(platform)
    if found is None or found.forbids is None or (found.forbids == "satisfied" and audience == "everyone"):
        return None
    return LinkProblem(found.forbids, found.name)


def link_problem(link: str) -> LinkProblem | None:
    """What is wrong with a link as a link."""
    if len(link) > LONGEST_LINK or not re.fullmatch(r"[\x21-\x7e]+", link) or "\\" in link:
        return LinkProblem("unreadable")
    try:
        parts = urlsplit(link)
        _port = parts.port
    except ValueError:
        return LinkProblem("unreadable")
    if parts.scheme != "https":
        return LinkProblem("not_https")
    if "@" in parts.netloc:
        return LinkProblem("credentials")
    if not re.fullmatch(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]", _host(link) or ""):
        return LinkProblem("unreadable")
    return None


def _host(link: str) -> str | None:
    try:
        return (urlsplit(link).hostname or "").rstrip(".")
    except ValueError:
        return None
