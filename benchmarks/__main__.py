"""`make bench`: one run on one machine, interleaved, medians of its rounds, shown as ratios. Never a verdict."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks import answers, board, others, ours, pages, pieces, report, sample, seed
from benchmarks.report import Figure, Part, Ratio
from benchmarks.stage import (
    ROOT,
    BenchError,
    Sink,
    Stage,
    environment,
    program,
    python,
    run,
    server_settings,
    stage,
    wait_for_port,
)
from tests.support.instance import free_port

DOCUMENT = ROOT / "docs" / "benchmarks.md"
MAIL_PARTS = ("delivery", "relay", "scale", "pieces")
PARTS = (*MAIL_PARTS, "answers", "pages", "board")
FAR_CONNECTIONS = 16


@dataclass(frozen=True)
class Plan:
    """How much is measured. `away_ms` is one way: a round trip takes twice that."""

    rounds: int
    mails: int
    peer_mails: int
    far_mails: int
    plain_mails: int
    away_ms: float
    scale: tuple[int, ...]
    scale_mails: int
    answers: int
    page_seconds: float
    board: tuple[int, ...]


@dataclass
class Bench:
    """One run: what it plays on, its seeded databases and its sample of our mails."""

    stage: Stage
    plan: Plan
    messages: Path
    sample: sample.Sample
    reminders: seed.Seeded

    def rounds(self, title: str, things: Sequence[tuple[Figure, Callable[[], float]]]) -> None:
        _rounds(self.plan.rounds, title, things)

    def delivery(self) -> Part:
        """From rows in PostgreSQL to accepted by the sink."""
        plan = self.plan
        questions = seed.database(self.stage, seed.QUESTION, self.reminders.people)
        peer = others.peer_database(self.stage, self.messages, plan.peer_mails)
        own, asked = Figure("ours, check_in_reminder"), Figure("ours, check_in (also writes history, plans a reminder)")
        limit = Figure(f"limit: smtp-source, {others.LIMIT_CONNECTIONS} connections")
        best = Figure(
            f"django-post-office, {others.PEER_PROCESSES} processes x {others.PEER_THREADS} threads, "
            f"batch {others.PEER_BATCH}"
        )

        def ours_of(seeded: seed.Seeded) -> Callable[[], float]:
            def measure() -> float:
                with Sink(self.stage) as sink:
                    return ours.deliver(self.stage, seeded, sink, plan.mails).rate

            return measure

        def limit_rate() -> float:
            with Sink(self.stage) as sink:
                return others.limit(sink, self.sample, plan.mails)

        def peer_rate() -> float:
            with Sink(self.stage) as sink:
                return others.peer_rate(self.stage, peer, sink, plan.peer_mails)

        things = [(own, ours_of(self.reminders)), (limit, limit_rate), (best, peer_rate), (asked, ours_of(questions))]
        self.rounds("delivery", things)
        return Part(
            "From rows in PostgreSQL to accepted by the sink",
            [own, asked, best, limit],
            [
                Ratio("ours to the best peer", own, best, 10, 5),
                Ratio("ours to the limit", own, limit, 0.8),
                Ratio("check_in to the best peer", asked, best),
            ],
            [f"{plan.mails:,} mails a round ({plan.peer_mails:,} by the peer), {ours.SENDERS} sender processes."],
        )

    def relay(self) -> Part:
        """The same towards a relay that is some milliseconds away."""
        plan = self.plan
        own = Figure(f"ours, {ours.SENDERS} processes x {FAR_CONNECTIONS} connections")
        plain = Figure(f"flask_mail loop, {others.PLAIN_PROCESSES} processes, kept connection")
        bound = ours.SENDERS * FAR_CONNECTIONS / (2 * plan.away_ms / 1000)
        limit = Figure("limit: connections / round trip", values=[bound])

        def far(measure: Callable[[Sink, int], float]) -> Callable[[], float]:
            def measured() -> float:
                with Sink(self.stage) as sink:
                    port = free_port()
                    command = python("benchmarks.relay", str(port), str(sink.port), str(plan.away_ms))
                    relay = run(command, self.stage.home("relay"))
                    try:
                        wait_for_port(port, relay)
                        return measure(sink, port)
                    finally:
                        relay.stop()

            return measured

        def own_rate(sink: Sink, port: int) -> float:
            wanted = plan.far_mails
            return ours.deliver(self.stage, self.reminders, sink, wanted, port=port, connections=FAR_CONNECTIONS).rate

        def plain_rate(sink: Sink, port: int) -> float:
            return others.plain_rate(sink, port, self.messages, plan.plain_mails)

        self.rounds("relay", [(own, far(own_rate)), (plain, far(plain_rate))])
        return Part(
            f"To a relay {plan.away_ms:g} ms away (a round trip takes {2 * plan.away_ms:g} ms)",
            [own, plain, limit],
            [Ratio("ours to the flask_mail loop", own, plain, 40, 25), Ratio("ours to the limit", own, limit, 0.75)],
            [f"{plan.far_mails:,} mails a round, {plan.plain_mails:,} by the loop."],
        )

    def scale(self) -> Part:
        """Speed and memory, by how much is waiting."""
        rates = [Figure(f"{count:,} rows queued") for count in self.plan.scale]
        memory = [Figure(f"{count:,} rows queued: a sender's resident memory", "MB") for count in self.plan.scale]
        seeded = [seed.database(self.stage, seed.REMINDER, count) for count in self.plan.scale]

        def measured(place: int) -> Callable[[], float]:
            def measure() -> float:
                with Sink(self.stage) as sink:
                    part = min(self.plan.scale[place], self.plan.scale_mails)
                    found = ours.deliver_part(self.stage, seeded[place], sink, part)
                memory[place].add(found.resident / 1e6)
                return found.rate

            return measure

        self.rounds("scale", [(rate, measured(place)) for place, rate in enumerate(rates)])
        ratios = []
        for place, count in enumerate(self.plan.scale[1:], 1):
            ratios.append(Ratio(f"speed, {count:,} to {self.plan.scale[0]:,}", rates[place], rates[0], 1, 0.9))
            ratios.append(Ratio(f"memory, {count:,} to {self.plan.scale[0]:,}", memory[place], memory[0], 1))
        return Part(
            "By how much is waiting",
            [*rates, *memory],
            ratios,
            [f"At most {self.plan.scale_mails:,} of them are sent."],
        )

    def pieces(self) -> Part:
        """Each step of a sender alone."""
        with ours.site(self.stage, self.reminders, 1) as site:
            site.queue(1, (self.plan.rounds + 1) * pieces.BATCH)
            command = python("benchmarks.pieces", str(self.messages), str(self.plan.rounds))
            settings = environment(site.settings)
            done = subprocess.run(
                command, env=settings, stdout=subprocess.PIPE, text=True, check=False, cwd=ROOT, timeout=600
            )
        if done.returncode:
            raise BenchError("the steps alone failed: what they printed stands above")
        found = json.loads(done.stdout.splitlines()[-1])
        figures = {name: Figure(name, values=[one[name] for one in found]) for name in found[0]}
        return Part(
            "Each step alone, in one process",
            list(figures.values()),
            [Ratio("building a mail, ours to flask_mail's", figures[pieces.MAKE], figures[pieces.FLASK], 50)],
            [f"{pieces.BATCH} a batch, settled by {pieces.GROUP}. Ours fills the template; Flask-Mail has its texts."],
        )


def _rounds(wanted: int, title: str, things: Sequence[tuple[Figure, Callable[[], float]]]) -> None:
    """Measures A, B, C, A, B, C, …, so that whatever else the machine does meets all of them."""
    for number in range(wanted):
        for figure, measure in things:
            figure.add(measure())
            _say(f"{title}, round {number + 1}: {figure.name}: {figure.values[-1]:,.0f} {figure.unit}")


def _say(line: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {line}", file=sys.stderr, flush=True)


def _plan() -> tuple[Plan, tuple[str, ...], bool]:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mails", type=int, default=20_000, help="mails a round")
    parser.add_argument("--peer-mails", type=int, help="the same for the peer; default: half")
    parser.add_argument("--far-mails", type=int, help="mails a round to the relay; default: half")
    parser.add_argument("--plain-mails", type=int, default=240, help="mails a round of the Flask-Mail loop")
    parser.add_argument("--away-ms", type=float, default=5.0, help="how far the relay is, one way")
    parser.add_argument("--scale", type=int, nargs="+", default=[10_000, 100_000], help="how many rows are waiting")
    parser.add_argument("--scale-mails", type=int, default=50_000, help="how many of them are sent, at most")
    parser.add_argument("--answers", type=int, default=1_000, help="requests a round to the answer form")
    parser.add_argument("--page-seconds", type=float, default=3.0, help="how long each public page is asked for")
    parser.add_argument("--board", type=int, nargs="+", default=[10_000, 1_000_000], help="people on the board")
    parser.add_argument("--full", action="store_true", help="also with 1,000,000 rows waiting")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/benchmarks.md")
    given = parser.parse_args()
    plan = Plan(
        given.rounds,
        given.mails,
        given.peer_mails or given.mails // 2,
        given.far_mails or given.mails // 2,
        given.plain_mails,
        given.away_ms,
        (*given.scale, *([1_000_000] if given.full else [])),
        given.scale_mails,
        given.answers,
        given.page_seconds,
        tuple(given.board),
    )
    return plan, tuple(one for one in PARTS if one in given.parts), given.write


def _setting(found: Stage, plan: Plan) -> list[str]:
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return [
        f"{machine}; load before: {load}; {datetime.now(UTC):%Y-%m-%d}",
        f"{server_settings(found)}: the same server for all",
        f"medians of {plan.rounds} rounds",
    ]


def _bench(found: Stage, plan: Plan) -> Bench:
    """What the parts about mail share, with a look at whether our mails are right."""
    for name in ("smtp-sink", "smtp-source"):
        program(name, "postfix")
    reminders = seed.database(found, seed.REMINDER, max(plan.mails, plan.far_mails) + ours.WARM_UP)
    taken = sample.take(found, reminders)
    messages = found.folder.path / "messages.json"
    sample.save(taken, messages)
    _say(f"{sample.SIZE} mails of ours are right")
    return Bench(found, plan, messages, taken, reminders)


def main() -> int:
    plan, parts, write = _plan()
    # Told to end, it tidies up as it does after any other end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    started = time.monotonic()
    try:
        with stage() as found:
            setting, done = _setting(found, plan), []
            mail = [name for name in parts if name in MAIL_PARTS]
            if mail:
                bench = _bench(found, plan)
                setting.append(f"a mail of ours has {bench.sample.size:,} bytes on the wire, text and HTML")
                done += [getattr(bench, name)() for name in mail]
            if "answers" in parts:
                done.append(answers.part(found, plan.answers, plan.rounds, partial(_rounds, plan.rounds)))
            if "pages" in parts:
                done.append(pages.part(found, plan.page_seconds, partial(_rounds, plan.rounds)))
            if "board" in parts:
                done += board.part(found, plan.board, plan.page_seconds, partial(_rounds, plan.rounds))
    except BenchError as problem:
        print(f"bench: {problem}", file=sys.stderr)
        return 1
    text = report.lines(done, setting)
    print(text)
    _say(f"took {time.monotonic() - started:.0f} s")
    if write:
        report.write(DOCUMENT, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
