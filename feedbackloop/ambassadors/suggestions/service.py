"""Suggestions: rules that say of whom marketing might think, and what they decide. A rule moves and mails nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from feedbackloop.ambassadors import service as board
from feedbackloop.ambassadors.suggestions import queries, rules
from feedbackloop.ambassadors.suggestions.models import RuleSetting, Suggestion
from feedbackloop.ambassadors.suggestions.queries import Looked
from feedbackloop.ambassadors.suggestions.rules import RULES, SUGGESTED_STAGE, Setting
from feedbackloop.core import clock, history, queue
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.core.history import Change
from feedbackloop.extensions import db
from feedbackloop.people.events import ConsentsChanged, PeopleErased
from feedbackloop.reviews import queries as reviews
from feedbackloop.reviews.events import ReviewsMatched, ReviewsWritten

STRETCH = 5_000
_CONSIDER = "feedbackloop.ambassadors.suggestions.jobs.consider"
_JOB_SIZE = 500

# Why marketing moved somebody, as history keeps it.
BY_SUGGESTION = "suggested"


# What happens: the people it happened to are looked at in a job, after the commit. The sweep finds whom that loses.


def look_at_consents(event: ConsentsChanged) -> None:
    _look_at(event.ids)


def look_at_reviewers(event: ReviewsWritten) -> None:
    _look_at(list(reviews.reviewers(event.review_ids).values()))


def look_at_matched(event: ReviewsMatched) -> None:
    _look_at(list(reviews.customers_of(event.invitation_ids).values()))


def erase(event: PeopleErased) -> None:
    """Nothing is suggested of who was erased."""
    people = queries.of_customers(event.ids)
    _withdraw([(one, "erased") for one in queries.waiting_of(people)], {})


def _look_at(customer_ids: Sequence[int]) -> None:
    ids = sorted(set(customer_ids))
    for start in range(0, len(ids), _JOB_SIZE):
        queue.enqueue("work", _CONSIDER, ids[start : start + _JOB_SIZE])


# What a job does


def consider(customer_ids: Sequence[int]) -> int:
    """Judges these people by the rules that are on; for how many there is something new."""
    queries.held_round()  # two at once would each see somebody whom nobody suggested yet
    looked = queries.looked(queries.of_customers(customer_ids), clock.now())
    settings = queries.rule_settings()
    _take_back(looked, settings)
    return _suggest(looked, settings, Counter())


def sweep(size: int = STRETCH) -> bool:
    """Judges the next stretch of people; False once everybody was looked at, and the next round begins."""
    state = queries.held_round()
    ids = queries.stretch(state.swept_to, size)
    seen: Counter[str] = Counter(state.seen)
    if ids:
        settings = queries.rule_settings()
        asked = {one.consent for one in settings.values() if one.active}
        may = queries.who_may(ids[0], ids[-1], queries.mask(asked)) if asked else []
        now = clock.now()
        looked = queries.looked(may, now)
        waits = queries.who_waits(ids[0], ids[-1])
        others = queries.looked([one for one in waits if one not in set(may)], now)
        _take_back([*looked, *others], settings)
        _suggest(looked, settings, seen)
        seen["looked"] += len(ids)
        seen["nothing_allowed"] += len(ids) - len(may)
        state.swept_to, state.seen = ids[-1], dict(seen)
    goes_on = len(ids) == size
    if not goes_on:
        state.swept_to, state.last_seen, state.seen, state.ended_at = 0, dict(seen), {}, clock.now()
    db.session.flush()
    return goes_on


def _suggest(looked: Sequence[Looked], settings: Mapping[str, Setting], seen: Counter[str]) -> int:
    """Keeps what the rules say, one suggestion for a person at a time; what they do not say is counted in `seen`."""
    rows, about = [], {}
    for one in looked:
        for rule in RULES:
            decision = rules.may_suggest(rule, settings[rule], one.person)
            if decision:
                facts = rules.facts(rule, settings[rule], one.person)
                rows.append(_row(one.id, rule, facts))
                about[one.id] = (rule, one)
                break
            if decision.reason != "off":
                seen[f"{rule}:{decision.reason}"] += 1
    new = queries.insert(rows)
    for ambassador_id in new:
        seen[f"{about[ambassador_id][0]}:suggested"] += 1
    history.record_many(
        Change("system", "ambassador", one.id, "suggested", one.complaint_id, one.person.stage, one.person.stage, rule)
        for rule, one in (about[ambassador_id] for ambassador_id in sorted(new))
    )
    return len(new)


def _row(ambassador_id: int, rule: str, facts: Mapping[str, object]) -> dict[str, object]:
    return {
        "ambassador_id": ambassador_id,
        "rule": rule,
        "facts": dict(facts),
        "status": "waiting",
        "suggested_at": clock.now(),
    }


def _take_back(looked: Sequence[Looked], settings: Mapping[str, Setting]) -> None:
    """What waits and is no longer true is withdrawn, with the reason."""
    people = {one.id: one for one in looked}
    gone = []
    for waiting in queries.waiting_of(sorted(people)):
        setting = settings[waiting.rule]
        decision = rules.holds(waiting.rule, setting, people[waiting.ambassador_id].person)
        if not setting.active:
            gone.append((waiting, "off"))
        elif not decision:
            gone.append((waiting, str(decision.reason)))
    _withdraw(gone, people)


def _withdraw(gone: Sequence[tuple[Suggestion, str]], people: Mapping[int, Looked]) -> None:
    now = clock.now()
    for one, reason in gone:
        one.status, one.reason, one.decided_at = "withdrawn", reason, now
    db.session.flush()
    history.record_many(
        Change("system", "ambassador", one.ambassador_id, "suggestion_withdrawn", _case(one, people), reason=reason)
        for one, reason in gone
    )


def _case(one: Suggestion, people: Mapping[int, Looked]) -> int:
    known = people.get(one.ambassador_id)
    return known.complaint_id if known else one.ambassador.complaint_id


# What marketing decide


class NoLongerTrue(Conflict):
    """What the rule saw is not so any more, or somebody decided already."""


def accept(suggestion_id: int, version: int, actor: str) -> None:
    """Moves the person to where the rule says. Raises NotFound, NoLongerTrue, board.MovedMeanwhile."""
    one = _waiting(suggestion_id)
    (looked,) = queries.looked([one.ambassador_id], clock.now())
    setting = queries.rule_settings()[one.rule]
    if not rules.holds(one.rule, setting, looked.person):
        raise NoLongerTrue
    board.move(one.ambassador_id, version, SUGGESTED_STAGE, actor, BY_SUGGESTION)
    _decide(one, "accepted", None, actor, clock.now())


def decline(suggestion_id: int, reason: str, actor: str) -> None:
    """Leaves the person where they are; this rule does not speak of them again. Raises NotFound, NoLongerTrue."""
    one = _waiting(suggestion_id)
    _decide(one, "declined", reason, actor, clock.now())
    stage = one.ambassador.stage
    history.record(
        Change(
            actor,
            "ambassador",
            one.ambassador_id,
            "suggestion_declined",
            one.ambassador.complaint_id,
            stage,
            stage,
            reason,
            {"rule": one.rule},
        )
    )


def set_rule(rule: str, setting: Setting, actor: str) -> None:
    """Keeps how marketing want a rule. Raises NotFound for a rule that is none."""
    if rule not in RULES:
        raise NotFound
    kept = queries.rule_setting(rule)
    if kept is None:
        kept = RuleSetting(rule=rule)
        db.session.add(kept)
    values = {name: value for name, value in asdict(setting).items() if name != "active"}
    kept.active, kept.settings, kept.changed_at = setting.active, values, clock.now()
    db.session.flush()
    state = "on" if setting.active else "off"
    history.record(Change(actor, "suggestion_rule", RULES.index(rule) + 1, "set", to_state=state, detail=values))


def _waiting(suggestion_id: int) -> Suggestion:
    one = queries.held(suggestion_id)
    if one is None:
        raise NotFound
    if one.status != "waiting":
        raise NoLongerTrue
    return one


def _decide(one: Suggestion, status: str, reason: str | None, actor: str, now: datetime) -> None:
    one.status, one.reason, one.decided_by, one.decided_at = status, reason, actor, now
    db.session.flush()
