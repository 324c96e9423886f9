"""The pages that are looked at: for each a name, and where to find it in a site with sample data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import ColumnElement, Select, select

from feedbackloop.ambassadors.ask_models import Ask
from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.ambassadors.story_models import Story, StoryVersion
from feedbackloop.checkins.models import Answer, Call, CheckIn, Proposal
from feedbackloop.complaints.models import Complaint
from feedbackloop.core import tokens
from feedbackloop.extensions import db
from feedbackloop.improvements import follow
from feedbackloop.improvements.follow_models import Follower
from feedbackloop.improvements.models import Improvement, Telling
from feedbackloop.mailing.models import Outbox
from feedbackloop.people.models import Consent, Customer
from feedbackloop.recovery.models import RecoveryCase, Spending
from feedbackloop.reviews.models import Invitation, Review


@dataclass(frozen=True)
class Scene:
    """A page in one language. `staff` pages need a sign-in; `mails`: ids of mails, any of which shows it; `framed`:
    a part of it comes later, in a frame."""

    name: str
    path: str = ""
    staff: bool = False
    mails: tuple[str, ...] = ()
    framed: bool = False


def scenes(app: Flask, locale: str) -> list[Scene]:
    """Every page to look at, in this language."""
    with app.app_context():
        found = [Scene(name, find(locale)) for name, find in _OF_PEOPLE.items()]
        found += [Scene(name, mails=_mails(kind, locale)) for name, kind in _LETTERS.items()]
        found += [Scene(name, _in(path, locale), framed=name == "example-site") for name, path in _PUBLIC.items()]
        found.append(Scene("entry", _in(f"/improvements/{_one(_improvement())}", locale)))
        found.append(Scene("entry-before", _in(_earlier_version(), locale)))
        found.append(Scene("entry-measured", _in(f"/improvements/{_one(_measured())}", locale)))
        found.append(Scene("story-shown", _in(f"/stories/{_one(_story('published'))}", locale)))
        found.append(Scene("review-shown", _in(f"/reviews/{_one(_replied())}", locale)))
        found += [Scene(name, _in(path, locale), staff=True) for name, path in _STAFF.items()]
        found += [Scene(name, _in(find(), locale), staff=True) for name, find in _STAFF_ONE.items()]
        db.session.rollback()
        db.engine.dispose()
    return found


def _in(path: str, locale: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}lang={locale}"


def _one(statement: Select[int] | Select[str]) -> int | str:
    found = db.session.scalar(statement.limit(1))
    if found is None:
        raise LookupError(f"the sample has nothing for {statement}")
    return found


# What one person is sent


def _form(locale: str) -> str:
    return f"/check-in/{tokens.make('check-in', _one(_check_in(locale).where(CheckIn.status == 'sent')))}"


def _pressed(locale: str) -> str:
    return f"{_form(locale)}?satisfied=no"


def _thanks(satisfied: str) -> Callable[[str], str]:
    # The newest round of a complaint that was not resolved again: an older one shows only what was recorded.
    def path(locale: str) -> str:
        standing = {"yes": "confirmed", "later": "resolved"}.get(satisfied, "reopened")
        wanted = _check_in(locale).join(Answer, Answer.check_in_id == CheckIn.id)
        wanted = wanted.where(Answer.latest, Answer.satisfied == satisfied, Complaint.status == standing)
        return f"/check-in/{tokens.make('check-in', _one(wanted))}/thanks"

    return path


def _review(locale: str) -> str:
    wanted = select(Invitation.id).join(Customer, Customer.id == Invitation.customer_id)
    wanted = wanted.where(Customer.locale == locale, Invitation.status == "sent")
    return f"/review/{tokens.make('review', _one(wanted.order_by(Invitation.id.desc())))}"


def _ask(locale: str) -> str:
    wanted = select(Ask.id).join(Customer, Customer.id == Ask.customer_id)
    wanted = wanted.where(Customer.locale == locale, Ask.status.in_(("scheduled", "sent")))
    return f"/ask/{tokens.make('ask', _one(wanted.order_by(Ask.id.desc())))}"


def _answered_ask(locale: str) -> str:
    wanted = select(Ask.id).where(Ask.status == "answered", Ask.kind == "name")
    return _in(f"/ask/{tokens.make('ask', _one(wanted))}", locale)


def _agreements(locale: str) -> str:
    wanted = select(Consent.customer_id).where(Consent.withdrawn_at.is_(None), Consent.purpose == "name")
    return _in(f"/agreements/{tokens.make('agreements', _one(wanted))}", locale)


def _ask_for() -> str:
    wanted = select(Ambassador.id).where(Ambassador.left_at.is_(None), Ambassador.not_now_until.is_(None))
    return f"/staff/ambassadors/{_one(wanted.order_by(Ambassador.id.desc()))}/asks/reference"


def _told(locale: str) -> str:
    wanted = select(Telling.id).join(Customer, Customer.id == Telling.customer_id)
    wanted = wanted.where(Customer.locale == locale, Telling.status == "sent", Telling.helps.is_(None))
    return f"/told/{tokens.make('told', _one(wanted.order_by(Telling.id.desc())))}"


def _summary(locale: str) -> str:
    return f"/summary/{tokens.make('summary', _one(_proposal(locale, 'summary')))}"


def _agreement(locale: str) -> str:
    return f"/agreement/{tokens.make('agreement', _one(_proposal(locale, 'step')))}"


def _proposal(locale: str, kind: str) -> Select[int]:
    wanted = select(Proposal.id).join(Complaint, Complaint.id == Proposal.complaint_id)
    wanted = wanted.join(Customer, Customer.id == Complaint.customer_id)
    wanted = wanted.where(Customer.locale == locale, Proposal.kind == kind)
    return wanted.where(Proposal.status.in_(("sent", "answered"))).order_by(Proposal.answered_at.is_not(None))


def _story_agreement(locale: str) -> str:
    wanted = select(StoryVersion.id).join(Story, Story.id == StoryVersion.story_id)
    return f"/story/{tokens.make('story', _one(wanted.where(Story.status == 'asked', Story.locale == locale)))}"


def _story_agreed(locale: str) -> str:
    wanted = select(StoryVersion.id).join(Story, Story.id == StoryVersion.story_id)
    return _in(f"/story/{tokens.make('story', _one(wanted.where(StoryVersion.answer == 'yes')))}", locale)


def _unsubscribe(locale: str) -> str:
    person = _one(select(Customer.id).where(Customer.locale == locale).order_by(Customer.id))
    return f"/unsubscribe/{tokens.make('unsubscribe', f'{person}-check_in')}"


def _case(locale: str) -> str:
    wanted = select(RecoveryCase.id).where(RecoveryCase.status == "open").order_by(RecoveryCase.id.desc())
    return _in(f"/case/{tokens.make('case', _one(wanted))}", locale)


def _check_in(locale: str) -> Select[int]:
    found = select(CheckIn.id).join(Complaint, Complaint.id == CheckIn.complaint_id)
    found = found.join(Customer, Customer.id == Complaint.customer_id).where(Customer.locale == locale)
    return found.order_by(CheckIn.id.desc())


def _mails(kind: str, locale: str) -> tuple[str, ...]:
    """The ids of the mails of a kind that people of this language were sent, the newest first."""
    wanted = select(Outbox.uuid).where(Outbox.kind == kind, Outbox.smtp_reply.is_not(None))
    if kind in follow.KINDS:
        wanted = wanted.join(Follower, Follower.id == Outbox.subject_id).where(Follower.locale == locale)
    else:
        wanted = wanted.join(Customer, Customer.id == Outbox.customer_id).where(Customer.locale == locale)
    return tuple(db.session.scalars(wanted.order_by(Outbox.id.desc())))


def _improvement() -> Select[str]:
    public = Improvement.published_at.is_not(None) & Improvement.unpublished_at.is_(None)
    return select(Improvement.slug).where(public, Improvement.status == "done").order_by(Improvement.id)


def _measured() -> Select[str]:
    return select(Improvement.slug).where(Improvement.category == "bereikbaarheid")


def _replied() -> Select[int]:
    return select(Review.id).where(Review.status == "published", Review.reply.is_not(None)).order_by(Review.id)


def _story(status: str) -> Select[str]:
    wanted = select(Story.slug).where(Story.status == status, Story.shown_name.is_not(None))
    return wanted.order_by(Story.id)


def _staff_story(*more: ColumnElement[bool], page: str = "") -> Callable[[], str]:
    def path() -> str:
        return f"/staff/stories/{_one(select(Story.id).where(*more).order_by(Story.id))}{page}"

    return path


def _story_new() -> str:
    wanted = select(Ambassador.id).where(Ambassador.left_at.is_(None)).order_by(Ambassador.id)
    return f"/staff/stories/new?ambassador={_one(wanted)}"


def _staff_improvement() -> str:
    wanted = select(Improvement.id).where(Improvement.published_at.is_not(None)).order_by(Improvement.id)
    return f"/staff/improvements/{_one(wanted)}"


def _staff_stopped() -> str:
    wanted = select(Improvement.id).where(Improvement.asked_at.is_not(None)).order_by(Improvement.id)
    return f"/staff/improvements/{_one(wanted)}"


def _staff_picking() -> str:
    return f"{_staff_improvement()}/complaints"


def _staff_edit() -> str:
    return f"{_staff_improvement()}/edit"


def _earlier_version() -> str:
    return f"/improvements/{_one(_improvement())}/versions/1"


def _staff_case() -> str:
    # The one with the most rounds has the longest story.
    return f"/staff/complaints/{_one(select(CheckIn.complaint_id).order_by(CheckIn.cycle.desc(), CheckIn.id))}"


def _call() -> str:
    return f"/staff/calls/{_one(select(Call.id).where(Call.status == 'open').order_by(Call.rank, Call.id))}"


def _crisis() -> str:
    return f"/staff/complaints/{_one(select(Call.complaint_id).order_by(Call.id))}/crisis"


def _put(kind: str) -> Callable[[], str]:
    def path() -> str:
        return f"/staff/complaints/{_one(select(Call.complaint_id).order_by(Call.id))}/put/{kind}"

    return path


def _recovery(page: str, *more: ColumnElement[bool]) -> Callable[[], str]:
    def path() -> str:
        wanted = select(RecoveryCase.id).where(RecoveryCase.status == "open", *more).order_by(RecoveryCase.id)
        return f"/staff/recovery/{_one(wanted)}{page}"

    return path


def _spending() -> str:
    return f"/staff/recovery/discretion/{_one(select(Spending.id).where(Spending.status == 'asked'))}"


def _public_reply() -> str:
    wanted = select(Complaint.id).where(Complaint.channel == "review_site").order_by(Complaint.id.desc())
    return f"/staff/recovery/public-replies/of/{_one(wanted)}"


def _card() -> str:
    wanted = select(Ambassador.id).where(Ambassador.stage == "ambassador").order_by(Ambassador.id)
    return f"/staff/ambassadors/{_one(wanted)}"


def _follower(purpose: str, status: str) -> Callable[[str], str]:
    def path(locale: str) -> str:
        wanted = select(Follower.id).where(Follower.status == status, Follower.locale == locale)
        under = {"follow": "/follow", "unfollow": "/unsubscribe/follow"}[purpose]
        return f"{under}/{tokens.make(purpose, _one(wanted))}"

    return path


_OF_PEOPLE: Mapping[str, Callable[[str], str]] = {
    "form": _form,
    "form-pressed": _pressed,
    "thanks-yes": _thanks("yes"),
    "thanks-no": _thanks("no"),
    "thanks-later": _thanks("later"),
    "review": _review,
    "told": _told,
    "ask": _ask,
    "ask-answered": _answered_ask,
    "agreements": _agreements,
    "summary": _summary,
    "agreement": _agreement,
    "story-agreement": _story_agreement,
    "story-agreed": _story_agreed,
    "unsubscribe": _unsubscribe,
    "follow-confirm": _follower("follow", "asked"),
    "follow-confirmed": _follower("follow", "following"),
    "unfollow": _follower("unfollow", "following"),
    "case-link": _case,
}
_LETTERS: Mapping[str, str] = {
    "mail-check-in": "check_in",
    "mail-review": "review_invitation",
    "mail-told": "told_you_so",
    "mail-ask": "ask",
    "mail-follow": "follow_confirmation",
    "mail-digest": "follow_digest",
    "mail-summary": "summary_confirmation",
    "mail-step": "step_agreement",
    "mail-story": "story_agreement",
}
_PUBLIC: Mapping[str, str] = {
    "mailbox": "/mailbox/",
    "log": "/improvements/",
    "follow": "/follow/",
    "follow-sent": "/follow/sent",
    "log-search": "/improvements/?q=fiets&status=done",
    "log-nothing": "/improvements/?q=zeppelin",
    "log-wrong": "/improvements/?status=finished",
    "handling": "/improvements/how-we-handle-complaints",
    "reviews": "/reviews/",
    "stories": "/stories/",
    "privacy": "/privacy",
    "example-site": "/example-site/",
    "not-found": "/check-in/12.forged",
}
_STAFF: Mapping[str, str] = {
    "home": "/staff/",
    "complaints": "/staff/complaints/",
    "complaint-new": "/staff/complaints/new",
    "check-ins": "/staff/check-ins/",
    "reasons": "/staff/check-ins/reasons",
    "reason-new": "/staff/check-ins/reasons/new",
    "calls": "/staff/calls/",
    "recovery": "/staff/recovery/",
    "recovery-late": "/staff/recovery/?status=overdue",
    "discretion": "/staff/recovery/discretion",
    "budgets": "/staff/recovery/discretion/budgets",
    "texts": "/staff/recovery/texts/",
    "text-new": "/staff/recovery/texts/mail/new",
    "public-replies": "/staff/recovery/public-replies/?status=placed",
    "reviews-staff": "/staff/reviews/",
    "invitations": "/staff/reviews/invitations",
    "fairness": "/staff/reviews/fairness",
    "elsewhere": "/staff/reviews/elsewhere",
    "places": "/staff/reviews/destinations",
    "place-new": "/staff/reviews/destinations/new",
    "board": "/staff/ambassadors/",
    "board-list": "/staff/ambassadors/list?sort=next",
    "stories-staff": "/staff/stories/",
    "stories-quotes": "/staff/stories/candidates",
    "stories-exceptions": "/staff/stories/candidates?of=exceptions",
    "stories-embed": "/staff/stories/embed",
    "suggestions": "/staff/ambassadors/suggestions/",
    "suggestion-rules": "/staff/ambassadors/suggestions/rules",
    "people-file": "/staff/ambassadors/export",
    "numbers": "/staff/numbers/?period=12m",
    "numbers-people": "/staff/numbers/people?step=answered&period=12m",
    "numbers-file": "/staff/numbers/export",
    "reports": "/staff/reports/",
    "listening": "/staff/listening/",
    "improvements": "/staff/improvements/",
    "improvement-new": "/staff/improvements/new",
    "told-staff": "/staff/improvements/told",
    "followers": "/staff/improvements/followers",
    "snippet": "/staff/improvements/embed",
    "mailing": "/staff/mailing/",
    "incoming": "/staff/incoming/",
    "not-mailed": "/staff/mailing/not-mailed/",
    "not-mailed-new": "/staff/mailing/not-mailed/new",
    "people": "/staff/people/",
    "tokens": "/staff/tokens/",
    "account": "/staff/account",
    "settings": "/staff/settings",
}
_STAFF_ONE: Mapping[str, Callable[[], str]] = {
    "complaint": _staff_case,
    "case": _recovery("", RecoveryCase.escalation.is_not(None)),
    "case-outcome": _recovery("/outcome"),
    "case-spend": _recovery("/spend"),
    "case-texts": _recovery("/write"),
    "case-write": _recovery("/write?text=first_contact"),
    "spending": _spending,
    "public-reply": _public_reply,
    "improvement": _staff_improvement,
    "improvement-stopped": _staff_stopped,
    "improvement-edit": _staff_edit,
    "improvement-pick": _staff_picking,
    "card": _card,
    "story": _staff_story(Story.status == "published", Story.kind == "story"),
    "story-words": _staff_story(Story.reason == "said_changes"),
    "story-edit": _staff_story(Story.kind == "quote", page="/edit"),
    "story-new": _story_new,
    "ask-for": _ask_for,
    "call": _call,
    "crisis": _crisis,
    "put-summary": _put("summary"),
    "put-step": _put("step"),
}
