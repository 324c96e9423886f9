"""The steps of our sender alone, one after the other in one process: `python -m benchmarks.pieces FILE ROUNDS`.

The settings of a site with due mails come from the environment. Prints what each step did a second, as JSON. This is
the one file of the bench that knows how the sender is made inside.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.plain import message
from feedbackloop import create_app
from feedbackloop.config import settings
from feedbackloop.core import clock
from feedbackloop.extensions import db
from feedbackloop.mailing import rendering, settlement, smtp
from feedbackloop.mailing.kinds import Known, MailKind, kind_named
from feedbackloop.mailing.lease import Lease
from feedbackloop.mailing.preparation import prepare
from feedbackloop.mailing.queries import Claimed, Recipient, recipients

BATCH, GROUP = 500, 100
CLAIM, PREPARE, SETTLE = "claim a batch", "prepare it: recheck, words, bytes", "settle it"
WORDS, MAKE, FLASK = "words of a mail", "words to bytes", "flask_mail.Message.as_bytes"
_REPLY = "250 2.0.0 Ok: taken"
_FLASK_MAILS = 200


class Watch:
    """Seconds and mails of each step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.mails: dict[str, int] = defaultdict(int)

    @contextmanager
    def step(self, name: str, mails: int = BATCH) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[name] += time.perf_counter() - started
        self.mails[name] += mails

    def rates(self) -> dict[str, float]:
        return {name: self.mails[name] / self.seconds[name] for name in self.seconds}


def batch(lease: Lease, watch: Watch) -> None:
    """Claims, prepares and settles one batch, as a sender does but for the sending."""
    with watch.step(CLAIM):
        mails = lease.claim(BATCH)
    assert len(mails) == BATCH, "too few mails are queued"
    with watch.step(PREPARE):
        ready, ended = prepare(mails)
    assert len(ready) == BATCH, ended[:3]
    words_and_bytes(mails, watch)
    verdict = smtp.Verdict(smtp.ACCEPTED, _REPLY)
    with watch.step(SETTLE):
        for start in range(0, BATCH, GROUP):
            part = ready[start : start + GROUP]
            settlement.settle(lease.token, [settlement.of_verdict(one.mail, verdict, one.address) for one in part])
    lease.let_go(mail.id for mail in mails)


def words_and_bytes(mails: Sequence[Claimed], watch: Watch) -> None:
    """The two later parts of preparing a batch, once more and each by itself."""
    people = recipients(mails)
    groups: dict[tuple[str, str], list[Claimed]] = defaultdict(list)
    for mail in mails:
        groups[mail.kind, settings().pick_locale(people[mail.id].locale)].append(mail)
    for (name, locale), group in groups.items():
        kind = kind_named(name)
        known: Known = {}
        kind.decide(group, clock.now(), known)
        with rendering.speaking(locale):
            with watch.step(WORDS, len(group)):
                words = kind.words(group, known)
            with watch.step(MAKE, len(group)):
                for mail in group:
                    make(kind, mail, people[mail.id], words[mail.id])
    db.session.rollback()


def make(kind: MailKind, mail: Claimed, person: Recipient, words: Mapping[str, Any]) -> bytes:
    return rendering.compose(kind, mail, person, words).content


def flask_mail(mails: list[dict[str, str | dict[str, str]]], watch: Watch) -> None:
    """The same mails by Flask-Mail: from finished texts, so without what it takes to fill a template."""
    with watch.step(FLASK, _FLASK_MAILS):
        for place in range(_FLASK_MAILS):
            message(mails[place % len(mails)], place).as_bytes()


def main(file: str, rounds: str) -> None:
    mails = json.loads(Path(file).read_text(encoding="utf-8"))
    app = create_app()
    found: list[dict[str, float]] = []
    with app.app_context(), Lease() as lease:
        batch(lease, Watch())  # warming up: templates are read, statements compiled
        for _ in range(int(rounds)):
            watch = Watch()
            batch(lease, watch)
            flask_mail(mails, watch)
            found.append(watch.rates())
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
