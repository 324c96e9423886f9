"""The places that staff keep, where a review may be written."""

from __future__ import annotations

from dataclasses import dataclass

from feedbackloop.core import clock, history
from feedbackloop.core.errors import NotFound
from feedbackloop.core.history import Change
from feedbackloop.extensions import db
from feedbackloop.reviews import queries, rules
from feedbackloop.reviews.models import Destination


@dataclass(frozen=True)
class DestinationInput:
    """A place as staff describe it; `link` passed rules.link_problem, `locale` None offers it in every language."""

    name: str
    link: str
    locale: str | None = None
    active: bool = True
    position: int = 10


def add_destination(given: DestinationInput, actor: str, sample: bool = False) -> Destination:
    """Offers another place from now on. Raises ValueError for a link that may not be offered."""
    made = Destination(kind="link", sample=sample, created_at=clock.now())
    db.session.add(made)
    return _set(made, given, "created", actor)


def change_destination(destination_id: int, given: DestinationInput, actor: str) -> Destination:
    """Raises NotFound, and ValueError for a link that may not be offered."""
    found = queries.destination(destination_id)
    if found is None or found.kind != "link":
        raise NotFound
    return _set(found, given, "changed", actor)


def _set(place: Destination, given: DestinationInput, what: str, actor: str) -> Destination:
    problem = rules.link_problem(given.link)
    if problem is not None:
        raise ValueError(problem.code)
    place.name, place.url, place.locale = given.name, given.link, given.locale
    place.active, place.position = given.active, given.position
    db.session.flush()
    history.record(Change(actor, "destination", place.id, what, to_state="active" if place.active else "inactive"))
    return place


def change_own(active: bool, position: int, actor: str) -> Destination:
    """Whether and where in the list the organisation's own page is offered."""
    own = own_destination()
    own.active, own.position = active, position
    db.session.flush()
    history.record(Change(actor, "destination", own.id, "changed", to_state="active" if active else "inactive"))
    return own


def own_destination() -> Destination:
    """The organisation's own page; made on first use."""
    queries.insert_own(clock.now())
    found = queries.own_destination()
    if found is None:
        raise NotFound
    return found


def own_page_to_be() -> Destination:
    """How the own page stands before its row is there: offered, at the top. It is not stored."""
    return Destination(kind="own", name="own", active=True, position=0)
