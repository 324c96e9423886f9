"""Replays the complaints of the sample: each step at its own moment, through the verbs that real ones go through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from feedbackloop.ambassadors import person_service
from feedbackloop.ambassadors import queries as people_on_board
from feedbackloop.ambassadors import service as ambassadors
from feedbackloop.checkins import answers, proposal_queries, proposals
from feedbackloop.checkins import queries as checkins
from feedbackloop.checkins.rules import AnswerInput
from feedbackloop.complaints import queries as complaint_queries
from feedbackloop.complaints import service as complaints
from feedbackloop.complaints.values import ComplaintInput, HandlerInput
from feedbackloop.core import clock
from feedbackloop.mailing import optouts, past
from feedbackloop.people.rules import PersonInput
from feedbackloop.reviews import moderation, outside, replying, writing
from feedbackloop.reviews import queries as reviews
from feedbackloop.reviews.models import Invitation
from feedbackloop.sample.content import Content, Table, day, moment

SOON_AFTER = ("answer_receipt", "case_for_handler", "case_for_quality", "solved_for_handler")
Step = tuple[datetime, Callable[[], None]]


@dataclass
class Stage:
    """What the steps share: the moment of loading, the ids that rows got."""

    content: Content
    now: datetime  # in the organisation's zone
    staff: dict[str, int] = field(default_factory=dict)
    destinations: dict[str, int] = field(default_factory=dict)
    complaints: dict[str, int] = field(default_factory=dict)
    improvements: dict[str, int] = field(default_factory=dict)

    def actor(self, key: str | None) -> str:
        return f"staff:{self.staff[key]}" if key in self.staff else "sample"

    def at(self, text: str) -> datetime:
        return moment(text, self.now)


def run(steps: list[Step]) -> None:
    """Runs the steps in the order of their moments, each with the clock at its own."""
    for at, step in sorted(steps, key=lambda one: one[0]):
        with clock.at(at):
            step()


def steps_of(stage: Stage, told: Table) -> Iterator[Step]:
    """Everything that happens to one complaint."""
    number = told["external_id"]
    yield stage.at(told["opened"]), lambda: _open(stage, told)
    for cycle in told.get("cycle", []):
        yield from _cycle_steps(stage, number, told.get("handler"), cycle)
    if "opt_out" in told:
        yield stage.at(told["opt_out"]["at"]), lambda: _opt_out(stage, number, told["opt_out"])
    for put in told.get("put", []):
        yield from _put_steps(stage, number, told.get("handler"), put)
    if "crisis" in told:
        yield stage.at(told["crisis"]["at"]), lambda: _mark_crisis(stage, number, told.get("handler"), told["crisis"])
    if "review" in told:
        yield from _review_steps(stage, number, told["review"])
    if "ambassador" in told:
        yield stage.at(told["ambassador"]["at"]), lambda: _move(stage, number, told["ambassador"])


def _open(stage: Stage, told: Table) -> None:
    handler = stage.content.people.get(told.get("handler", ""))
    same = ("source", "external_id", "subject", "summary", "description", "category", "channel")
    record = ComplaintInput(
        **{name: told[name].strip() for name in same},
        opened_at=clock.now(),
        rule=told.get("rule"),
        customer=PersonInput(**told["customer"]),
        handler=HandlerInput(handler["name"], handler["email"]) if handler else None,
        sample=True,
    )
    stage.complaints[told["external_id"]] = complaints.upsert([record], "sample")[0].id


def _cycle_steps(stage: Stage, number: str, handler: str | None, cycle: Table) -> Iterator[Step]:
    yield stage.at(cycle["resolved"]), lambda: _resolve(stage, number, handler, cycle)
    for name, kind in (("asked", "check_in"), ("reminded", "check_in_reminder")):
        if name in cycle:
            yield stage.at(cycle[name]), lambda kind=kind: note_sent(stage, number, kind)  # type: ignore[misc]
    if "answer" in cycle:
        yield stage.at(cycle["answer"]["at"]), lambda: _answer(stage, number, cycle["answer"])


def _resolve(stage: Stage, number: str, handler: str | None, cycle: Table) -> None:
    prevention = cycle.get("prevention")
    complaints.resolve(
        stage.complaints[number],
        stage.actor(handler),
        resolution=cycle["resolution"].strip(),
        root_cause=cycle["root_cause"].strip(),
        fault=cycle["fault"],
        apology_given=cycle["apology_given"],
        prevention=prevention.strip() if prevention else None,
    )


def note_sent(stage: Stage, number: str, *kinds: str) -> None:
    past.note_sent(past.unsent(kinds, stage.complaints[number]))


def _answer(stage: Stage, number: str, told: Table) -> None:
    complaint_id = stage.complaints[number]
    check_in = checkins.current([complaint_id])[complaint_id]
    customer_id = check_in.complaint.customer_id
    given = AnswerInput(
        satisfied=told["satisfied"],
        rating=told.get("rating"),
        recommend=told.get("recommend"),
        reasons=(told["reason"],) if "reason" in told else (),
        comment=told["comment"].strip() if "comment" in told else None,
        quote_consent=told.get("quote_consent", False),
        call_me=told.get("call_me", False),
        meet=told.get("meet", False),
        locale=check_in.complaint.customer.locale if check_in.complaint.customer else None,
    )
    answers.record_answer(check_in.id, given, f"customer:{customer_id}")
    note_sent(stage, number, *SOON_AFTER)


def _put_steps(stage: Stage, number: str, handler: str | None, told: Table) -> Iterator[Step]:
    yield stage.at(told["at"]), lambda: _put(stage, number, handler, told)
    if "answered" in told:
        yield stage.at(told["answered"]), lambda: _answer_put(stage, number, told)


def _put(stage: Stage, number: str, handler: str | None, told: Table) -> None:
    complaint_id = stage.complaints[number]
    proposals.put(complaint_id, told["kind"], told["text"].strip(), stage.actor(handler))
    if "answered" in told:
        note_sent(stage, number, proposals.KIND_OF_MAIL[told["kind"]])


def _answer_put(stage: Stage, number: str, told: Table) -> None:
    complaint_id = stage.complaints[number]
    put = proposal_queries.newest(complaint_id, told["kind"])
    if put is None:
        raise LookupError(number)
    customer_id = complaint_queries.by_ids([complaint_id])[complaint_id].customer_id
    words = told["words"].strip() if "words" in told else None
    proposals.answer(put.id, told["answer"], words, f"customer:{customer_id}")


def _mark_crisis(stage: Stage, number: str, handler: str | None, told: Table) -> None:
    complaints.mark_crisis(stage.complaints[number], told["why"], stage.actor(handler))


def _opt_out(stage: Stage, number: str, told: Table) -> None:
    complaint_id = stage.complaints[number]
    customer_id = complaint_queries.by_ids([complaint_id])[complaint_id].customer_id
    if customer_id is not None:
        for purpose in told["purposes"]:
            optouts.opt_out(customer_id, purpose, "link")


def _review_steps(stage: Stage, number: str, told: Table) -> Iterator[Step]:
    yield stage.at(told["invited"]), lambda: note_sent(stage, number, "review_invitation")
    if "clicked" in told:
        yield stage.at(told["clicked"]), lambda: _review(stage, number, told)
    if "decided" in told:
        yield stage.at(told["decided"]), lambda: _decide(stage, number, told)
    if "reply" in told:
        yield stage.at(told["replied"]), lambda: _reply(stage, number, told)


def _review(stage: Stage, number: str, told: Table) -> None:
    invitation = _invitation(stage, number)
    if told["destination"] != "own":
        writing.choose(invitation.id, stage.destinations[told["destination"]])
        return
    title, text, name = (told.get(key) for key in ("title", "text", "display_name"))
    locale = invitation.customer.locale or "nl"
    text = text.strip() if text else None
    writing.write_review(invitation.id, writing.ReviewText(told["rating"], title, text, name, locale))


def _invitation(stage: Stage, number: str) -> Invitation:
    found = reviews.invitations_of([stage.complaints[number]])
    return found[max(found)]


def _decide(stage: Stage, number: str, told: Table) -> None:
    review = reviews.review_of(_invitation(stage, number).id)
    if review is None:
        raise LookupError(number)
    actor = stage.actor("samira")
    if told["decision"] == "published":
        moderation.publish(review.id, review.version, actor)
    else:
        moderation.refuse(review.id, review.version, told["refusal"], actor)


def _reply(stage: Stage, number: str, told: Table) -> None:
    review = reviews.review_of(_invitation(stage, number).id)
    if review is None:
        raise LookupError(number)
    replying.reply(review.id, review.version, told["reply"].strip(), stage.actor("daan"))


def bring_in(stage: Stage) -> None:
    """Reviews that stand on other sites, as if their exports were brought in now."""
    for told in stage.content.outside_reviews:
        words = {name: told[name] for name in ("rating", "title", "text", "author")}
        given = outside.OutsideInput(
            external_id=told["id"], url=None, written_at=stage.at(told["written"]), digest=told["id"], **words
        )
        outside.take(stage.destinations[told["destination"]], [given], "sample")


def _move(stage: Stage, number: str, told: Table) -> None:
    customer_id = complaint_queries.by_ids([stage.complaints[number]])[stage.complaints[number]].customer_id
    (person,) = people_on_board.held([customer_id] if customer_id else [])
    actor = stage.actor("daan")
    if told["stage"] == "not_now":
        ambassadors.put_off(person.id, person.version, day(told["until"], stage.now), told["reason"], actor)
        return
    moved = ambassadors.move(person.id, person.version, told["stage"], actor)
    next_step_on = day(told["next_step_on"], stage.now)
    ambassadors.plan_next(moved.id, moved.version, told["next_step"], next_step_on, actor)
    person_service.note(moved.id, told["note"].strip(), actor)
