"""What marketing keeps of a person besides the stage: who looks after them, tags, and notes."""

from __future__ import annotations

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from feedbackloop.ambassadors import ask_queries
from feedbackloop.ambassadors.ask_models import Note
from feedbackloop.ambassadors.events import AsksAnswered
from feedbackloop.ambassadors.models import Ambassador, Tag
from feedbackloop.ambassadors.queries import held, held_by_id
from feedbackloop.ambassadors.service import MovedMeanwhile
from feedbackloop.config import settings
from feedbackloop.core import clock, history
from feedbackloop.core.errors import BadInput, Conflict, NotFound
from feedbackloop.core.history import Change
from feedbackloop.extensions import db
from feedbackloop.people.events import PeopleErased
from feedbackloop.staff import queries as colleagues

MOST_TAGS = 20


def give(ambassador_id: int, version: int, owner_id: int | None, actor: str) -> None:
    """Gives a person to a colleague of marketing, or to nobody. Raises NotFound, MovedMeanwhile, BadInput."""
    one = _held(ambassador_id)
    if one.version != version:
        raise MovedMeanwhile
    if owner_id is not None:
        owner = colleagues.by_id(owner_id)
        if owner is None or owner.role != "marketing" or owner.disabled_at is not None:
            raise BadInput
    if one.owner_id == owner_id:
        return
    before, one.owner_id = one.owner_id, owner_id
    one.version += 1
    detail = {"from": before, "to": owner_id}
    state = one.stage
    history.record(Change(actor, "ambassador", one.id, "owned", one.complaint_id, state, state, "by_hand", detail))
    db.session.flush()


def note(ambassador_id: int, text: str, actor: str) -> None:
    """Adds a note; what was noted before stays as it is. Raises NotFound, MovedMeanwhile."""
    one = _held(ambassador_id)
    db.session.add(Note(ambassador_id=one.id, text=text, written_by=actor, written_at=clock.now()))
    _record(one, "noted", actor)


def tag(ambassador_id: int, name: str, actor: str) -> None:
    """Puts a tag on a person; one that is there already stays. Raises NotFound, MovedMeanwhile, Conflict (too many)."""
    one = _held(ambassador_id)
    there = db.session.scalars(select(Tag.tag).where(Tag.ambassador_id == one.id)).all()
    if name in there:
        return
    if len(there) >= MOST_TAGS:
        raise Conflict(code="too_many_tags")
    db.session.add(Tag(ambassador_id=one.id, tag=name))
    _record(one, "tagged", actor)


def untag(ambassador_id: int, name: str, actor: str) -> None:
    """Takes a tag off; nothing happens where it is not there. Raises NotFound, MovedMeanwhile."""
    one = _held(ambassador_id)
    found = db.session.get(Tag, (one.id, name))
    if found is not None:
        db.session.delete(found)
        _record(one, "untagged", actor)


def plan_after_yes(event: AsksAnswered) -> None:
    """Who agreed to something waits for us: where nothing was planned yet, that is the next step, today.

    It stands there in the organisation's first language. Nobody is moved by it.
    """
    for one in ask_queries.by_ids(event.ids).values():
        if one.answer != "yes" or one.kind not in _STEPS:
            continue
        person = held_by_id(one.ambassador_id)
        if person is None or person.left_at is not None or person.next_step is not None:
            continue
        with force_locale(settings().default_locale):
            person.next_step = str(_STEPS[one.kind])
        person.next_step_on = clock.now().astimezone(settings().timezone).date()
        person.version += 1
        _record(person, "planned", "system")


_STEPS = {
    "story": _l("Agreed to a story: write it down"),
    "reference": _l("Agreed to a reference call: thank them"),
    "picture": _l("Sent a picture: use it"),
}


def erase(event: PeopleErased) -> None:
    """Takes away what colleagues wrote about erased people, and whose they are."""
    for one in held(event.ids):
        one.owner_id = None
        db.session.execute(delete(Note).where(Note.ambassador_id == one.id))
        db.session.execute(delete(Tag).where(Tag.ambassador_id == one.id))
    db.session.flush()


def _held(ambassador_id: int) -> Ambassador:
    one = held_by_id(ambassador_id)
    if one is None:
        raise NotFound
    if one.left_at is not None:
        raise MovedMeanwhile
    return one


def _record(one: Ambassador, what: str, actor: str) -> None:
    db.session.flush()
    history.record(Change(actor, "ambassador", one.id, what, one.complaint_id, one.stage, one.stage, "by_hand"))
