"""Whom rules suggest as an ambassador, and whose turn it is to look after somebody. Values in, decision out.

A rule moves nobody and mails nobody: it says why somebody may be worth a look, and marketing decide.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from feedbackloop.core.decisions import YES, Decision, no

# In this order: of several rules that hold for a person at once, the first one speaks.
RULES = ("reviewed_well", "recommends", "offers_more")
SUGGESTED_STAGE = "ambassador"

STATUSES = ("waiting", "accepted", "declined", "withdrawn")
DECLINES = ("asked_before", "wrong_moment", "not_fitting", "rather_not")

LONGEST_DAYS = 730


@dataclass(frozen=True)
class Setting:
    """How marketing set a rule. `days` is how long the person stands in their stage at least, `cool_down` for how many
    days after a suggestion the same person is not suggested again, whatever the rule."""

    active: bool = False
    rating: int | None = None
    recommend: int | None = None
    consent: str = "contact"
    days: int = 0
    cool_down: int = 90


DEFAULTS: Mapping[str, Setting] = {
    "reviewed_well": Setting(active=True, rating=4),
    "recommends": Setting(recommend=9, days=14),
    "offers_more": Setting(consent="reference", days=7),
}


def read(rule: str, active: bool, kept: Mapping[str, Any]) -> Setting:
    """The setting of a rule from what is kept of it; what is missing is as in DEFAULTS."""
    names = ("rating", "recommend", "consent", "days", "cool_down")
    return replace(DEFAULTS[rule], active=active, **{name: kept[name] for name in names if name in kept})


@dataclass(frozen=True)
class Person:
    """What a rule is told. `rating` is of their latest review; `since_suggested` how many days ago any rule spoke of
    them last; `known` the rules that did so before, and may not do it again."""

    stage: str
    days: int
    consents: Collection[str]
    recommend: int | None
    rating: int | None
    open_complaint: bool
    put_off: bool
    off_board: bool = False
    since_suggested: int | None = None
    known: Collection[str] = ()


def holds(rule: str, setting: Setting, person: Person) -> Decision:
    """Whether what the rule says is true of the person now."""
    if person.off_board or person.open_complaint:
        return no("open_complaint")
    if person.stage == SUGGESTED_STAGE:
        return no("ambassador")
    if person.put_off:
        return no("not_now")
    if setting.consent not in person.consents:
        return no("no_consent")
    if rule == "reviewed_well" and person.stage != "reviewed":
        return no("no_review")
    if setting.rating is not None and person.rating is None:
        return no("no_review")
    if setting.rating is not None and (person.rating or 0) < setting.rating:
        return no("rating_too_low")
    if setting.recommend is not None and (person.recommend is None or person.recommend < setting.recommend):
        return no("mark_too_low")
    if person.days < setting.days:
        return no("too_soon")
    return YES


def may_suggest(rule: str, setting: Setting, person: Person) -> Decision:
    """Whether the rule speaks of the person now."""
    if not setting.active:
        return no("off")
    if rule in person.known:
        return no("suggested_before")
    found = holds(rule, setting, person)
    if found and person.since_suggested is not None and person.since_suggested < setting.cool_down:
        return no("cooling_down")
    return found


def facts(rule: str, setting: Setting, person: Person) -> dict[str, Any]:
    """What the rule saw and what it asks for, to be kept with the suggestion: numbers and codes."""
    seen: dict[str, Any] = {"days": person.days, "consent": setting.consent, "stage": person.stage}
    if setting.rating is not None:
        seen |= {"rating": person.rating, "least_rating": setting.rating}
    if setting.recommend is not None:
        seen |= {"recommend": person.recommend, "least_recommend": setting.recommend}
    if setting.days:
        seen["least_days"] = setting.days
    return seen


@dataclass(frozen=True)
class Member:
    """A colleague who takes part in the rotation."""

    staff_id: int
    given_at: datetime | None


def in_turn(members: Sequence[Member], people: int) -> list[int]:
    """Who gets each of so many people: who was given somebody longest ago first, and then round and round."""
    order = [
        one.staff_id for one in sorted(members, key=lambda one: (one.given_at is not None, one.given_at, one.staff_id))
    ]
    return [order[place % len(order)] for place in range(people)] if order else []


def look_from(looked_until: datetime, lag: timedelta = timedelta(minutes=15)) -> datetime:
    """From when newcomers are looked at: a little before the last look, for who was on the way in then."""
    return looked_until - lag
