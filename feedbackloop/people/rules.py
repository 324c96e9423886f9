"""What intake says of a person, and what it means for the people we know. Values in, decision out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from feedbackloop.core.unset import UNSET, Unset

# What a later word may change; the address is another story, because it says who somebody is.
DETAILS = ("name", "phone", "locale")


@dataclass(frozen=True)
class PersonInput:
    """What a source says of a person. A field that is not given stays as it is, None clears it."""

    name: str | Unset | None = UNSET
    email: str | Unset | None = UNSET
    phone: str | Unset | None = UNSET
    locale: str | Unset | None = UNSET


@dataclass(eq=False)
class Person:
    """A row of `customers` while a batch is worked out. `id` is None until it is stored."""

    id: int | None = None
    name: str | None = None
    email: str | None = None
    email_key: str | None = None
    phone: str | None = None
    locale: str | None = None
    sample: bool = False
    erased: bool = False
    changed: bool = False


class Register:
    """The people of one batch: finds by address, makes who is new, and never fills an erased row again."""

    def __init__(self, known: list[Person]) -> None:
        self.people = known
        self._by_key = {person.email_key: person for person in known if person.email_key}

    def place(self, current: Person | None, said: PersonInput | None, sample: bool) -> tuple[Person | None, bool]:
        """Who a complaint belongs to after this word about its person, and whether that person's own details changed.

        A known address leads to its person. A new one is given to the complaint's own person when that one has none,
        else to a new person: an address is corrected for this complaint, not for others. Without an address there is
        a person of the complaint's own, as soon as there is a name or a telephone number.
        """
        if current is not None and current.erased:
            return current, False
        if said is None:
            self._leave(current, None)
            return None, False
        had = current.email_key if current is not None else None
        target = self._by_address(current, said, sample)
        self._leave(current, target)
        if target is None:
            return None, False
        changed = self._detail(target, said)
        return target, changed or (target is current and target.email_key != had)

    def _by_address(self, current: Person | None, said: PersonInput, sample: bool) -> Person | None:
        if isinstance(said.email, str):
            key = address_key(said.email)
            target = self._by_key.get(key)
            if target is None:
                own = current if current is not None and current.email_key is None else None
                target = own or self._new(sample)
                target.email, target.email_key, target.changed = said.email, key, True
                self._by_key[key] = target
            return target
        if current is not None and (said.email is UNSET or current.email_key is None):
            return current
        kept = PersonInput(current.name, current.email, current.phone, current.locale) if current else said
        if not any(_word(said, kept, field) for field in ("name", "phone")):
            return None
        own = self._new(sample)
        for field in DETAILS:
            setattr(own, field, _word(said, kept, field))
        return own

    @staticmethod
    def _leave(current: Person | None, target: Person | None) -> None:
        """Empties a person without an address whose one complaint went elsewhere: nobody could find them again."""
        if current is not None and current is not target and current.email_key is None:
            current.name = current.email = current.phone = current.locale = None
            current.changed = True

    def _new(self, sample: bool) -> Person:
        person = Person(sample=sample)
        self.people.append(person)
        return person

    @staticmethod
    def _detail(target: Person, said: PersonInput) -> bool:
        changes = {field: getattr(said, field) for field in DETAILS if getattr(said, field) is not UNSET}
        changes = {field: value for field, value in changes.items() if getattr(target, field) != value}
        for field, value in changes.items():
            setattr(target, field, value)
        target.changed = target.changed or bool(changes)
        return bool(changes)


def address_key(address: str) -> str:
    """The form under which two spellings of an address are one."""
    return address.strip().lower()


def _word(said: PersonInput, kept: PersonInput, field: str) -> Any:
    """What is said of this field, else what was known."""
    value = getattr(said, field)
    value = getattr(kept, field) if value is UNSET else value
    return None if value is UNSET else value
