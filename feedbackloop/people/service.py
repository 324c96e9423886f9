"""What changes what we know of the people who complained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from feedbackloop.core import clock
from feedbackloop.core.events import emit
from feedbackloop.people import queries
from feedbackloop.people.events import PeopleChanged
from feedbackloop.people.rules import Person, PersonInput, Register, address_key


@dataclass(frozen=True)
class Word:
    """What a complaint says of its person. `current` is whom it belongs to so far; `said` None takes it from them."""

    current: int | None
    said: PersonInput | None
    sample: bool = False


@dataclass(frozen=True)
class Placed:
    """Whom the complaint belongs to now, and whether what we know of that person changed."""

    customer_id: int | None
    changed: bool


def place(words: Sequence[Word]) -> list[Placed]:
    """Finds or makes the person of each complaint, in order; one answer a word. Two batches at once find one person."""
    keys = {address_key(word.said.email) for word in words if word.said and isinstance(word.said.email, str)}
    ids = {word.current for word in words if word.current is not None}
    if not keys and not ids and not any(word.said for word in words):
        return [Placed(None, False) for _ in words]
    while True:
        register = Register(queries.lock(ids, keys))
        stored = {person.id: person for person in register.people}
        found = [register.place(stored.get(word.current), word.said, word.sample) for word in words]
        if _store(register.people):
            return [Placed(person.id if person else None, changed) for person, changed in found]
        # Somebody else gave one of these addresses to a person meanwhile: now it is known, and placing starts again.


def _store(people: Sequence[Person]) -> bool:
    """Writes what is new or changed. False when an address that was to be new belongs to somebody already."""
    now = clock.now()
    fresh = [person for person in people if person.id is None]
    rows = [
        {
            "name": person.name,
            "email": person.email,
            "email_key": person.email_key,
            "phone": person.phone,
            "locale": person.locale,
            "sample": person.sample,
            "created_at": now,
        }
        for person in fresh
    ]
    addressed = [row for row in rows if row["email_key"] is not None]
    ids = queries.insert_addressed(addressed)
    if len(ids) < len(addressed):
        return False
    changed = [person for person in people if person.id is not None and person.changed]
    if not queries.update_people(changed):
        return False
    if changed:
        emit(PeopleChanged(tuple(person.id for person in changed if person.id is not None)))
    for person in fresh:
        person.id = ids.get(person.email_key or "")
    own = [person for person in fresh if person.email_key is None]
    own_ids = queries.insert_unaddressed([row for row in rows if row["email_key"] is None])
    for person, new_id in zip(own, own_ids, strict=True):
        person.id = new_id
    return True
