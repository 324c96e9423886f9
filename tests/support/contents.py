"""What real mails of every kind are given to say, and the same with other words in it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from feedbackloop import loop
from feedbackloop.ambassadors import asks, stories
from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.ambassadors.numbers import jobs as numbers
from feedbackloop.ambassadors.reports import service as numbers_reports
from feedbackloop.checkins import proposals
from feedbackloop.complaints.models import Complaint
from feedbackloop.core import db as transactions
from feedbackloop.core import tokens
from feedbackloop.extensions import db
from feedbackloop.mailing import rendering
from feedbackloop.mailing.incoming import intake
from feedbackloop.mailing.kinds import MailKind
from feedbackloop.mailing.message import Letter
from feedbackloop.mailing.queries import Claimed, Recipient
from feedbackloop.mailing.rendering import Composed
from feedbackloop.recovery import alarms, letters
from feedbackloop.recovery import queries as recovery
from feedbackloop.recovery.letters import Letter as Written
from feedbackloop.staff import queries as staff
from feedbackloop.staff import service as accounts
from tests.support import reports
from tests.support.follower import Followed
from tests.support.improver import EN, NL, Improver
from tests.support.reviewer import Reviewer

LOCALES = ("nl", "en")


@dataclass(frozen=True, repr=False)
class Given:
    """What one mail is made from."""

    kind: MailKind
    mail: Claimed
    recipient: Recipient
    content: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"{self.kind.name}.{self.recipient.locale}"

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        printer.text(repr(self))

    def compose(self) -> Composed:
        return rendering.compose(self.kind, self.mail, self.recipient, self.content)

    def letter(self) -> Letter:
        return rendering.letter(self.kind, self.mail, self.recipient, self.content)

    def other(self, change: Callable[[Any], Any]) -> Given:
        """The same mail with every text of it changed: `change` is given a text or None, and gives one."""
        person = replace(self.recipient, name=change(self.recipient.name))
        content = {name: _changed(value, change) for name, value in self.content.items()}
        return replace(self, recipient=person, content=content)


def _changed(value: Any, change: Callable[[Any], Any]) -> Any:
    if value is None or type(value) is str:
        return change(value)
    if isinstance(value, Mapping):
        return {name: _changed(one, change) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_changed(one, change) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _changed(getattr(value, one.name), change) for one in fields(value)})
    return value


def of_every_kind(reviewer: Reviewer, improver: Improver) -> list[Given]:
    """A mail of each kind in each language, as the product sends them when the loop turns once; and those about several
    complaints."""
    readers = Followed(improver.app, improver.sink, improver.clock)
    with _noted() as found:
        for locale in LOCALES:
            readers.follows(f"reader-{locale}@post.example", locale)
        improver.clock.advance(timedelta(minutes=1))
        _tell(improver)
        readers.digests()
        for locale in LOCALES:
            _turn(reviewer, f"K-{locale}", locale)
        for locale in LOCALES:
            _ask(reviewer, f"K-{locale}", locale)
        _report(reviewer)
        for locale in LOCALES:
            _share(reviewer, locale)
    first: dict[tuple[str, str, str | None], Given] = {}
    for given in found:
        # A colleague without an account is written to in the default language; here in both.
        for locale in [given.recipient.locale] if given.recipient.locale else LOCALES:
            first.setdefault(
                (given.kind.name, locale, given.content.get("many")),
                replace(given, recipient=replace(given.recipient, locale=locale)),
            )
    several = {
        (name, locale, "2") for name in ("check_in", "check_in_reminder", "check_in_again") for locale in LOCALES
    }
    missing = {(kind.name, locale, None) for kind in loop.MAILS for locale in LOCALES} | several
    missing -= set(first)
    assert not missing, f"nobody was sent {sorted(missing, key=str)}"
    return list(first.values())


@contextmanager
def _noted() -> Iterator[list[Given]]:
    found: list[Given] = []
    real = rendering.compose

    def compose(*given: Any) -> Composed:
        found.append(Given(*given))
        return real(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rendering, "compose", compose)
        yield found


def _turn(people: Reviewer, number: str, locale: str) -> None:
    lately = people.clock.now - timedelta(days=1)
    path = people.is_asked(people.brings(number, locale=locale, name="Zoë Brouwer", resolved_at=lately))
    _reply(people)
    people.clock.advance(timedelta(days=7))  # five and a weekend
    people.delivers()
    people.answers(path, "later")
    _week_goes_by(people)
    _put(people, number)
    people.answers(path, "no", comment="Er misten nog steeds <zes> broodjes & een taart.", reason="amount")
    people.delivers()
    _write_and_wait(people, path)
    people.answers(path, "yes", comment="Het kwam\nvandaag.")
    people.delivers()
    people.link_of_invitation()


def _ask(people: Reviewer, number: str, locale: str) -> None:
    """What marketing asks of who is on the board: their words, and that a story of ours is right."""
    with people.app.app_context(), transactions.transaction():
        one = db.session.scalars(select(Ambassador).join(Complaint).where(Complaint.external_id == number)).one()
        assert asks.ask(one.id, "quote", "Fijn dat u <belde> & dank.", False, "staff:1")
        about = stories.About(one.complaint_id, one.customer_id, None, locale)
        words = stories.Words("Zes broodjes & <een> taart.\nToch nog.", "Een <taart>")
        assert stories.ask(stories.begin("story", about, words, "staff:1").id, "staff:1")
    people.delivers()


def _report(people: Reviewer) -> None:
    """The numbers, to a colleague of each language."""
    with people.app.app_context(), transactions.transaction():
        for locale in LOCALES:
            name = f"Pim <{locale}> Verbeek"
            who = accounts.create(f"pim-{locale}@ours.example", name, "marketing", "correct horse battery")
            numbers_reports.subscribe(who.id, "week", locale, f"staff:{who.id}")
    _week_goes_by(people)
    with people.app.app_context():
        numbers.count()
        with transactions.transaction():
            assert numbers_reports.plan() == len(LOCALES)
    _some_days_go_by(people)


def _write_and_wait(people: Reviewer, path: str) -> None:
    """A letter of a colleague; another 'no', which goes to quality; and nobody does anything about it."""
    with people.app.app_context(), transactions.transaction():
        quality = staff.by_email("quality@ours.example") or accounts.create(
            "quality@ours.example", "Samira Bakali", "quality", "correct horse battery"
        )
        case_id = max(case.id for case in recovery.of_check_ins([_check_in(path)]).values())
        letter = Written(str(uuid.uuid4()), "Beste Zoë,\n\nWij brengen <zes> broodjes.\nEn een taart.", None)
        letters.send(case_id, letter, quality.id, "staff:1")
    people.delivers()
    people.answers(path, "yes")
    people.answers(path, "no", comment="Er misten nog steeds <zes> broodjes & een taart.", reason="amount")
    people.delivers()
    with people.app.app_context(), transactions.transaction():
        # Of two who look after it one is the owner by now, and the other hears of it too.
        case = recovery.by_id(case_id)
        assert case is not None
        assert case.escalation == "second_no"
        case.owner_name, case.owner_email = "Youssef Amrani", "youssef@ours.example"
    people.clock.advance(timedelta(days=6))
    with people.app.app_context(), transactions.transaction():
        alarms.alarm()
    people.delivers()


def _check_in(path: str) -> int:
    return tokens.read_id("check-in", path.rpartition("/")[2])


def _put(people: Reviewer, number: str) -> None:
    """Words of ours that its person is asked about, both kinds."""
    with people.app.app_context(), transactions.transaction():
        complaint = db.session.scalars(select(Complaint.id).where(Complaint.external_id == number)).one()
        for kind in ("summary", "step"):
            proposals.put(complaint, kind, f"Words for a <{kind}> & more.", "staff:1")
    people.delivers()


def _reply(people: Reviewer) -> None:
    asked = people.sink.messages[-1]
    words = reports.reply("Nog niet.", sender=people.recipient(asked), answers=asked.message["Message-ID"])
    with people.app.app_context():
        assert intake.take(words, "pipe", ()).verdict == "attached"
    people.delivers()


def _share(people: Reviewer, locale: str) -> None:
    """Two complaints of one person, without an apology in one and with nothing but a date in the other."""
    who: dict[str, Any] = {
        "email": f"both-{locale}@postvak.example",
        "locale": locale,
        "handler": None,
        "resolved_at": people.clock.now,
    }
    full = people.brings(f"S1-{locale}", apology_given=False, **who)
    bare = people.brings(f"S2-{locale}", subject=None, summary=None, resolution=None, prevention=None, **who)
    people.is_asked(full)
    people.clock.advance(timedelta(days=7))  # five and a weekend
    people.delivers()
    for complaint in (full, bare):
        people.answers(people.link(people.check_ins(complaint)[0]), "later")
    _week_goes_by(people)


def _week_goes_by(people: Reviewer) -> None:
    """And as many days more as it takes to a day on which mail goes out: there may be holidays among them."""
    people.clock.advance(timedelta(days=7))
    _some_days_go_by(people)


def _some_days_go_by(people: Reviewer) -> None:
    for _day in range(5):
        people.delivers()
        people.clock.advance(timedelta(days=1))


def _tell(people: Improver) -> None:
    for locale, words in zip(LOCALES, (NL, EN), strict=True):
        people.public([people.complains(f"T-{locale}", locale=locale)], locale=locale, texts={locale: words})
    people.clock.advance(timedelta(days=2))
    people.delivers()
