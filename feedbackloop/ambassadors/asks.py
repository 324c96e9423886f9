"""What marketing asks of people, and what they say to it. Nothing here moves anybody on the board."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from feedbackloop.ambassadors import ask_pictures, ask_words
from feedbackloop.ambassadors import ask_queries as queries
from feedbackloop.ambassadors import ask_rules as rules
from feedbackloop.ambassadors.ask_models import Ask, Picture
from feedbackloop.ambassadors.ask_rules import Past, Person
from feedbackloop.ambassadors.events import AsksAnswered
from feedbackloop.ambassadors.queries import held_by_id
from feedbackloop.ambassadors.rules import is_put_off
from feedbackloop.checkins import quoting
from feedbackloop.complaints.events import ComplaintsReopened, ConfirmationsTakenBack
from feedbackloop.config import settings
from feedbackloop.core import clock, history
from feedbackloop.core.decisions import Decision
from feedbackloop.core.errors import Conflict, Gone, NotFound
from feedbackloop.core.events import emit
from feedbackloop.core.filetypes import StoredFile
from feedbackloop.core.history import Change
from feedbackloop.core.keys import address_keys
from feedbackloop.extensions import db
from feedbackloop.mailing import optouts
from feedbackloop.mailing import service as mailing
from feedbackloop.mailing.events import MailsEnded, MailsSent
from feedbackloop.mailing.queries import suppressions
from feedbackloop.people import consents
from feedbackloop.people.events import PeopleErased

KIND = "ask"
PURPOSE = "review"
# Who wants no news of us does not want to be asked for more either.
_STOPPED_BY = (PURPOSE, "news")
EXPIRE_BATCH = 500


@dataclass(frozen=True)
class Said:
    """What a person answers: 'yes' or 'no' by purpose. `words_id` is of the words that they read on the page."""

    answers: Mapping[str, str]
    locale: str
    words_id: int | None = None
    picture: StoredFile | None = None
    uses: Sequence[str] = ()


def people(ambassador_ids: Sequence[int]) -> dict[int, Person]:
    """What `ask_rules` wants to know of each of them."""
    found = queries.people(ambassador_ids)
    pairs = {one.id: (one.customer_id, one.complaint_id) for one in found.values()}
    allowed = queries.allowed(list(pairs.values()))
    wrote = queries.words([one.complaint_id for one in found.values()])
    waiting = queries.with_open_complaint([one.customer_id for one in found.values()])
    before = queries.of_ambassadors(list(found))
    not_mailed = stopped(one.customer.email for one in found.values() if one.customer.email)
    today = clock.now().astimezone(settings().timezone).date()
    return {
        one.id: Person(
            has_address=one.customer.email is not None,
            erased=one.customer.erased_at is not None,
            held=one.customer.sample and not settings().local_mail,
            suppressed=not_mailed.get(one.customer.email or ""),
            on_board=one.left_at is None,
            case_open=one.customer_id in waiting,
            put_off=is_put_off(one.not_now_until, today),
            wrote=one.complaint_id in wrote,
            holds=allowed[pairs[one.id]].holds,
            taken_back=allowed[pairs[one.id]].taken_back,
            past=past(before.get(one.id, ())),
        )
        for one in found.values()
    }


def stopped(addresses: Iterable[str]) -> dict[str, str]:
    """Why these addresses are not asked anything, by address."""
    keyed = address_keys(set(addresses))
    listed = suppressions(sorted(set(keyed.values())), clock.now()) if keyed else []
    reasons = {row.address_key: row.reason for row in listed if row.purpose in (*_STOPPED_BY, optouts.EVERYTHING)}
    return {address: reasons[key] for address, key in keyed.items() if key in reasons}


def past(asks: Iterable[Ask]) -> list[Past]:
    return [Past(one.kind, one.status, one.answers or {}, one.sent_at) for one in asks]


def may_ask(ambassador_id: int, kind: str, told: bool = False) -> Decision:
    """Raises NotFound."""
    who = people([ambassador_id]).get(ambassador_id)
    if who is None or kind not in rules.KINDS:
        raise NotFound
    return _may(kind, who, told)


def _may(kind: str, who: Person, told: bool) -> Decision:
    return rules.may_ask(kind, who, clock.now(), settings().scaled(settings().ask_cooldown), told)


def may_ask_each(who: Person) -> dict[str, Decision]:
    """For each kind whether it may be asked of this person now."""
    return {kind: _may(kind, who, False) for kind in rules.KINDS}


def ask(ambassador_id: int, kind: str, line: str | None, told: bool, actor: str) -> Decision:
    """Asks a person for something, by mail. A decision against it is kept with its reason. Raises NotFound."""
    one = held_by_id(ambassador_id)
    if one is None or kind not in rules.KINDS:
        raise NotFound
    may = _may(kind, people([ambassador_id])[ambassador_id], told)
    row = Ask(
        ambassador_id=one.id,
        customer_id=one.customer_id,
        complaint_id=one.complaint_id,
        kind=kind,
        status="scheduled" if may else "not_sent",
        reason=may.reason,
        line=line if may else None,
        asked_by=actor,
        told=told,
        created_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    what = "planned" if may else "not_sent"
    detail = {"kind": kind, "told": told} if told else {"kind": kind}
    history.record(Change(actor, "ask", row.id, what, one.complaint_id, None, row.status, may.reason, detail))
    if may:
        now = clock.now()
        mailing.plan_mails([mailing.NewMail(KIND, row.id, now, 1, one.complaint_id, one.customer_id)])
    return may


def stop(ask_id: int, actor: str) -> None:
    """Stops an ask whose mail did not go yet. Raises NotFound, and Conflict where it went."""
    found = queries.lock(ask_id)
    if found is None:
        raise NotFound
    if found.status != "scheduled" or not mailing.cancel_unsent(KIND, [ask_id], "by_staff"):
        raise Conflict
    _settle([ask_id], ("scheduled",), "cancelled", "by_staff", actor)


# What the person says


def may_answer(found: Ask) -> Decision:
    """Whether its link takes an answer now."""
    one = queries.people([found.ambassador_id])[found.ambassador_id]
    waiting = queries.with_open_complaint([found.customer_id])
    return rules.may_answer(found.status, one.customer.erased_at is not None, is_expired(found), bool(waiting))


def is_expired(found: Ask) -> bool:
    return clock.now() >= (found.sent_at or found.created_at) + _life()


def _life() -> timedelta:
    return settings().scaled(settings().link_life)


def refuse(decision: Decision) -> None:
    """Raises what a decision against answering means. Nothing where it is allowed."""
    if decision.reason == "not_found":
        raise NotFound
    if decision.reason == "expired":
        raise Gone
    if not decision:
        raise Conflict(code=decision.reason)


def asked_purposes(found: Ask) -> tuple[str, ...]:
    """What its page asks: what is not allowed yet, and what was answered here, which may be changed."""
    given = {purpose for purpose, said in (found.answers or {}).items() if said == "yes"}
    others = holding(found) - given
    wanted = rules.open_purposes(found.kind, others)
    return (*wanted, rules.CONTACT) if rules.CONTACT not in others else wanted


def holding(found: Ask) -> set[str]:
    """What its person allows for its case now."""
    pair = (found.customer_id, found.complaint_id)
    return queries.allowed([pair])[pair].holds


def answer(ask_id: int, said: Said, actor: str) -> bool:
    """Keeps what the person says, each consent in the words they saw; whether it changed anything.

    Raises NotFound, Gone and Conflict (a complaint is open again, or their words changed since they read the page).
    """
    found = queries.lock(ask_id)
    if found is None:
        raise NotFound
    refuse(may_answer(found))
    words = queries.words([found.complaint_id]).get(found.complaint_id)
    if said.answers.get("quote") == "yes" and (words is None or words.id != said.words_id):
        raise Conflict(code="words_changed")
    if said.answers.get("quote") == "yes" and words is not None:
        quoting.allow(words.id)
    changed = [_keep(found, purpose, one, said) for purpose, one in said.answers.items()]
    if found.answers == dict(said.answers) and not any(changed):
        return False
    before, found.answers = found.answer, dict(said.answers)
    asked = [one for one in rules.PURPOSES[found.kind] if one in said.answers]
    found.answer = said.answers[asked[-1]] if asked else "yes"
    found.status, found.reason, found.answered_at = "answered", None, clock.now()
    db.session.flush()
    mailing.cancel_unsent(KIND, [ask_id], "answered")
    detail = {"kind": found.kind, "answers": found.answers}
    history.record(Change(actor, "ask", ask_id, "answered", found.complaint_id, before, found.answer, detail=detail))
    emit(AsksAnswered((ask_id,)))
    return True


def _keep(found: Ask, purpose: str, said: str, all_said: Said) -> bool:
    """Gives or ends one consent; whether that changed what holds."""
    given = consents.given(found.customer_id, found.complaint_id, purpose)
    if said == "no":
        if given is not None:
            consents.withdraw(found.customer_id, found.complaint_id, purpose)
        return given is not None
    text = ask_words.consent_text(purpose, all_said.locale, all_said.uses)
    person_and_case = (found.customer_id, found.complaint_id)
    if purpose == "picture":
        if given is not None and all_said.picture is None and given.text == text:
            return False
        _keep_picture(found, all_said)
        consents.renew(*person_and_case, purpose, ask_words.VERSIONS[purpose], text)
        return True
    consents.give(*person_and_case, purpose, ask_words.VERSIONS[purpose], text)
    return given is None


def _keep_picture(found: Ask, said: Said) -> None:
    """Keeps the new picture in the place of the old one; or what the old one may be used for from now on."""
    before = queries.pictures_of([found.customer_id])
    mine = [one for one in before if one.complaint_id == found.complaint_id]
    if said.picture is None:
        for one in mine:
            one.uses = list(said.uses)
        return
    ask_pictures.forget([one.id for one in mine], [found.customer_id])
    stored = said.picture
    db.session.add(
        Picture(
            ask_id=found.id,
            customer_id=found.customer_id,
            complaint_id=found.complaint_id,
            file=stored.file,
            type=stored.type,
            size=stored.size,
            uses=list(said.uses),
            created_at=clock.now(),
        )
    )
    db.session.flush()


# What happens to asks


def mails_sent(event: MailsSent) -> None:
    """It went out: from now its link lives."""
    if event.kind == KIND:
        rows = queries.settle(event.subject_ids, ("scheduled",), status="sent", sent_at=clock.now())
        _record(rows, "sent", "sent", None)


def mails_ended(event: MailsEnded) -> None:
    """It will not arrive, or did not; the reason is kept."""
    if event.kind == KIND:
        before = ("scheduled", "sent") if event.status == "bounced" else ("scheduled",)
        status = "bounced" if event.status == "bounced" else "not_sent"
        _settle(event.subject_ids, before, status, event.reason)


def cancel_unsent(event: ComplaintsReopened | ConfirmationsTakenBack) -> None:
    """Who waits for us is asked no favour."""
    _cancel(queries.scheduled_of(queries.customers_of(event.ids)), "reopened")


def expire() -> int:
    """Closes what was never answered while its link lived, at most EXPIRE_BATCH; how many."""
    late = queries.sent_before(clock.now() - _life(), EXPIRE_BATCH)
    _settle(late, ("sent",), "expired", "link_expired")
    return len(late)


def erase(event: PeopleErased) -> None:
    """Stops what was not sent to erased people yet, and takes what colleagues wrote to them away."""
    _cancel(queries.scheduled_of(event.ids), "erased")
    queries.forget_lines(event.ids)


def _cancel(ask_ids: Sequence[int], reason: str) -> None:
    if ask_ids:
        mailing.cancel_unsent(KIND, ask_ids, reason)
        _settle(ask_ids, ("scheduled",), "cancelled", reason)


def _settle(
    ask_ids: Sequence[int], before: Sequence[str], status: str, reason: str | None, actor: str = "system"
) -> None:
    rows = queries.settle(ask_ids, before, status=status, reason=reason)
    _record(rows, status, status, reason, actor)


def _record(rows: Iterable[Row[Any]], what: str, to: str, reason: str | None, actor: str = "system") -> None:
    history.record_many(
        Change(actor, "ask", row.id, what, row.complaint_id, None, to, reason, {"kind": row.kind}) for row in rows
    )
