"""The places that staff keep, where a review may be written."""

from __future__ import annotations

from dataclasses import dataclass

from feedbackloop.core import clock, history
from feedbackloop.core.errors import NotFound
from feedbackloop.core.history import Change
from feedbackloop.extensions import db
from feedbackloop.reviews import queries, rules, texts
from feedbackloop.reviews.models import Destination


@dataclass(frozen=True)
class DestinationInput:
    """A place as staff describe it; it passed `problem`. `platform` says which site it is where the link does not show
    it; `locale` None offers it in every language."""

    name: str
    link: str
    audience: str
    platform: str = rules.OTHER
    locale: str | None = None
    active: bool = True
    position: int = 10


def problem(given: DestinationInput) -> rules.LinkProblem | None:
    """Why a place may not be offered: its link, the rule of its platform, or a name that steers; None where it may."""
    if texts.steering(given.name):
        return rules.LinkProblem("steers")
    return rules.place_problem(given.link, given.platform, given.audience)


def add_destination(given: DestinationInput, actor: str, sample: bool = False) -> Destination:
    """Offers another place from now on. Raises ValueError for a place that may not be offered."""
    made = Destination(kind="link", sample=sample, created_at=clock.now())
    db.session.add(made)
    return _set(made, given, "created", actor)


def change_destination(destination_id: int, given: DestinationInput, actor: str) -> Destination:
    """Raises NotFound, and ValueError for a place that may not be offered."""
    found = queries.destination(destination_id)
    if found is None or found.kind != "link":
        raise NotFound
    return _set(found, given, "changed", actor)


def _set(place: Destination, given: DestinationInput, what: str, actor: str) -> Destination:
    found = problem(given)
    if found is not None:
        raise ValueError(found.code)
    shown = rules.platform_of(given.link)
    place.platform = shown if shown != rules.OTHER else given.platform
    place.name, place.url, place.locale, place.audience = given.name, given.link, given.locale, given.audience
    place.active, place.position = given.active, given.position
    return _kept(place, what, actor)


def change_own(active: bool, position: int, actor: str, audience: str | None = None) -> Destination:
    """Whether and where in the list the organisation's own page is offered, and whom it asks (None: as it was)."""
    if audience not in (None, *rules.AUDIENCES):
        raise ValueError("no such audience")
    own = own_destination()
    own.active, own.position, own.audience = active, position, audience or own.audience
    return _kept(own, "changed", actor)


def _kept(place: Destination, what: str, actor: str) -> Destination:
    db.session.flush()
    state, detail = "active" if place.active else "inactive", {"audience": place.audience, "platform": place.platform}
    history.record(Change(actor, "destination", place.id, what, to_state=state, detail=detail))
    return place


def own_destination() -> Destination:
    """The organisation's own page; made on first use."""
    queries.insert_own(clock.now())
    found = queries.own_destination()
    if found is None:
        raise NotFound
    return found


def own_page_to_be() -> Destination:
    """How the own page stands before its row is there: offered, at the top. It is not stored."""
    return Destination(kind="own", platform="own", audience="satisfied", name="own", active=True, position=0)
