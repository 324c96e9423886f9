"""An improvement as the public reads it, in one language: the same on the page, in the embed and in the feeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from feedbackloop.core import clock, links
from feedbackloop.core.history import History
from feedbackloop.improvements import effects, markdown, queries, rules
from feedbackloop.improvements.effect import Effect
from feedbackloop.improvements.models import Improvement, ImprovementText


@dataclass(frozen=True)
class Entry:
    """`said` is one line of plain words, `said_more` what follows it; `did_brief` is the first part of `did`.

    `lang` is the language of the words, `people` is None where they are too few to say; `at` is when the status became
    known. `effect` is what it changed, where that was asked for.
    """

    id: int
    slug: str
    url: str
    lang: str
    said: str
    said_more: Markup
    said_plain: str
    did: Markup
    did_brief: Markup
    did_is_brief: bool
    did_plain: str
    status: str
    category: str | None
    people: int | None
    at: datetime
    published_at: datetime
    updated_at: datetime
    effect: Effect | None = None


def entries(
    improvements: Sequence[Improvement], locale: str, *, framed: bool = False, measured: bool = False
) -> list[Entry]:
    """These improvements in a language; with `framed` their links lead out of the frame that they stand in, with
    `measured` they say what they changed."""
    people = queries.people_behind([one.id for one in improvements])
    changed = effects.of(improvements) if measured else {}
    return [
        entry(one, shown_text(one, locale), people.get(one.id, 0), framed=framed, effect=changed.get(one.id))
        for one in improvements
    ]


def entry(
    improvement: Improvement,
    text: ImprovementText,
    people: int,
    *,
    framed: bool = False,
    effect: Effect | None = None,
) -> Entry:
    """One improvement with these words; it need not be stored, so that a preview shows what the page will show."""
    said, rest = markdown.opening(text.you_said)
    answer = text.answer(improvement.status)
    brief, whole = markdown.beginning(answer)
    now = clock.now()
    return Entry(
        id=improvement.id,
        slug=improvement.slug,
        url=links.public("improvements.entry", slug=improvement.slug),
        lang=text.locale,
        said=said,
        said_more=markdown.html(rest, framed=framed),
        said_plain=markdown.plain(text.you_said),
        did=markdown.html(answer, framed=framed),
        did_brief=markdown.html(brief, framed=framed),
        did_is_brief=whole,
        did_plain=markdown.plain(answer),
        status=improvement.status,
        category=improvement.category,
        people=rules.shown_people(people),
        at=improvement.news_at or now,
        published_at=improvement.published_at or now,
        updated_at=improvement.updated_at,
        effect=effect,
    )


@dataclass(frozen=True)
class Step:
    """Something that happened, for the public: `what` is seen, moved, published, corrected, hidden or back."""

    at: datetime
    what: str
    status: str | None


# A text that changes with the status is no correction of what stood there.
_AT_ONCE = timedelta(minutes=1)
_STEPS: Mapping[str, str] = {"created": "seen", "moved": "moved", "published": "published", "unpublished": "hidden"}


def steps(history: Sequence[History]) -> list[Step]:
    """The dated story of an improvement, in order. Words that changed count from when the public could read them."""
    found: list[Step] = []
    was_public = False
    for row in history:
        what = _STEPS.get(row.what)
        if row.what == "published" and was_public:
            what = "back"
        if row.what == "edited" and was_public:
            what = "corrected"
        was_public = was_public or row.what == "published"
        if what is not None:
            found.append(Step(row.at, what, row.to_state))
    moved = [one.at for one in found if one.what == "moved"]
    return [one for one in found if one.what != "corrected" or not any(abs(one.at - at) < _AT_ONCE for at in moved)]


def shown_text(improvement: Improvement, locale: str) -> ImprovementText:
    """The words in this language, or those in the language they were written in."""
    by_locale = {one.locale: one for one in improvement.texts}
    return by_locale[rules.shown_language(locale, improvement.locale, by_locale)]
