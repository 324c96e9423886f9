"""The verbs of the story library: begin, change, ask, agree, publish, take off. A person's word ends each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from feedbackloop.ambassadors import rules as people
from feedbackloop.ambassadors import story_queries as queries
from feedbackloop.ambassadors import story_rules as rules
from feedbackloop.ambassadors.story_models import Story, StoryVersion
from feedbackloop.ambassadors.story_rules import NOBODY, PERSON, QUOTE, STAFF, STORY, Recipient
from feedbackloop.config import settings
from feedbackloop.core import clock, history
from feedbackloop.core.decisions import Decision, no
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.core.history import Change
from feedbackloop.core.text import slug
from feedbackloop.extensions import db
from feedbackloop.mailing import optouts
from feedbackloop.mailing import service as mailing
from feedbackloop.people import queries as customers

MAIL = "story_agreement"
PURPOSE = "review"
_SLUG_LENGTH = 60


@dataclass(frozen=True)
class Words:
    """What a story says. A quote has no title."""

    text: str
    title: str | None = None


@dataclass(frozen=True)
class About:
    """Whom and what a story is about."""

    complaint_id: int | None
    customer_id: int | None
    category: str | None
    locale: str


class NotTheirWords(Conflict):
    """A quote that says something that its person did not write."""


def begin(kind: str, about: About, words: Words, actor: str, *, sample: bool = False) -> Story:
    """A draft of ours, of a story or of an exception that worked."""
    return _new(kind, about, words, actor, sample=sample)


def quote(kind_of_source: str, source_id: int, actor: str, *, sample: bool = False) -> Story:
    """Puts words that their writer allows into the library, whole: nobody need agree to them again.

    Raises NotFound where they are not (any more) allowed, and Conflict where they stand there already.
    """
    found = (queries.quotable_reviews if kind_of_source == "review" else queries.quotable_answers)(None, 1, source_id)
    if not found:
        raise NotFound
    (one,) = found
    about = About(one.complaint_id, one.customer_id, one.category, settings().pick_locale(one.locale))
    story = _new(QUOTE, about, Words(one.text), actor, source={f"{kind_of_source}_id": one.id}, sample=sample)
    story.stands_on = QUOTE
    if "name" in queries.allowed([story.id]).get(story.id, ()):
        known = customers.by_ids([one.customer_id]).get(one.customer_id)
        story.shown_name = people.first_name(known.name) if known else None
    move(story, "agreed", "quoted", actor)
    story.agreed_at = clock.now()
    return story


def edit(story_id: int, seen: int, words: Words, actor: str) -> Story:
    """Other words: they are a draft, and what was agreed to before counts for them no more.

    Raises NotFound, Conflict (`theirs`, `changed`: there is a newer version), NotTheirWords for a changed quote.
    """
    story = held(story_id)
    if story.version != seen:
        raise Conflict(code="changed")
    if (story.text, story.title) == (words.text, words.title):
        return story
    refuse(rules.may_edit(story.status, story.reason))
    if story.kind == QUOTE and not any(rules.is_excerpt(words.text, one) for one in _their_words(story)):
        raise NotTheirWords(code="not_their_words")
    stop_asking(story, "gone")
    write(story, words, actor)
    if story.status != "draft":
        move(story, "draft", "edited", actor)
    story.stands_on = story.agreed_at = None
    db.session.flush()
    return story


def settle(story_id: int, actor: str) -> Story:
    """Makes a draft ready that nobody has to agree to. Raises NotFound, and Conflict where somebody has to."""
    story = held(story_id)
    reason = agreed_already(story)
    if reason is None or story.status != "draft":
        raise Conflict(code="not_agreed")
    story.stands_on = NOBODY if reason == "names_nobody" else QUOTE
    story.agreed_at = clock.now()
    move(story, "agreed", reason, actor)
    return story


def ask(story_id: int, actor: str) -> Decision:
    """Shows the words to their person by mail; a decision against it is kept with its reason.

    Raises NotFound, and Conflict where this version is under way or the story is not a draft.
    """
    story = held(story_id)
    if story.status == "asked" and not is_expired(story.versions[-1]):
        raise Conflict(code="under_way")
    if story.status == "asked":
        move(story, "draft", "link_expired", actor)
    may = may_ask(story)
    if may.reason == "not_from_here":
        raise Conflict(code=may.reason)
    now = clock.now()
    last = story.versions[-1]
    if last.asked_at is not None:  # a link opens one asking: another one gets another link
        last = write(story, Words(story.text or "", story.title), actor)
    last.not_sent = may.reason
    if may:
        last.asked_at = now
        move(story, "asked", None, actor)
        mailing.plan_mails([mailing.NewMail(MAIL, last.id, now, 1, story.complaint_id, story.customer_id)])
    else:
        record(story, "not_asked", actor, story.status, may.reason)
    db.session.flush()
    return may


def take_words(story_id: int, version_id: int, take: bool, actor: str) -> Story:
    """What staff do with the words that the person would rather have: theirs hold as they are, or ours stay a draft.

    Raises NotFound, and Conflict where there is nothing (more) to decide.
    """
    story = held(story_id)
    last = story.versions[-1]
    if last.id != version_id or last.answer != "changes" or last.decision is not None or not last.words:
        raise Conflict(code="decided")
    last.decision = "taken" if take else "declined"
    if take:
        refuse(rules.may_move(story.status, "agreed", PERSON))
        allowed = queries.allowed([story.id]).get(story.id, set())
        if STORY not in allowed:
            raise Conflict(code="no_consent")
        asked = last.asked_at
        new = write(story, Words(last.words, story.title), f"customer:{story.customer_id}")
        # Their own words, on the link that they have: it goes on to be theirs.
        new.asked_at, new.answer, new.answered_at, new.named = asked, "yes", last.answered_at, last.named
        story.stands_on, story.agreed_at = STORY, clock.now()
        story.shown_name = last.named if "name" in allowed else None
        move(story, "agreed", "their_words", actor)
    else:
        record(story, "declined", actor, story.status)
    db.session.flush()
    return story


def publish(story_id: int, actor: str, looked_at: Sequence[str] = ()) -> Story:
    """Shows it to the public. `looked_at`: kinds of personal data in it that staff let stand.

    Raises NotFound, Conflict.
    """
    story = held(story_id)
    refuse(may_publish(story))
    story.published_at = clock.now()
    move(story, "published", None, actor, {"let_stand": sorted(set(looked_at))} if looked_at else None)
    return story


def take_off(story_id: int, actor: str) -> Story:
    """Takes it off every page; it stays agreed, and can be put back. Raises NotFound, Conflict."""
    story = held(story_id)
    refuse(rules.may_move(story.status, "agreed", STAFF))
    move(story, "agreed", "taken_off", actor)
    return story


def set_aside(story_id: int, actor: str) -> Story:
    """Staff want it no more: nobody is asked and nothing is shown. Raises NotFound, Conflict."""
    story = held(story_id)
    refuse(rules.may_move(story.status, "withdrawn", STAFF))
    stop_asking(story, "gone")
    move(story, "withdrawn", "set_aside", actor)
    return story


# What may be done


def may_ask(story: Story) -> Decision:
    """Whether its person may be asked now."""
    who = story.customer
    if who is None:
        return no("no_customer") if story.status == "draft" else no("not_from_here")
    suppressed = optouts.reasons([who.email], PURPOSE, clock.now()).get(who.email) if who.email else None
    recipient = Recipient(
        known=True,
        has_address=who.email is not None,
        erased=who.erased_at is not None,
        open_again=is_open_again(story),
        suppressed=suppressed,
    )
    return rules.may_ask(story.status, recipient)


def may_publish(story: Story) -> Decision:
    """Whether the public may see it now."""
    stands = story.stands_on == NOBODY or story.stands_on in queries.allowed([story.id]).get(story.id, ())
    return rules.may_publish(story.status, stands and queries.is_still_said(story), is_open_again(story))


def agreed_already(story: Story) -> str | None:
    """Why nobody need be asked for the words as they stand."""
    source = queries.source_of(story) if story.kind == QUOTE else None
    allowed = [source] if source and "quote" in queries.allowed([story.id]).get(story.id, ()) else []
    return rules.agreed_already(story.kind, story.customer_id is not None, story.text or "", allowed)


def is_open_again(story: Story) -> bool:
    return story.complaint is not None and story.complaint.status in ("open", "reopened")


def is_expired(version: StoryVersion) -> bool:
    """Whether the link of this version lives no more."""
    asked: datetime | None = version.sent_at or version.asked_at
    return asked is not None and clock.now() >= asked + settings().scaled(settings().link_life)


# What the verbs are made of; `story_answers` uses them too.


def _new(
    kind: str,
    about: About,
    words: Words,
    actor: str,
    *,
    source: Mapping[str, int] | None = None,
    sample: bool = False,
) -> Story:
    now = clock.now()
    story = Story(
        slug=uuid4().hex,
        kind=kind,
        customer_id=about.customer_id,
        complaint_id=about.complaint_id,
        status="draft",
        version=0,
        locale=about.locale,
        category=about.category,
        created_by=actor,
        created_at=now,
        updated_at=now,
        sample=sample,
        **(source or {}),
    )
    queries.add(story)
    # A title is of ours; a quote's own words do not become an address.
    story.slug = f"{slug(words.title or kind, _SLUG_LENGTH) or kind}-{story.id}"
    write(story, words, actor)
    record(story, "created", actor, None, kind)
    return story


def write(story: Story, words: Words, actor: str) -> StoryVersion:
    """A new version of the words."""
    now = clock.now()
    story.version += 1
    story.title, story.text, story.updated_at = words.title, words.text, now
    story.own_words = story.kind == QUOTE or actor.startswith("customer:")
    written = StoryVersion(
        story_id=story.id,
        number=story.version,
        title=words.title,
        text=words.text,
        written_by=actor,
        written_at=now,
    )
    story.versions.append(written)
    db.session.flush()
    if story.version > 1:
        record(story, "edited", actor, story.status, detail={"version": story.version})
    return written


def _their_words(story: Story) -> list[str]:
    """What the quote's person wrote: there, and to us about it."""
    source = queries.source_of(story)
    return [one for one in (source, *(version.words for version in story.versions)) if one]


def held(story_id: int) -> Story:
    story = queries.lock(story_id)
    if story is None:
        raise NotFound
    return story


def refuse(decision: Decision) -> None:
    if not decision:
        raise Conflict(code=decision.reason)


def stop_asking(story: Story, reason: str) -> None:
    if story.status == "asked":
        mailing.cancel_unsent(MAIL, [one.id for one in story.versions], reason)


def move(story: Story, status: str, reason: str | None, actor: str, detail: Mapping[str, object] | None = None) -> None:
    before, story.status, story.reason, story.updated_at = story.status, status, reason, clock.now()
    db.session.flush()
    record(story, "moved", actor, before, reason, dict(detail) if detail else None)


def record(
    story: Story,
    what: str,
    actor: str,
    before: str | None,
    reason: str | None = None,
    detail: dict[str, object] | None = None,
) -> None:
    history.record(Change(actor, "story", story.id, what, story.complaint_id, before, story.status, reason, detail))
