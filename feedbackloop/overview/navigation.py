"""The stations as every staff page shows them: those that the member's role may open, with how they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import g, request
from flask_babel import gettext as _

from feedbackloop.core import access
from feedbackloop.overview import day, queries


@dataclass(frozen=True)
class Item:
    """One entry. `hot`: somebody has to act. `group` is where it stands: home, loop or more."""

    endpoint: str
    label: str
    number: int | None
    hot: bool
    current: bool
    group: str


class Navigation:
    """Counts when a page shows it, once a request; a page without it costs no query."""

    def __iter__(self) -> Iterator[Item]:
        if g.get("staff") is None:
            return iter(())
        if "navigation" not in g:
            g.navigation = [item for item in _items(standing()) if access.may_open(item.endpoint)]
        return iter(g.navigation)


def standing() -> queries.Standing:
    """How every station stands, counted once a request."""
    if "standing" not in g:
        g.standing = queries.standing(day.today())
    found: queries.Standing = g.standing
    return found


def _items(now: queries.Standing) -> list[Item]:
    def item(group: str, endpoint: str, label: str, number: int | None = None, hot: int = 0) -> Item:
        blueprint = endpoint.partition(".")[0]
        current = (
            request.endpoint == endpoint
            if blueprint in ("overview_staff", "staff_admin")
            else request.blueprint == blueprint
        )
        return Item(endpoint, label, number, hot > 0, current, group)

    return [
        item("home", "overview_staff.home", _("Overview")),
        item("loop", "complaints_staff.listing", _("Complaints"), now.unresolved),
        item("loop", "checkins_staff.listing", _("Check-ins"), now.waiting_for_answer),
        item("loop", "recovery_staff.listing", _("Recovery"), now.in_recovery, now.overdue + now.due_today),
        item("loop", "reviews_staff.listing", _("Reviews"), now.reviews_to_read, now.reviews_to_read),
        item("loop", "ambassadors_staff.board", _("Ambassadors"), now.on_board, now.steps_due),
        item("loop", "listening_staff.patterns", _("Listening")),
        item("loop", "improvements_staff.listing", _("Improvements"), now.improvements_running),
        item("more", "mailing_staff.listing", _("Sending"), now.mails_stuck or None, now.mails_stuck),
        item("more", "staff_admin.people", _("People who work here")),
        item("more", "staff_admin.tokens", _("Tokens")),
        item("more", "overview_staff.settings_page", _("Settings")),
    ]
