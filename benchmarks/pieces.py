"""The steps of our sender alone, one after the other in one process: `python -m benchmarks.pieces FILE ROUNDS`.

The settings of a site with due mails come from the environment. Prints what each step did a second, as JSON. This is
the one file of the bench that knows how the sender is made inside.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from benchmarks.plain import message
from feedbackloop import create_app
from feedbackloop.core import clock
from feedbackloop.mailing import rendering, settlement, smtp
from feedbackloop.mailing.kinds import kind_named
from feedbackloop.mailing.lease import Lease
from feedbackloop.mailing.message import build
from feedbackloop.mailing.preparation import prepare
from feedbackloop.mailing.queries import Claimed, recipients

T = TypeVar("T")
BATCH = 500
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
    with watch.step("claim"):
        mails = lease.claim(BATCH)
    assert len(mails) == BATCH, "too few mails are queued"
    with watch.step("prepare: recheck, words and bytes"):
        ready, ended = prepare(mails)
    assert len(ready) == BATCH, ended[:3]
    make = maker(mails)
    with watch.step("make: words to bytes"):
        for mail in mails:
            make(mail)
    verdict = smtp.Verdict(smtp.ACCEPTED, _REPLY)
    with watch.step("settle"):
        for start in range(0, BATCH, 100):
            part = ready[start : start + 100]
            settlement.settle(lease.token, [settlement.of_verdict(one.mail, verdict, one.address) for one in part])


def maker(mails: list[Claimed]) -> Callable[[Claimed], bytes]:
    """What turns the words of one of these mails into bytes; the words are fetched here and cost its caller nothing."""
    kind = kind_named(mails[0].kind)
    people = recipients(mails)
    with rendering.speaking("nl"):
        words = kind.content(mails)

    def make(mail: Claimed) -> bytes:
        with rendering.speaking("nl"):
            return build(rendering.letter(kind, mail, people[mail.id], words[mail.id]), clock.now())

    return make


def flask_mail(mails: list[dict[str, str | dict[str, str]]], watch: Watch) -> None:
    """The same mails by Flask-Mail: from finished texts, so without what it takes to fill a template."""
    with watch.step("flask_mail.Message.as_bytes", _FLASK_MAILS):
        for place in range(_FLASK_MAILS):
            message(mails[place % len(mails)], place).as_bytes()


def main(file: str, rounds: str) -> None:
    mails = json.loads(Path(file).read_text(encoding="utf-8"))
    app = create_app()
    found: list[dict[str, float]] = []
    with app.app_context(), Lease(lambda: None) as lease:
        batch(lease, Watch())  # warming up: templates are read, statements compiled
        for _ in range(int(rounds)):
            watch = Watch()
            batch(lease, watch)
            flask_mail(mails, watch)
            found.append(watch.rates())
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
