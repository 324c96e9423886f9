"""What stands above the staff pages while mail does not go out: why, since when, and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _

from feedbackloop.core import access, clock
from feedbackloop.mailing import control, figures
from feedbackloop.staff import queries as staff

# Mail that is due goes within seconds; after this long something is wrong.
STANDS_STILL = timedelta(minutes=15)
OVERDUE = "overdue"


@dataclass(frozen=True)
class Trouble:
    """`kind` is a control.Hold's, or `overdue`; `alarm`: mail waits for somebody to mend something."""

    kind: str
    since: datetime
    until: datetime | None
    by: str | None
    reason: str
    alarm: bool

    @property
    def title(self) -> str:
        return {
            control.STOPPED: _("All sending is stopped"),
            control.SIGN_IN_REFUSED: _("The mail server refuses our sign-in"),
            control.PAUSED: _("Sending is paused"),
            OVERDUE: _("Mail that is due does not go out"),
        }[self.kind]

    @property
    def advice(self) -> str:
        return {
            control.STOPPED: _("Nothing is mailed until somebody lets it go on. What falls due waits."),
            control.SIGN_IN_REFUSED: _(
                "Nothing is mailed. Put the sign-in for the mail server right: we try it every minute. No mail is lost."
            ),
            control.PAUSED: _("The mail server asked for a pause, or did not answer. We try again by ourselves."),
            OVERDUE: _("Look at the mail server and at the part that sends."),
        }[self.kind]


def trouble() -> Trouble | None:
    """Why mail does not go out, for a member who may look at the sending; None while all is well."""
    if not access.may_open("mailing_staff.listing"):
        return None
    now = clock.now()
    held = control.hold(now)
    if held is not None:
        by = None if held.by is None else actor_name(held.by)
        reason = _("a backup was put back") if held.reason == control.RESTORED else held.reason
        return Trouble(held.kind, held.since, held.until, by, reason, alarm=held.kind == control.SIGN_IN_REFUSED)
    oldest = figures.oldest_due(now)
    if oldest is not None and now - oldest > STANDS_STILL:
        return Trouble(OVERDUE, oldest, None, None, "", alarm=True)
    return None


def actor_name(actor: str) -> str:
    """Who an actor of the history is, in words."""
    kind, _colon, number = actor.partition(":")
    if kind == "staff":
        found = staff.by_id(int(number)) if number.isdecimal() else None
        return found.name if found is not None else _("a colleague")
    return _("an operator, by command") if kind == "operator" else actor
