"""The answer form under load: opened, and sent, beside a bare Flask page and the same form written the usual way."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from benchmarks import seed, stock
from benchmarks.ours import PUBLIC_URL, SENDER
from benchmarks.report import Figure, Part, Ratio
from benchmarks.stage import HOST, BenchError, Program, Stage, plain, python, run, wait_for_port
from feedbackloop.core import tokens
from tests.support.databases import SECRET_KEY
from tests.support.instance import free_port

CONNECTIONS = 4
_WARM_UP = 50
# Links that are opened and never sent.
_UNANSWERED = 500
_BOUNDARY = "bench-b0undary"
_FIELDS = {"satisfied": "no", "comment": "Er misten zes broodjes.", "rating": "2", "reason": "amount"}
Path = Callable[[int], str]


@dataclass
class Site:
    """One server under measurement: its port, the database it writes, and the paths of its pages by number."""

    port: int
    url: str
    path: Path
    program: Program
    used: int = 0

    def gets(self, wanted: int) -> float:
        """Pages a second, of questions that nobody answered yet."""
        return _rate(self.port, [_get(self.path(1 + n % _UNANSWERED)) for n in range(wanted)], 200)

    def posts(self, wanted: int) -> float:
        """Answers a second, each to a link of its own."""
        first, self.used = _UNANSWERED + self.used + 1, self.used + wanted
        return _rate(self.port, [_post(self.path(n)) for n in range(first, first + wanted)], 303)


def part(stage: Stage, answers: int, rounds: int, in_turn: Callable[..., None]) -> Part:
    """Measures each in turn, `answers` requests a round."""
    seeded = seed.database(stage, seed.REMINDER, _UNANSWERED + (rounds + 1) * answers + _WARM_UP)
    unit = "requests/s"
    names = ("ours", "stock Flask + WTForms, the same work", "a bare Flask page")
    get = [Figure(f"{name}, GET", unit) for name in names]
    post = [Figure(f"{name}{', one commit' if name == names[2] else ''}, POST", unit) for name in names]
    with _ours(stage, seeded) as ours, _beside(stage, seeded, "stock") as usual, _beside(stage, seeded, "page") as bare:
        sites = (ours, usual, bare)
        for one in sites:
            one.gets(_WARM_UP)
            one.posts(_WARM_UP)

        def gets(one: Site) -> Callable[[], float]:
            return lambda: one.gets(answers)

        def posts(one: Site) -> Callable[[], float]:
            return lambda: one.posts(answers)

        things = [(figure, gets(one)) for figure, one in zip(get, sites, strict=True)]
        things += [(figure, posts(one)) for figure, one in zip(post, sites, strict=True)]
        in_turn("answers", things)
        _check(ours)
        _check(usual)
    return Part(
        "The answer form",
        [*get, *post],
        [
            Ratio("GET, ours to a bare page", get[0], get[2], 0.7),
            Ratio("GET, ours to stock Flask + WTForms", get[0], get[1], 1),
            Ratio("POST, ours to a bare page with one commit", post[0], post[2], 0.7),
            Ratio("POST, ours to stock Flask + WTForms", post[0], post[1], 1),
        ],
        [
            f"{answers:,} requests a round over {CONNECTIONS} kept connections to one process of the product's server.",
            "Each POST is the first answer to its link ('no', with words and a reason) and reopens its complaint.",
        ],
    )


@contextmanager
def _ours(stage: Stage, seeded: seed.Seeded) -> Iterator[Site]:
    environ = {
        "FEEDBACKLOOP_INSTANCE": str(stage.home("instance")),
        "REDIS_URL": stage.valkey.url,
        "PUBLIC_URL": PUBLIC_URL.replace("https", "http"),
        "MAIL_SERVER": HOST,
        "MAIL_DEFAULT_SENDER": SENDER,
        "FEEDBACKLOOP_RATE_LIMITS": "off",
        "FEEDBACKLOOP_SEND_WINDOW": "always",
    }
    port = free_port()
    command = python("feedbackloop", "web", "--port", str(port), "--workers", "1")
    with _serving(stage, seeded, command, environ, port, _link) as site:
        yield site


def _link(number: int) -> str:
    signs, _, _verifies = SECRET_KEY.partition(",")
    return f"/check-in/{tokens.signed(signs, 'check-in', str(number))}"


@contextmanager
def _beside(stage: Stage, seeded: seed.Seeded, kind: str) -> Iterator[Site]:
    port = free_port()
    command = python("benchmarks.bare", kind, f"{HOST}:{port}")
    paths: dict[str, Path] = {
        "page": lambda _number: "/bare",
        "stock": lambda number: f"/stock/{stock.token(SECRET_KEY, number)}",
    }
    with _serving(stage, seeded, command, {}, port, paths[kind]) as site:
        yield site


@contextmanager
def _serving(
    stage: Stage, seeded: seed.Seeded, command: list[str], environ: dict[str, str], port: int, path: Path
) -> Iterator[Site]:
    name = stage.postgres.create(seeded.name)
    url = stage.postgres.url_of(name)
    program = run(command, stage.home("web"), {"DATABASE_URL": url, "SECRET_KEY": SECRET_KEY, **environ})
    try:
        wait_for_port(port, program)
        yield Site(port, url, path, program)
    finally:
        program.stop()
        stage.postgres.drop(name)


def _check(site: Site) -> None:
    """That each POST was an answer, with one reopening and one case."""
    questions = {
        "answers": "SELECT count(*) FROM answers",
        "reopened": "SELECT count(*) FROM complaints WHERE status = 'reopened'",
        "cases": "SELECT count(*) FROM recovery_cases",
        "mails planned": "SELECT count(*) / 2 FROM outbox WHERE kind IN ('answer_receipt', 'case_for_handler')",
        "moves in the history": "SELECT count(*) / 4 FROM history",
    }
    with psycopg.connect(plain(site.url)) as connection:
        seen = {name: int(connection.execute(asked.encode()).fetchone()[0]) for name, asked in questions.items()}  # type: ignore[index]
    wrong = {name: number for name, number in seen.items() if number != site.used}
    if wrong:
        raise BenchError(f"{site.used} answers were given, but: {wrong}; {site.program.said}")


# The load: prepared requests over kept connections, read no further than needed.


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {_host()}\r\n\r\n".encode()


def _post(path: str) -> bytes:
    """A form as a browser sends it, with a field for files that was left empty."""
    parts = [f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in _FIELDS.items()]
    parts.append(
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="attachment"; filename=""\r\n'
        "Content-Type: application/octet-stream\r\n\r\n\r\n"
    )
    body = ("".join(parts) + f"--{_BOUNDARY}--\r\n").encode()
    head = f"POST {path} HTTP/1.1\r\nHost: {_host()}\r\nContent-Type: multipart/form-data; boundary={_BOUNDARY}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _host() -> str:
    return PUBLIC_URL.partition("://")[2]


def _rate(port: int, requests: Sequence[bytes], status: int) -> float:
    wrong: list[bytes] = []

    def work(share: Sequence[bytes]) -> None:
        with socket.create_connection((HOST, port), timeout=60) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for request in share:
                connection.sendall(request)
                answer = _answer(connection)
                if not answer.startswith(b"HTTP/1.1 %d" % status):
                    wrong.append(answer[:300])
                    return

    threads = [threading.Thread(target=work, args=(requests[n::CONNECTIONS],)) for n in range(CONNECTIONS)]
    started = time.monotonic()
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    took = time.monotonic() - started
    if wrong:
        raise BenchError(f"a request was not answered with {status}: {wrong[0]!r}")
    return len(requests) / took


def _answer(connection: socket.socket) -> bytes:
    """One answer, whole."""
    read = b""
    while b"\r\n\r\n" not in read:
        more = connection.recv(65536)
        if not more:
            return read
        read += more
    head, _, body = read.partition(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    missing = length - len(body)
    while missing > 0:
        missing -= len(connection.recv(65536))
    return read
