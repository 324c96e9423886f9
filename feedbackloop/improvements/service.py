"""The verbs of improvements: write, change, link, publish, take off. Who is told of it follows in `tellings`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date

from feedbackloop.config import settings
from feedbackloop.core import clock, events, history, personal
from feedbackloop.core.errors import Conflict, NotFound, Unprocessable
from feedbackloop.core.history import Change
from feedbackloop.core.unset import UNSET, Unset, given
from feedbackloop.extensions import db
from feedbackloop.improvements import markdown, queries, rules, steps, tellings
from feedbackloop.improvements.events import MilestoneReached
from feedbackloop.improvements.models import Improvement

_SLUG_TRIES = 1000


@dataclass(frozen=True)
class Words:
    """One language of an improvement, in Markdown, cleaned and not empty."""

    you_said: str
    we_did: str


@dataclass(frozen=True)
class NewImprovement:
    """What one is made of. `texts` by language; `locale` is the one it was written in."""

    locale: str
    texts: Mapping[str, Words]
    status: str = "planned"
    category: str | None = None
    owner_name: str | None = None
    target_on: date | None = None
    complaint_ids: Collection[int] = ()
    step_id: int | None = None  # the step that it begins with, which its person agreed to
    sample: bool = False


@dataclass(frozen=True)
class Changes:
    """What becomes different. A language that is not named stays, None takes it out; `complaint_ids` replaces all."""

    status: str | Unset = UNSET
    category: str | Unset | None = UNSET
    owner_name: str | Unset | None = UNSET
    target_on: date | Unset | None = UNSET
    locale: str | Unset = UNSET
    texts: Mapping[str, Words | None] = field(default_factory=dict)
    complaint_ids: Collection[int] | Unset = UNSET


class PersonalDataFound(Conflict):
    """The gate stops it: the texts hold what could tell who complained."""

    def __init__(self, found: Collection[personal.Finding]) -> None:
        fields: dict[str, list[str]] = {}
        for one in found:
            fields.setdefault(one.field, []).append(f"holds {_KINDS[one.kind]}: {one.text}")
        super().__init__("The text holds personal data.", fields=fields, code="personal_data")
        self.findings = tuple(found)
        self.members = {"findings": [asdict(one) for one in found]}


_KINDS = {
    "email": "an e-mail address",
    "phone": "a telephone number",
    "iban": "an account number",
    "name": "the name of somebody who complained",
}


def create(new: NewImprovement, actor: str) -> Improvement:
    """Writes a draft, which nobody but staff sees. Raises Unprocessable, naming the field; Conflict where its step is
    the start of another one already."""
    _check_locales(new.locale, new.texts)
    now = clock.now()
    base = rules.slug_of(markdown.opening(new.texts[new.locale].you_said)[0])
    row = {
        "status": new.status,
        "category": new.category,
        "owner_name": new.owner_name,
        "target_on": new.target_on,
        "locale": new.locale,
        "done_at": now if new.status == "done" else None,
        "version": 1,
        "sample": new.sample,
        "created_at": now,
        "updated_at": now,
    }
    improvement_id = _insert(base, row)
    queries.write_texts(improvement_id, {locale: (one.you_said, one.we_did) for locale, one in new.texts.items()})
    improvement = _held(improvement_id)
    history.record(Change(actor, "improvement", improvement_id, "created", to_state=new.status))
    if new.step_id is not None and not steps.use(new.step_id, improvement_id):
        raise Conflict(code="step_used")
    _link(improvement, new.complaint_ids, actor)
    return improvement


def update(improvement_id: int, changes: Changes, actor: str, *, overrule: bool = False) -> Improvement:
    """Changes an improvement; what the public sees becomes another version, and tells whoever a milestone concerns.

    Raises Unprocessable naming the field, Conflict where the status cannot follow, PersonalDataFound where the gate
    stops words that would be public at once, unless `overrule`.
    """
    improvement = _held(improvement_id)
    was = improvement.status
    worded = _change_texts(improvement, changes, actor)
    visible = worded | _change_category(improvement, changes.category, actor)
    visible |= _move(improvement, changes.status, actor)
    improvement.owner_name = given(changes.owner_name, improvement.owner_name)
    improvement.target_on = given(changes.target_on, improvement.target_on)
    linked: list[int] = []
    if not isinstance(changes.complaint_ids, Unset):
        linked = _replace_links(improvement, changes.complaint_ids, actor)
    if improvement.public and (worded or linked):
        _pass_gate(improvement, actor, overrule)
    if visible:
        improvement.version += 1
        improvement.updated_at = clock.now()
    db.session.flush()
    reached = rules.milestone_reached(improvement.public, was, improvement.public, improvement.status)
    if reached is None and linked and improvement.public:
        reached = rules.milestone(improvement.status)
    _tell(improvement, reached)
    return improvement


def link(improvement_id: int, complaint_ids: Collection[int], actor: str, *, overrule: bool = False) -> list[int]:
    """Adds complaints; who is behind the new ones is told as well where the improvement is public. The new ones."""
    improvement = _held(improvement_id)
    linked = _link(improvement, complaint_ids, actor)
    if linked and improvement.public:
        _pass_gate(improvement, actor, overrule)
        _tell(improvement, rules.milestone(improvement.status))
    return linked


def unlink(improvement_id: int, complaint_ids: Collection[int], actor: str) -> None:
    """Takes complaints away, and with them what their people were still to be told."""
    _unlink(_held(improvement_id), complaint_ids, actor)


def publish(improvement_id: int, actor: str, *, overrule: bool = False) -> Improvement:
    """Puts it on the public page and tells whoever is behind it. Doing it again changes nothing.

    Raises PersonalDataFound where the gate stops it, unless `overrule`.
    """
    improvement = _held(improvement_id)
    if improvement.public:
        return improvement
    _pass_gate(improvement, actor, overrule)
    now = clock.now()
    improvement.published_at = improvement.published_at or now
    improvement.unpublished_at = None
    improvement.news_at = improvement.news_at or now
    improvement.updated_at = now
    db.session.flush()
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


def personal_data(improvement: Improvement) -> list[personal.Finding]:
    """What the gate finds in the texts as they stand."""
    names, addresses = queries.who_is_behind(improvement.id)
    return personal.findings(_fields(improvement), names, addresses)


def _held(improvement_id: int) -> Improvement:
    found = queries.lock(improvement_id)
    if found is None:
        raise NotFound
    return found


def _insert(base: str, row: Mapping[str, object]) -> int:
    for number in range(1, _SLUG_TRIES):
        found = queries.insert({**row, "slug": base if number == 1 else f"{base}-{number}"})
        if found is not None:
            return found
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
    present = {one.locale: Words(one.you_said, one.we_did) for one in improvement.texts}
    wanted = {**present, **changes.texts}
    after = {locale: words for locale, words in wanted.items() if words is not None}
    primary = improvement.locale if isinstance(changes.locale, Unset) else changes.locale
    if primary == improvement.locale and after == present:
        return False
    _check_locales(primary, after)
    different = {locale: wanted[locale] for locale in wanted if wanted[locale] != present.get(locale)}
    queries.write_texts(improvement.id, {k: (v.you_said, v.we_did) if v else None for k, v in different.items()})
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


def _replace_links(improvement: Improvement, complaint_ids: Collection[int], actor: str) -> list[int]:
    before = set(queries.complaint_ids([improvement.id])[improvement.id])
    linked = _link(improvement, set(complaint_ids) - before, actor)
    _unlink(improvement, before - set(complaint_ids), actor)
    return linked


def _link(improvement: Improvement, complaint_ids: Collection[int], actor: str) -> list[int]:
    wanted = set(complaint_ids)
    if not wanted:
        return []
    unknown = sorted(wanted - queries.existing_complaints(wanted))
    if unknown:
        shown = ", ".join(map(str, unknown[:20]))
        raise Unprocessable(fields={"complaints": [f"there is no complaint with the id {shown}"]})
    linked = queries.link(improvement.id, wanted, clock.now())
    history.record_many(Change(actor, "improvement", improvement.id, "linked", complaint_id=one) for one in linked)
    return linked


def _unlink(improvement: Improvement, complaint_ids: Collection[int], actor: str) -> None:
    gone = set(complaint_ids) & set(queries.complaint_ids([improvement.id])[improvement.id])
    if not gone:
        return
    queries.unlink(improvement.id, gone)
    changes = (Change(actor, "improvement", improvement.id, "unlinked", complaint_id=one) for one in sorted(gone))
    history.record_many(changes)
    tellings.take_back(improvement.id, "unlinked", gone)
    if improvement.public:
        # Somebody with another complaint behind it is told after all, for that one.
        _tell(improvement, rules.milestone(improvement.status))


def _pass_gate(improvement: Improvement, actor: str, overrule: bool) -> None:
    found = personal_data(improvement)
    if not found:
        return
    if not overrule:
        raise PersonalDataFound(found)
    kinds = sorted({one.kind for one in found})
    history.record(
        Change(actor, "improvement", improvement.id, "overruled", reason="personal_data", detail={"found": kinds})
    )


def _fields(improvement: Improvement) -> dict[str, str]:
    """The texts by the names that the API has for them."""
    found: dict[str, str] = {}
    for one in sorted(improvement.texts, key=lambda text: (text.locale != improvement.locale, text.locale)):
        prefix = "" if one.locale == improvement.locale else f"translations.{one.locale}."
        found[f"{prefix}you_said"], found[f"{prefix}we_did"] = one.you_said, one.we_did
    return found


def _tell(improvement: Improvement, reached: str | None) -> None:
    if reached is not None:
        events.emit(MilestoneReached((improvement.id,), reached))
