"""What is counted, and as what. Each step is defined here and nowhere else.

The unit is a complaint in its latest resolution. A person with two complaints is counted with each of them, because
each was solved, asked about and answered by itself. It stands in the week (local, from Monday) in which it was resolved
last; resolved anew, it leaves the week it stood in.

    resolved    it was resolved, whatever came after
    asked       the check-in of that resolution was mailed, or answered by telephone
    answered    the latest answer to it is yes, partly or no; 'I cannot say yet' is none
    satisfied   that answer is yes
    invited     the invitation to write a review was mailed
    clicked     a place to write was chosen
    reviewed    a review of theirs is known, on our page or matched from another site; or marketing put them there
    ambassador  marketing made them one, and this is the complaint they are shown by

Each step is inside the one before: who came to a step is counted in all before it, and who did not say yes is in none
behind 'satisfied'. So no share is over 100 %.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from feedbackloop.ambassadors.rules import band

# A change of what is counted raises this: the kept numbers are counted anew.
VERSION = 1

STEPS = ("resolved", "asked", "answered", "satisfied", "invited", "clicked", "reviewed", "ambassador")
ANSWERS = ("yes", "partly", "no")

# What numbers are told apart by. Cells are kept for every selection of these; the bits of a selection are its kind.
DIMENSIONS = ("category", "handler", "locale", "destination")
BITS = {name: 1 << place for place, name in enumerate(DIMENSIONS)}
KINDS = tuple(range(1 << len(DIMENSIONS)))
# Typical days are kept for everybody and for one selection at a time.
DAYS_KINDS = (0, *BITS.values())
MOST_DAYS = 400

# What a cell adds up, in the order of its columns.
MEASURES = (
    *STEPS,
    "partly",
    "no",
    "promoter",
    "passive",
    "detractor",
    "again_answered",
    "again_satisfied",
    "again_promoter",
    "again_passive",
    "again_detractor",
)

# A week's numbers still rise while people are asked, reminded and invited.
RISES_FOR = timedelta(weeks=3)
LONGEST = timedelta(weeks=106)


@dataclass(frozen=True)
class Raw:
    """What the tables hold of one complaint, its latest resolution and its person."""

    complaint_id: int
    cycle: int
    category: str | None
    handler: str | None
    locale: str | None
    resolved_at: datetime | None
    sent_at: datetime | None
    first_answered_at: datetime | None
    answer: str | None
    answered_at: datetime | None
    recommend: int | None
    invited_at: datetime | None
    clicked_at: datetime | None
    invitation: str | None
    destination_id: int | None
    reviewed_at: datetime | None
    stage: str | None
    stage_since: datetime | None
    reviewed_before: bool


@dataclass(frozen=True)
class Fact:
    """One complaint as it is counted. `reached` is the furthest of STEPS; `days` to each step behind the first."""

    complaint_id: int
    week: date
    category: str
    handler: str
    locale: str
    destination: str
    reached: int
    answer: str
    band: str
    again: bool
    days: tuple[int | None, ...]

    def values(self, kind: int) -> tuple[str, ...]:
        """Where cells of this kind add it: '' for what the kind does not tell apart, and for what is not known."""
        return tuple(getattr(self, name) if kind & BITS[name] else "" for name in DIMENSIONS)

    def measures(self) -> tuple[int, ...]:
        """What it adds to each of MEASURES."""
        answered, satisfied = self.reached >= 2, self.reached >= 3
        bands = [self.band == name for name in ("promoter", "passive", "detractor")]
        again = [self.again and one for one in (answered, satisfied, *bands)]
        given = [
            *(self.reached >= step for step in range(len(STEPS))),
            self.answer == "partly",
            self.answer == "no",
            *bands,
            *again,
        ]
        return tuple(int(one) for one in given)


def fact(raw: Raw, zone: ZoneInfo) -> Fact | None:
    """The complaint as it is counted; None for one that was never resolved."""
    if raw.cycle < 1 or raw.resolved_at is None:
        return None
    answer = raw.answer if raw.answer in ANSWERS else ""
    reached = _reached(raw, answer)
    moments = (
        raw.resolved_at,
        raw.sent_at or raw.first_answered_at,
        raw.first_answered_at,
        raw.answered_at,
        raw.invited_at,
        raw.clicked_at,
        raw.reviewed_at,
        raw.stage_since if reached == STEPS.index("ambassador") else None,
    )
    chosen = raw.destination_id is not None and reached >= STEPS.index("clicked")
    return Fact(
        complaint_id=raw.complaint_id,
        week=week_of(raw.resolved_at, zone),
        category=raw.category or "",
        handler=(raw.handler or "")[:200],
        locale=language(raw.locale),
        destination=str(raw.destination_id) if chosen else "",
        reached=reached,
        answer=answer,
        band=band(raw.recommend) if answer else "",
        again=raw.cycle > 1,
        days=tuple(_days(moments, reached, zone)),
    )


def _reached(raw: Raw, answer: str) -> int:
    if not answer:
        return 1 if raw.sent_at or raw.answer else 0
    if answer != "yes":
        return 2
    if raw.stage == "ambassador":
        return 7
    if raw.invitation == "reviewed" or (raw.stage == "reviewed" and not raw.reviewed_before):
        return 6
    if raw.invited_at is None:
        return 3
    return 5 if raw.clicked_at or raw.invitation == "clicked" else 4


def _days(moments: tuple[datetime | None, ...], reached: int, zone: ZoneInfo) -> Iterator[int | None]:
    """Local days from each step to the next; None where the next was not reached, or a moment is not known."""
    for step in range(1, len(STEPS)):
        before, after = moments[step - 1], moments[step]
        if step > reached or before is None or after is None:
            yield None
            continue
        passed = (after.astimezone(zone).date() - before.astimezone(zone).date()).days
        yield min(max(passed, 0), MOST_DAYS)


def week_of(moment: datetime, zone: ZoneInfo) -> date:
    """The local Monday of its week."""
    return monday(moment.astimezone(zone).date())


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def language(locale: str | None) -> str:
    """'nl' of 'nl-BE'; '' where it is not known."""
    return (locale or "").replace("_", "-").split("-")[0].lower()[:16]


def rises(week: date, today: date) -> bool:
    """Whether the numbers of this week are not final by far."""
    return week + timedelta(days=7) + RISES_FOR > today


def median(days: dict[int, int]) -> int | None:
    """The fewest days within which half of them went; None without any."""
    half, so_far = (sum(days.values()) + 1) // 2, 0
    for passed in sorted(days):
        so_far += days[passed]
        if so_far >= half > 0:
            return passed
    return None
