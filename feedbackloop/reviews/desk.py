"""What staff do with reviews on the own page, and who was invited. Places, fairness and other sites stand beside it."""

from __future__ import annotations

from typing import Any, TypeVar

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from feedbackloop.config import settings
from feedbackloop.core import access, db, periods
from feedbackloop.core.errors import NotFound
from feedbackloop.core.fields import row_id
from feedbackloop.mailing import words as mail_words
from feedbackloop.reviews import lists, making, moderation, replying, rules
from feedbackloop.reviews.forms import PublishForm, RefusalForm, ReplyForm
from feedbackloop.reviews.models import Review
from feedbackloop.reviews.rules import INVITATION_MOVES, REVIEW_MOVES

PAGE_SIZE = 50

# Marketing sees what was written to be published, and keeps the places; whether a review is shown is decided by those
# who have nothing to sell with it.
READERS = ("quality", "marketing")
JUDGES = ("quality",)

# What closed the case, and so led to the invitation.
OCCASIONS = {
    "confirmed": _l("The customer says that it is solved"),
    "outcome": _l("An outcome of recovery"),
    "expired": _l("No answer while the link worked"),
    "limit": _l("The longest wait"),
}
F = TypeVar("F", RefusalForm, ReplyForm)
_PERSONAL = _l("This would tell who somebody is: %(words)s. Everybody reads it; write it without.")

staff = Blueprint("reviews_staff", __name__, url_prefix="/staff/reviews")


# Reviews on the own page


@staff.get("/")
@access.requires(*READERS)
def listing() -> str:
    """Reviews by status; what waits longest comes first."""
    status = request.args.get("status", "pending")
    if status not in REVIEW_MOVES:
        raise NotFound
    after = row_id(request.args.get("after"))
    if status == "pending":
        rows = lists.oldest_pending(after, PAGE_SIZE)
    else:
        rows = lists.review_page(status, after, PAGE_SIZE)
    return _list(status, rows[:PAGE_SIZE], more=len(rows) > PAGE_SIZE)


@staff.get("/<int:review_id>")
@access.requires(*READERS)
def one(review_id: int) -> str:
    """One review, to which a complaint that came of it leads back."""
    return _alone(review_id)


def _alone(review_id: int, wrong: RefusalForm | ReplyForm | None = None) -> str:
    found = lists.staff_review(review_id)
    if found is None:
        raise NotFound
    return _list(found.status, [found], False, wrong)


def _list(status: str, rows: Any, more: bool, wrong: RefusalForm | ReplyForm | None = None) -> str:
    """The page of these reviews; `wrong` is a form that was not right, of the only one."""
    return render_template(
        "staff/reviews/list.html",
        status=status,
        statuses=list(REVIEW_MOVES),
        counts=lists.review_counts(),
        reviews=[
            (
                row,
                wrong if isinstance(wrong, RefusalForm) else _form_of(RefusalForm, row),
                wrong if isinstance(wrong, ReplyForm) else _form_of(ReplyForm, row, reply=row.reply),
            )
            for row in rows
        ],
        older=rows[-1].id if more else None,
        may_judge=_is_judge(),
        is_low=rules.is_low,
        case_address=case_address,
    )


def case_address(complaint_id: int) -> str | None:
    """Where the case stands, for who may open it."""
    return access.link("complaints_staff.case", complaint_id=complaint_id)


def _form_of(kind: type[F], review: Review, **more: Any) -> F:
    form = kind(formdata=None, prefix="", data={"version": review.version, **more})
    for field in form:
        field.id = field.label.field_id = f"{field.name}-{review.id}"
    return form


def _is_judge() -> bool:
    return g.staff.role in (*JUDGES, "admin")


@staff.post("/<int:review_id>/publish")
@access.requires(*JUDGES)
def publish(review_id: int) -> Any:
    form = PublishForm()
    with db.transaction():
        moderation.publish(review_id, _version(form), access.actor())
    flash(_("The review is shown now."))
    return redirect(url_for("reviews_staff.listing"), 303)


@staff.post("/<int:review_id>/refuse")
@access.requires(*JUDGES)
def refuse(review_id: int) -> Any:
    form = RefusalForm()
    if not form.validate():
        return _alone(review_id, form), 400
    with db.transaction():
        moderation.refuse(review_id, _version(form), form.reason.data, access.actor())
    flash(_("The review is not shown. It counts with the refused ones on the public page."))
    return redirect(url_for("reviews_staff.listing"), 303)


@staff.post("/<int:review_id>/reply")
@access.requires(*READERS)
def reply(review_id: int) -> Any:
    """What the organisation says under it. Words that would tell who somebody is are refused."""
    form = ReplyForm()
    if form.validate():
        try:
            with db.transaction():
                replying.reply(review_id, _version(form), form.reply.data, access.actor())
        except replying.PersonalData as problem:
            form.reply.errors = [_PERSONAL % {"words": ", ".join(problem.found)}]
        else:
            flash(_("The reply is saved.") if form.reply.data else _("There is no reply any more."))
            return redirect(url_for("reviews_staff.one", review_id=review_id), 303)
    return _alone(review_id, form), 400


@staff.post("/<int:review_id>/complaint")
@access.requires(*READERS)
def complaint(review_id: int) -> Any:
    """A low review becomes a complaint, which somebody takes care of."""
    with db.transaction():
        made = making.of_own(review_id, access.actor())
    flash(_("The review is a complaint now, for somebody to take care of."))
    return redirect(case_address(made) or url_for("reviews_staff.one", review_id=review_id), 303)


def _version(form: PublishForm) -> int:
    return row_id(form.version.data) or 0


# Invitations


@staff.get("/invitations")
@access.requires(*READERS)
def invitations() -> str:
    """Who was invited, who was not, and why not."""
    status, reason = request.args.get("status") or None, request.args.get("reason") or None
    if status is not None and status not in INVITATION_MOVES:
        raise NotFound
    asked = {f"{what}_from": request.args.get(f"{what}_from", "") for what in ("sent", "clicked", "written")}
    zone = settings().timezone
    since = lists.Since(*(periods.day_start(day, zone) for day in asked.values()))
    rows = lists.invitation_page(status, reason, since, row_id(request.args.get("after")), PAGE_SIZE)
    return render_template(
        "staff/reviews/invitations.html",
        status=status,
        reason=reason,
        asked=asked,
        statuses=list(INVITATION_MOVES),
        counts=lists.invitation_counts(),
        invitations=rows[:PAGE_SIZE],
        reason_word=mail_words.reason,
        occasions=OCCASIONS,
        older=rows[PAGE_SIZE - 1].id if len(rows) > PAGE_SIZE else None,
        case_address=case_address,
    )
