"""The stations as every staff page shows them: those that the member's role may open, with how they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import g, request, url_for
from flask_babel import gettext as _

from feedbackloop.core import access
from feedbackloop.core.formats import up_to
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
            g.navigation = [item for item in _items(standing()) if item]
        return iter(g.navigation)


def standing() -> queries.Standing:
    """How every station stands, counted once a request."""
    if "standing" not in g:
        g.standing = queries.standing(day.today())
    found: queries.Standing = g.standing
    return found


def _items(now: queries.Standing) -> list[Item | None]:
    return [
        _item("home", "overview_staff.home", _("Overview")),
        _item("loop", "complaints_staff.listing", _("Complaints"), now.unresolved),
        _item("loop", "checkins_staff.listing", _("Check-ins"), now.waiting_for_answer),
        _item("loop", "calls_staff.listing", _("Calls"), now.calls_open, now.calls_due),
        _item("loop", "recovery_staff.listing", _("Recovery"), now.in_recovery, now.overdue + now.due_today),
        _item("loop", "reviews_staff.listing", _("Reviews"), now.reviews_to_read, now.reviews_to_read),
        _item("loop", "ambassadors_staff.board", _("Ambassadors"), up_to(queries.SHOWN, now.on_board), now.steps_due),
        _item("loop", "listening_staff.patterns", _("Listening")),
        _item("loop", "improvements_staff.listing", _("Improvements"), now.improvements_running),
        _item("loop", "improvements_staff.tellings", _("Told"), now.tellings_waiting),
        _item("more", "mailing_staff.listing", _("Sending"), now.mails_stuck or None, now.mails_stuck),
        _item("more", "incoming_staff.listing", _("Incoming mail"), now.replies_to_read or None, now.replies_to_read),
        _item("more", "reports_staff.listing", _("Reports")),
        _item("more", "staff_admin.people", _("People who work here")),
        _item("more", "staff_admin.tokens", _("Tokens")),
        _item("more", "overview_staff.settings_page", _("Settings")),
    ]


def _item(group: str, endpoint: str, label: str, number: int | None = None, hot: int = 0) -> Item | None:
    href = access.link(endpoint)
    return Item(endpoint, label, number, hot > 0, _is_here(href), group) if href else None


def _is_here(href: str) -> bool:
    """Whether this page is that one or, below the home page, under it; of two that fit, the nearer is the one."""
    if href == url_for("overview_staff.home"):
        return request.path == href
    if href == url_for("improvements_staff.listing") and request.endpoint == "improvements_staff.tellings":
        return False
    if href == url_for("ambassadors_staff.board") and request.blueprint == "numbers_staff":
        return True
    return request.path.startswith(href)
