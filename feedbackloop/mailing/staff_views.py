"""The page on which staff see what is being sent, and what waits for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from feedbackloop.config import settings
from feedbackloop.core import access, clock, db
from feedbackloop.core.errors import BadInput
from feedbackloop.mailing import figures, handling, kinds, rules, service, words

staff = Blueprint("mailing_staff", __name__, url_prefix="/staff/mailing")

_LOOK_BACK = timedelta(days=30)
# Mail that is due goes within seconds; after this long something is wrong.
_STANDS_STILL = timedelta(minutes=15)


@staff.get("/")
@access.requires("handler", "quality")
def listing() -> str:
    """What happens now, what waits for a person, and why mail was not sent."""
    now = clock.now()
    lines, older = figures.page(_choice("status"), _choice("kind"), _choice("reason"), _before())
    return render_template(
        "staff/mailing/listing.html",
        now=_now(now),
        waiting=figures.needing_a_person(),
        again=figures.trying_again(),
        hours=_hours(now),
        reasons=figures.reasons_since(now - _LOOK_BACK),
        suppressed=figures.suppression_counts(),
        newest=figures.newest_suppressions(),
        lines=lines,
        older=older,
        statuses=rules.STATUSES,
        kinds=kinds.names(),
        words=words,
        masked=rules.masked,
        link=access.link,
        may_decide=access.member().role in ("admin", "quality"),
    )


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
        "counts": figures.counts(),
        "oldest": oldest,
        "last": figures.last_sent(),
        "today": figures.sent_since(_midnight(now)),
        "soon": figures.expected_until(now, timedelta(hours=24)),
        "opens": opens if opens > now else None,
        "stands_still": oldest is not None and now - oldest > _STANDS_STILL,
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
