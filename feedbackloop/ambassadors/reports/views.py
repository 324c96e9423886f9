"""A colleague's reports: which they get, what went out and why not; and the way out of one, without signing in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, flash, g, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from feedbackloop.ambassadors.reports import queries, rules, service
from feedbackloop.ambassadors.reports.forms import EVERY_WORDS, LANGUAGE_NAMES, StopForm, SubscribeForm
from feedbackloop.ambassadors.reports.models import Report
from feedbackloop.core import access, db, tokens, web
from feedbackloop.core.errors import BadInput, NotFound
from feedbackloop.extensions import csrf
from feedbackloop.mailing import queries as mails
from feedbackloop.mailing import words as mail_words

READERS = ("marketing", "quality")
_SHOWN = 20

staff = Blueprint("reports_staff", __name__, url_prefix="/staff/reports")
pages = Blueprint("reports", __name__)
csrf.exempt(pages)
pages.before_request(web.bound_form)


def register(app: Flask) -> None:
    app.register_blueprint(staff)
    app.register_blueprint(pages)


@staff.get("/")
@access.requires(*READERS)
def listing() -> str:
    """What I get, when the next one goes, and what became of the last ones."""
    return _page(SubscribeForm(formdata=None, locale=str(get_locale())))


@staff.post("/")
@access.requires(*READERS)
def subscribe() -> Any:
    form = SubscribeForm()
    if not form.validate():
        return _page(form), 400
    with db.transaction():
        service.subscribe(g.staff.id, str(form.every.data), str(form.locale.data), access.actor())
    flash(_("You will get this report."))
    return redirect(url_for("reports_staff.listing"), 303)


@staff.post("/stop")
@access.requires(*READERS)
def unsubscribe() -> Any:
    form = StopForm()
    if not form.validate():
        raise BadInput(fields={"every": [_("week or month")]})
    with db.transaction():
        service.unsubscribe(g.staff.id, str(form.every.data), access.actor())
    flash(_("You get this report no more."))
    return redirect(url_for("reports_staff.listing"), 303)


def _page(form: SubscribeForm) -> str:
    everybody = g.staff.role == "admin"
    made = queries.newest(None if everybody else g.staff.id, _SHOWN)
    stands = mails.statuses(service.KIND, [one.id for one in made])
    return render_template(
        "staff/reports/listing.html",
        form=form,
        mine=queries.subscriptions(g.staff.id),
        all=queries.everybodys() if everybody else (),
        made=[(one, *_stands(one, stands)) for one in made],
        everybody=everybody,
        every_words=EVERY_WORDS,
        language_names=LANGUAGE_NAMES,
    )


def _stands(report: Report, stands: Any) -> tuple[str, str]:
    """What became of a report: a status of the outbox, and why where it did not go."""
    if report.reason is not None:
        return "suppressed", mail_words.reason(report.reason)
    status, reason, _due_at = stands.get(report.id, ("cancelled", "not_found", None))
    return status, mail_words.reason(reason)


@pages.get("/unsubscribe/report/<token>")
def stop(token: str) -> str:
    """Offers the button, or says that it is stopped."""
    return _stop_page(_opened(token))


@pages.post("/unsubscribe/report/<token>")
def stopped(token: str) -> Response | str:
    """The page's own button, and RFC 8058: a mail program's single POST, answered at once and never redirected."""
    report = _opened(token)
    one_click = request.form.get("List-Unsubscribe") == "One-Click"
    if not one_click and request.form.get("choice") != "stop":
        raise BadInput
    staff_id, every = report.staff_id, report.every
    with db.transaction():
        service.unsubscribe(staff_id, every, f"staff:{staff_id}")
    if one_click:
        return _stop_page(_opened(token))
    return redirect(url_for("reports.stop", token=token, lang=request.args.get("lang")), 303)


def _opened(token: str) -> Report:
    found = queries.by_ids([tokens.read_id("report", token)])
    if not found:
        raise NotFound
    (report,) = found.values()
    g.locale = report.locale
    return report


def _stop_page(report: Report) -> str:
    ended = report.every not in queries.subscriptions(report.staff_id)
    return render_template("public/ambassadors/report_stop.html", ended=ended, weekly=report.every == rules.WEEK)
