"""The answer form as one would write it with Flask, WTForms, Flask-SQLAlchemy and Flask-Babel, on the same tables.

It reads and writes what the product does for a first 'partly' or 'no', in one transaction. It leaves out what the
product does besides: rate limits, headers, files, changes of an answer, lists of reasons, decisions with reasons.
"""

from __future__ import annotations

import os
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, abort, redirect, render_template, url_for
from flask_babel import Babel
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from itsdangerous import BadSignature, Signer
from sqlalchemy import select, update
from wtforms import BooleanField, MultipleFileField, RadioField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from feedbackloop.checkins import words
from feedbackloop.checkins.models import Answer, AnswerReason, CheckIn
from feedbackloop.complaints.models import Round
from feedbackloop.core import paths
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.mailing.models import Outbox
from feedbackloop.people.models import Consent
from feedbackloop.recovery.models import RecoveryCase


class AnswerForm(FlaskForm):
    satisfied = RadioField(choices=list(words.SATISFIED.items()), validators=[InputRequired()])
    reason = SelectMultipleField(choices=list(words.REASONS.items()), validators=[Optional()])
    comment = TextAreaField(_l("What would you like to tell us?"), validators=[Length(max=4000)])
    rating = RadioField(choices=[(str(n), str(n)) for n in range(1, 6)], validators=[Optional()])
    recommend = RadioField(choices=[(str(n), str(n)) for n in range(11)], validators=[Optional()])
    attachment = MultipleFileField(_l("Photo or document"))
    call_me = BooleanField(_l("Please call me about this"))
    meet = BooleanField(_l("I would like to meet"))
    quote_consent = BooleanField(words.QUOTE_TEXT)


def token(key: str, check_in_id: int) -> str:
    return Signer(key, salt="stock").sign(str(check_in_id)).decode()


def make() -> Flask:
    app = Flask(__name__, template_folder=os.path.dirname(__file__))
    app.config.update(
        SECRET_KEY=os.environ["SECRET_KEY"],
        SQLALCHEMY_DATABASE_URI=os.environ["DATABASE_URL"],
        WTF_CSRF_ENABLED=False,
        BABEL_DEFAULT_LOCALE="nl",
    )
    db.init_app(app)
    Babel(app, default_translation_directories=str(paths.PACKAGE / "translations"))

    def opened(given: str) -> CheckIn:
        try:
            check_in_id = int(Signer(app.config["SECRET_KEY"], salt="stock").unsign(given))
        except BadSignature:
            abort(404)
        return db.get_or_404(CheckIn, check_in_id)

    @app.route("/stock/<given>", methods=["GET", "POST"])
    def form(given: str) -> Any:
        check_in = opened(given)
        answer_form = AnswerForm()
        if answer_form.validate_on_submit():
            _record(check_in, answer_form)
            return redirect(url_for("thanks", given=given), 303)
        latest = select(Answer).where(Answer.check_in_id == check_in.id, Answer.latest)
        return render_template("stock.html", form=answer_form, check_in=check_in, answer=db.session.scalar(latest))

    @app.get("/stock/<given>/thanks")
    def thanks(given: str) -> str:
        return f"{opened(given).status}"

    return app


def _record(check_in: CheckIn, form: AnswerForm) -> None:
    now = datetime.now(UTC)
    db.session.refresh(check_in, with_for_update=True)
    complaint = check_in.complaint
    db.session.refresh(complaint, with_for_update=True)
    actor = f"customer:{complaint.customer_id}"
    answer = Answer(
        check_in_id=check_in.id,
        version=1,
        latest=True,
        satisfied=form.satisfied.data,
        reopens=True,
        rating=int(form.rating.data) if form.rating.data else None,
        recommend=int(form.recommend.data) if form.recommend.data else None,
        comment=form.comment.data or None,
        call_me=form.call_me.data,
        meet=form.meet.data,
        quote_consent=form.quote_consent.data,
        locale="nl",
        recorded_by=actor,
        answered_at=now,
    )
    answer.reasons = [AnswerReason(code=code) for code in form.reason.data or []]
    db.session.add(answer)
    withdrawn = update(Consent).where(Consent.customer_id == complaint.customer_id, Consent.withdrawn_at.is_(None))
    db.session.execute(withdrawn.where(Consent.complaint_id == complaint.id).values(withdrawn_at=now))
    check_in.status, check_in.answered_at = "answered", now
    for kind in ("check_in", "check_in_reminder"):
        unsent = update(Outbox).where(Outbox.kind == kind, Outbox.subject_id == check_in.id)
        db.session.execute(unsent.where(Outbox.status == "queued").values(status="cancelled", reason="answered"))
    db.session.add(Round(complaint_id=complaint.id, cycle=complaint.cycle, resolution=complaint.resolution))
    complaint.status, complaint.reopened_at, complaint.updated_at = "reopened", now, now
    case = RecoveryCase(
        check_in_id=check_in.id,
        complaint_id=complaint.id,
        status="open",
        owner_name=complaint.handler_name or "",
        owner_email=complaint.handler_email or "",
        opened_at=now,
        due_at=now + timedelta(days=2),
    )
    db.session.add(case)
    db.session.flush()
    for subject, subject_id, what, state in (
        ("check_in", check_in.id, "answered", "answered"),
        ("answer", answer.id, "answered", answer.satisfied),
        ("complaint", complaint.id, "reopened", "reopened"),
        ("recovery_case", case.id, "opened", "open"),
    ):
        db.session.add(
            History(
                at=now,
                actor=actor,
                subject=subject,
                subject_id=subject_id,
                complaint_id=complaint.id,
                what=what,
                to_state=state,
            )
        )
    for kind, customer_id in (("answer_receipt", complaint.customer_id), ("case_for_handler", None)):
        db.session.add(
            Outbox(
                uuid=str(uuid.uuid4()),
                kind=kind,
                subject_id=case.id,
                cycle=1,
                complaint_id=complaint.id,
                customer_id=customer_id,
                to_address=None if customer_id else case.owner_email,
                status="queued",
                due_at=now,
                created_at=now,
            )
        )
    db.session.commit()
