"""The verbs of improvements: write, change, link, publish, take off. Who is told of it follows in `tellings`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from feedbackloop.config import settings
from feedbackloop.core import clock, events, history
from feedbackloop.core.errors import Conflict, NotFound, Unprocessable
from feedbackloop.core.history import Change
from feedbackloop.core.unset import UNSET, Unset, given
from feedbackloop.extensions import db
from feedbackloop.improvements import behind, gate, markdown, queries, rules, steps, tellings, versions
from feedbackloop.improvements.events import MilestoneReached
from feedbackloop.improvements.gate import PersonalDataFound as PersonalDataFound
from feedbackloop.improvements.models import Improvement
from feedbackloop.improvements.rules import Words as Words

_SLUG_TRIES = 1000


@dataclass(frozen=True)
class NewImprovement:
    """What one is made of. `texts` by language; `locale` is the one it was written in.

    The owner is an account (`owner_id`), or somebody without one (`owner_name`).
    """

    locale: str
    texts: Mapping[str, Words]
    status: str = "planned"
    category: str | None = None
    owner_id: int | None = None
    owner_name: str | None = None
    target_on: date | None = None
    complaint_ids: Collection[int] = ()
    step_id: int | None = None  # the step that it begins with, which its person agreed to
    sample: bool = False


@dataclass(frozen=True)
class Changes:
    """What becomes different. A language that is not named stays, None takes it out; `complaint_ids` replaces all.

    `notes` say in short, by language, what a correction of public words changes.
    """

    status: str | Unset = UNSET
    category: str | Unset | None = UNSET
    owner_id: int | Unset | None = UNSET
    owner_name: str | Unset | None = UNSET
    target_on: date | Unset | None = UNSET
    locale: str | Unset = UNSET
    texts: Mapping[str, Words | None] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    complaint_ids: Collection[int] | Unset = UNSET


def create(new: NewImprovement, actor: str) -> Improvement:
    """Writes a draft, which nobody but staff sees. Raises Unprocessable, naming the field; Conflict where its step is
    the start of another one already."""
    _check_locales(new.locale, new.texts)
    now = clock.now()
    row = {
        "status": new.status,
        "category": new.category,
        "owner_id": new.owner_id,
        "owner_name": new.owner_name,
        "target_on": new.target_on,
        "locale": new.locale,
        "done_at": now if new.status == "done" else None,
        "version": 1,
        "sample": new.sample,
        "created_at": now,
        "updated_at": now,
    }
    improvement_id = _insert(_slug_of(new.texts[new.locale]), row)
    queries.write_texts(improvement_id, new.texts)
    improvement = _held(improvement_id)
    history.record(Change(actor, "improvement", improvement_id, "created", to_state=new.status))
    if new.step_id is not None and not steps.use(new.step_id, improvement_id):
        raise Conflict(code="step_used")
    behind.add(improvement, new.complaint_ids, actor)
    return improvement


def update(improvement_id: int, changes: Changes, actor: str, *, asker: str | None = None) -> Improvement:
    """Changes an improvement; what the public sees becomes another version, and tells whoever a milestone concerns.

    Raises Unprocessable naming the field, Conflict where the status cannot follow, PersonalDataFound where the gate
    stops words that would be public at once. `asker` wants them public, where that is not the actor.
    """
    improvement = _held(improvement_id)
    was = improvement.status
    worded = _change_texts(improvement, changes, actor)
    recategorised = _change_category(improvement, changes.category, actor)
    moved = _move(improvement, changes.status, actor)
    _check_reasons(improvement, was, changes)
    improvement.owner_id = given(changes.owner_id, improvement.owner_id)
    improvement.owner_name = given(changes.owner_name, improvement.owner_name)
    improvement.target_on = given(changes.target_on, improvement.target_on)
    linked: list[int] = []
    taken = False
    if not isinstance(changes.complaint_ids, Unset):
        linked, taken = behind.replace(improvement, changes.complaint_ids, actor)
    if worded or recategorised or moved:
        improvement.version += 1
        improvement.updated_at = clock.now()
    db.session.flush()
    if improvement.public:
        if worded or recategorised or linked:
            gate.check(improvement, asker or actor, changes.notes)
        if worded:
            versions.add(improvement, actor, changes.notes)
        reached = rules.milestone_reached(True, was, True, improvement.status)
        if reached is None and (linked or taken):
            # Somebody with another complaint behind it is told after all, for that one.
            reached = rules.milestone(improvement.status)
        _tell(improvement, reached)
    return improvement


def link(improvement_id: int, complaint_ids: Collection[int], actor: str) -> list[int]:
    """Adds complaints; who is behind the new ones is told as well where the improvement is public. The new ones.

    Raises PersonalDataFound where public words hold something of the new ones: the words go first.
    """
    improvement = _held(improvement_id)
    linked = behind.add(improvement, complaint_ids, actor)
    if linked and improvement.public:
        gate.check(improvement, actor)
        _tell(improvement, rules.milestone(improvement.status))
    return linked


def unlink(improvement_id: int, complaint_ids: Collection[int], actor: str) -> None:
    """Takes complaints away, and with them what their people were still to be told."""
    improvement = _held(improvement_id)
    if behind.take(improvement, complaint_ids, actor) and improvement.public:
        _tell(improvement, rules.milestone(improvement.status))


def publish(improvement_id: int, actor: str, notes: Mapping[str, str] | None = None) -> Improvement:
    """Puts it on the public page as a dated version and tells whoever is behind it. Doing it again changes nothing.

    Raises PersonalDataFound where the gate stops it, Conflict for an idea. `notes` say what changed since the public
    last read it.
    """
    improvement = _held(improvement_id)
    if improvement.public:
        return improvement
    allowed = rules.may_publish(improvement.status)
    if not allowed:
        raise Conflict(fields={"status": ["an idea is not published: first say what you will do"]}, code=allowed.reason)
    gate.check(improvement, improvement.asked_by or actor, notes)
    if improvement.published_at is None:
        _name_after_its_words(improvement)
    now = clock.now()
    improvement.published_at = improvement.published_at or now
    improvement.unpublished_at = improvement.asked_by = improvement.asked_at = None
    improvement.news_at = improvement.news_at or now
    improvement.updated_at = now
    db.session.flush()
    versions.add(improvement, actor, notes or {})
    history.record(Change(actor, "improvement", improvement.id, "published", to_state=improvement.status))
    _tell(improvement, rules.milestone_reached(False, None, True, improvement.status))
    return improvement


def unpublish(improvement_id: int, actor: str) -> Improvement:
    """Takes it off the public page; mails that were not sent yet are cancelled. Doing it again changes nothing."""
    improvement = _held(improvement_id)
    if not improvement.public:
        return improvement
    improvement.unpublished_at = improvement.updated_at = clock.now()
    db.session.flush()
    history.record(Change(actor, "improvement", improvement.id, "unpublished", from_state=improvement.status))
    tellings.take_back(improvement.id, "unpublished")
    return improvement


def ask(improvement_id: int, actor: str) -> None:
    """Asks for a second person to look at what the gate found. Whoever asks is not that person."""
    improvement = _held(improvement_id)
    if improvement.asked_by is None:
        improvement.asked_by, improvement.asked_at = actor, clock.now()
        history.record(Change(actor, "improvement", improvement.id, "asked"))


def overrule(improvement_id: int, ref: str, actor: str) -> None:
    """Lets one thing that the gate found stand, as a second person. Raises gate.NotByYou, Conflict."""
    improvement = _held(improvement_id)
    gate.overrule(improvement, gate.judged(improvement), ref, gate.writers_of(improvement_id), actor)


def _held(improvement_id: int) -> Improvement:
    found = queries.lock(improvement_id)
    if found is None:
        raise NotFound
    return found


def _slug_of(words: Words) -> str:
    return rules.slug_of(markdown.opening(words.you_said)[0])


def _insert(base: str, row: Mapping[str, object]) -> int:
    for number in range(1, _SLUG_TRIES):
        found = queries.insert({**row, "slug": base if number == 1 else f"{base}-{number}"})
        if found is not None:
            return found
    raise Conflict


def _name_after_its_words(improvement: Improvement) -> None:
    """The address was made of the first words of a draft, which may have held what the gate took out since."""
    base = _slug_of(gate.texts_of(improvement)[improvement.locale])
    if improvement.slug.rstrip("0123456789").rstrip("-") == base.rstrip("0123456789").rstrip("-"):
        return
    for number in range(1, _SLUG_TRIES):
        wanted = base if number == 1 else f"{base}-{number}"
        if queries.by_slug(wanted) is None:
            improvement.slug = wanted
            return
    raise Conflict


def _check_locales(primary: str, texts: Collection[str]) -> None:
    for locale in (primary, *texts):
        if locale not in settings().locales:
            name = "locale" if locale == primary else f"translations.{locale}"
            raise Unprocessable(fields={name: [f"must be one of {', '.join(settings().locales)}"]})
    if primary not in texts:
        raise Unprocessable(
            fields={"you_said": [f"is required in '{primary}'"], "we_did": [f"is required in '{primary}'"]}
        )


def _change_texts(improvement: Improvement, changes: Changes, actor: str) -> bool:
    present = gate.texts_of(improvement)
    wanted = {**present, **changes.texts}
    after = {locale: words for locale, words in wanted.items() if words is not None}
    primary = improvement.locale if isinstance(changes.locale, Unset) else changes.locale
    if primary == improvement.locale and after == present:
        return False
    _check_locales(primary, after)
    different = {locale: wanted[locale] for locale in wanted if wanted[locale] != present.get(locale)}
    queries.write_texts(improvement.id, different)
    improvement.locale = primary
    db.session.flush()
    db.session.expire(improvement, ["texts"])
    detail = {"locales": sorted(different)}
    history.record(Change(actor, "improvement", improvement.id, "edited", detail=detail))
    return True


def _change_category(improvement: Improvement, category: str | Unset | None, actor: str) -> bool:
    if isinstance(category, Unset) or category == improvement.category:
        return False
    improvement.category = category
    history.record(Change(actor, "improvement", improvement.id, "recategorised"))
    return True


def _move(improvement: Improvement, status: str | Unset, actor: str) -> bool:
    if isinstance(status, Unset) or status == improvement.status:
        return False
    before = improvement.status
    if not rules.may_move(before, status, improvement.public):
        sentence = f"cannot become '{status}' from '{before}' in one step"
        raise Conflict(fields={"status": [sentence]}, code="not_from_here")
    now = clock.now()
    improvement.status = status
    improvement.done_at = now if status == "done" else None
    # A status that changes out of sight is news on the day that it is seen.
    improvement.news_at = now if improvement.public else None
    history.record(Change(actor, "improvement", improvement.id, "moved", from_state=before, to_state=status))
    return True


def _check_reasons(improvement: Improvement, before: str, changes: Changes) -> None:
    texts = gate.texts_of(improvement)
    for locale in rules.without_reason(improvement.status, before, texts, changes.texts):
        name = "reason" if locale == improvement.locale else f"translations.{locale}.reason"
        raise Unprocessable(fields={name: ["is required: say why it is not possible"]})


def _tell(improvement: Improvement, reached: str | None) -> None:
    if reached is not None:
        events.emit(MilestoneReached((improvement.id,), reached))
