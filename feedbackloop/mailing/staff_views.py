"""The pages on which staff see what is being sent, what waits for them, and who is not mailed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as BaseResponse

from feedbackloop.config import settings
from feedbackloop.core import access, clock, db
from feedbackloop.core.errors import BadInput
from feedbackloop.mailing import control, figures, handling, kinds, listed, rules, service, standing, words
from feedbackloop.mailing.forms import StopForm

staff = Blueprint("mailing_staff", __name__, url_prefix="/staff/mailing")

_LOOK_BACK = timedelta(days=30)
# Of what waits for a person: the rest is a link away, and the table above it decides on many at once.
_SHOWN = 10


@staff.get("/")
@access.requires("handler", "quality")
def listing() -> str:
    """What happens now, what waits for a person, and why mail was not sent."""
    return _page(StopForm(formdata=None))


def _page(stop_form: StopForm) -> str:
    now = clock.now()
    standing_now = _now(now)
    lines, older = figures.page(_choice("status"), _choice("kind"), _choice("reason"), _before())
    return render_template(
        "staff/mailing/listing.html",
        now=standing_now,
        trouble=standing.trouble(),
        stop_form=stop_form,
        switched=control.recently_switched(),
        actor_name=standing.actor_name,
        waits=figures.waits(standing_now["counts"]),
        waiting=figures.needing_a_person(_SHOWN),
        again=figures.trying_again(),
        hours=_hours(now),
        reasons=figures.reasons_since(now - _LOOK_BACK),
        suppressed=listed.counts(),
        lines=lines,
        older=older,
        statuses=rules.STATUSES,
        kinds=kinds.names(),
        words=words,
        masked=rules.masked,
        link=access.link,
        may_decide=access.member().role in ("admin", "quality"),
    )


@staff.post("/stop")
@access.requires("quality")
def stop() -> Any:
    """Stops all sending. Who finds the page from before is told that it is stopped already."""
    form = StopForm()
    if not form.validate():
        return _page(form), 400
    with db.transaction():
        done = control.stop(access.actor(), form.reason.data or "")
    if done:
        flash(_("All sending is stopped."))
    else:
        flash(_("It was stopped already."), "warning")
    return redirect(url_for("mailing_staff.listing"), 303)


@staff.post("/resume")
@access.requires("quality")
def resume() -> BaseResponse:
    with db.transaction():
        done = control.resume(access.actor())
    flash(_("Sending goes on.") if done else _("It was not stopped."))
    return redirect(url_for("mailing_staff.listing"), 303)


@staff.post("/alike/retry")
@access.requires("quality")
def retry_alike() -> BaseResponse:
    with db.transaction():
        number, more = handling.retry_all(*_alike(), access.actor())
    said = ngettext("We try %(num)s mail again now.", "We try %(num)s mails again now.", number)
    return _done_with(said, more)


@staff.post("/alike/cancel")
@access.requires("quality")
def cancel_alike() -> BaseResponse:
    with db.transaction():
        number, more = handling.cancel_all(*_alike(), access.actor())
    said = ngettext("%(num)s mail will not be sent.", "%(num)s mails will not be sent.", number)
    return _done_with(said, more)


def _alike() -> tuple[str, str | None]:
    """The status and the reason of the mails that a decision is about."""
    return request.form.get("status", ""), request.form.get("reason") or None


def _done_with(said: str, more: bool) -> BaseResponse:
    flash(f"{said} {_('There are more of them.')}" if more else said)
    return redirect(url_for("mailing_staff.listing"), 303)


@staff.post("/<int:mail_id>/retry")
@access.requires("quality")
def retry(mail_id: int) -> BaseResponse:
    return _decide(handling.retry, mail_id, _("We try it again now."))


@staff.post("/<int:mail_id>/cancel")
@access.requires("quality")
def cancel(mail_id: int) -> BaseResponse:
    return _decide(handling.cancel, mail_id, _("This mail will not be sent."))


@staff.post("/<int:mail_id>/count-as-sent")
@access.requires("quality")
def count_as_sent(mail_id: int) -> BaseResponse:
    return _decide(handling.count_as_sent, mail_id, _("This mail counts as sent."))


def _decide(verb: Callable[[int, str], None], mail_id: int, said: str) -> BaseResponse:
    with db.transaction():
        verb(mail_id, access.actor())
    flash(said, "success")
    return redirect(url_for("mailing_staff.listing"), 303)


def _choice(name: str) -> str | None:
    return request.args.get(name, "").strip() or None


def _before() -> int | None:
    value = _choice("before")
    if value is not None and not (value.isdecimal() and len(value) < 19):
        raise BadInput(fields={"before": ["must be a number"]})
    return int(value) if value else None


def _now(now: datetime) -> dict[str, Any]:
    oldest, opens = figures.oldest_due(now), service.first_moment(now)
    return {
        "at": now,
        "counts": figures.counts(),
        "oldest": oldest,
        "last": figures.last_sent(),
        "today": figures.sent_since(_midnight(now)),
        "soon": figures.expected_until(now, timedelta(hours=24)),
        "opens": opens if opens > now else None,
    }


def _midnight(now: datetime) -> datetime:
    zone = settings().timezone
    return datetime.combine(now.astimezone(zone).date(), time(), zone)


def _hours(now: datetime) -> list[dict[str, Any]]:
    """The hours of today up to the present one, as macros/charts.html draws them."""
    found = figures.sent_by_hour(_midnight(now))
    last = int((now - _midnight(now)).total_seconds() // 3600)
    first = min([*found, max(last - 5, 0)])
    return [{"label": f"{hour:02d}", "value": found.get(hour, 0)} for hour in range(first, last + 1)]
