"""The public log under load: the page and the embed, from memory, beside nginx with the same bytes in files."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.ours import SENDER
from benchmarks.report import Figure, Part, Ratio
from benchmarks.stage import HOST, ROOT, BenchError, Program, Stage, environment, program, python, run, wait_for_port
from tests.support import databases
from tests.support.databases import SECRET_KEY
from tests.support.instance import free_port

PROCESSES = 2
CONNECTIONS = 16
PAGES: Mapping[str, str] = {"page": "/improvements/", "embed": "/embed/improvements"}
CODINGS: Mapping[str, str] = {"plain": "", "gzip": "gzip", "br": "br"}
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_TOTAL = re.compile(r"(\d+) requests in")
_SLOWEST = re.compile(r"^\s*99%\s+([\d.]+)(us|ms|s)$", re.MULTILINE)
_TROUBLE = re.compile(r"Non-2xx|Socket errors")
_IN_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
_TICKS = os.sysconf("SC_CLK_TCK")
# What each server says in its own way.
_OWN_HEADERS = {"date", "server", "connection", "content-length", "x-request-id", "keep-alive"}


@dataclass(frozen=True)
class Request:
    """One of the things that are asked: a page, in a coding, whole or only whether it is still the same."""

    page: str
    coding: str
    status: int

    @property
    def name(self) -> str:
        return f"{self.page}, {self.status}, {self.coding}"


@dataclass
class Site:
    """A server under measurement."""

    name: str
    port: int
    program: Program

    def asked(self, request: Request) -> dict[str, str]:
        """The headers that get this answer, after one look at whether they do."""
        coding = CODINGS[request.coding]
        headers = {"Accept-Encoding": coding} if coding else {}
        found, _body = fetch(self.port, PAGES[request.page], headers)
        if request.status == 304:
            headers["If-None-Match"] = found["etag"]
            again, body = fetch(self.port, PAGES[request.page], headers)
            if again["status"] != "304" or body:
                raise BenchError(f"{self.name}: {request.name}: no 304 but {again}")
        elif found["status"] != "200" or found.get("content-encoding", "") != coding:
            raise BenchError(f"{self.name}: {request.name}: not what was asked for: {found}")
        return headers

    def spent(self) -> float:
        """Computing time of all its processes so far, in seconds."""
        return sum(_spent(pid) for pid in self.program.family())


@dataclass
class Measured:
    """What one request gave on one server, once a round."""

    rate: Figure
    slowest: Figure
    spent: Figure


@dataclass
class Table:
    seconds: float
    found: dict[tuple[str, Request], Measured] = field(default_factory=dict)

    def of(self, site: Site, request: Request) -> Measured:
        key = (site.name, request)
        if key not in self.found:
            name = f"{request.name}: {site.name}"
            self.found[key] = Measured(Figure(name, "requests/s"), Figure(name, "ms"), Figure(name, "µs"))
        return self.found[key]

    def measure(self, site: Site, request: Request) -> Callable[[], float]:
        """Loads the site with this request; its 99th percentile and what it cost are noted besides."""
        measured = self.of(site, request)

        def once() -> float:
            before = site.spent()
            rate, total, slowest = load(site.port, PAGES[request.page], site.asked(request), self.seconds)
            measured.slowest.add(slowest)
            measured.spent.add((site.spent() - before) / total * 1e6)
            return rate

        return once


def part(stage: Stage, seconds: float, in_turn: Callable[..., None]) -> Part:
    """Measures each in turn, for so many seconds."""
    for name, package in (("nginx", "nginx-light"), ("wrk", "wrk")):
        program(name, package)
    requests = [Request(page, coding, status) for page in PAGES for status in (200, 304) for coding in CODINGS]
    requests = [one for one in requests if one.coding != "gzip" or (one.page, one.status) == ("page", 200)]
    plain = [one for one in requests if one.coding == "plain"]
    table = Table(seconds)
    with _ours(stage) as ours, _nginx(stage, ours) as nginx, _cached(stage, ours) as flask:
        _compare(ours, nginx)
        things = [
            (table.of(site, one).rate, table.measure(site, one))
            for one in requests
            for site in ((ours, nginx, flask) if one in plain else (ours, nginx))
        ]
        in_turn("pages", things)
    return Part(
        "The public log",
        [figure for figure, _measure in things],
        _ratios(table, requests, plain, (ours, nginx, flask)),
        [
            f"{seconds:g} s each over {CONNECTIONS} kept connections by one thread of wrk, on the same cores;",
            f"{PROCESSES} processes of each server. nginx has the same bytes and headers, each coding in a file that",
            "it keeps open. The 99th percentile is to be under 5 times nginx's. Computing time is that of the server's",
            "processes, the kernel's part included: it feels less of what else the machine does.",
        ],
    )


def _ratios(table: Table, requests: list[Request], plain: list[Request], sites: tuple[Site, Site, Site]) -> list[Ratio]:
    ours, nginx, flask = sites

    def both(request: Request, other: Site) -> tuple[Measured, Measured]:
        return table.of(ours, request), table.of(other, request)

    found = []
    for one in requests:
        own, limit = both(one, nginx)
        found.append(Ratio(f"{one.name}: ours to nginx", own.rate, limit.rate, 0.8, 0.5))
    for one in plain:
        own, view = both(one, flask)
        found.append(Ratio(f"{one.name}: ours to a Flask view with a cached body", own.rate, view.rate))
    for one in requests:
        own, limit = both(one, nginx)
        found.append(Ratio(f"{one.name}: 99th percentile, ours to nginx's", own.slowest, limit.slowest))
    for one in requests:
        own, limit = both(one, nginx)
        found.append(Ratio(f"{one.name}: computing time, nginx's to ours", limit.spent, own.spent))
    return found


def load(port: int, path: str, headers: Mapping[str, str], seconds: float) -> tuple[float, int, float]:
    """Requests a second, how many, and the 99th percentile of what they took, in milliseconds."""
    named = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    command = [program("wrk", "wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "--latency", *named]
    done = subprocess.run(
        [*command, f"http://{HOST}:{port}{path}"], capture_output=True, text=True, check=False, timeout=seconds + 60
    )
    rate, total, slowest = _RATE.search(done.stdout), _TOTAL.search(done.stdout), _SLOWEST.search(done.stdout)
    if done.returncode or rate is None or total is None or slowest is None or _TROUBLE.search(done.stdout):
        raise BenchError(f"wrk: {done.stdout} {done.stderr}")
    return float(rate[1]), int(total[1]), float(slowest[1]) * _IN_MS[slowest[2]]


def fetch(port: int, path: str, headers: Mapping[str, str]) -> tuple[dict[str, str], bytes]:
    """Headers in small letters, with the status among them, and the body as it was sent."""
    connection = HTTPConnection(HOST, port, timeout=30)
    try:
        connection.request("GET", path, headers={"Host": f"{HOST}:{port}", "Accept-Encoding": "", **headers})
        answer = connection.getresponse()
        body = answer.read()
        return {"status": str(answer.status), **{name.lower(): value for name, value in answer.getheaders()}}, body
    finally:
        connection.close()


def _compare(ours: Site, nginx: Site) -> None:
    """That both send the same bytes under the same headers."""
    for path in PAGES.values():
        for coding in CODINGS.values():
            own, other = (fetch(site.port, path, {"Accept-Encoding": coding}) for site in (ours, nginx))
            said = [{k: v for k, v in one[0].items() if k not in _OWN_HEADERS | {"etag"}} for one in (own, other)]
            other_said = {k: v for k, v in said[1].items() if k not in ("last-modified", "accept-ranges")}
            if own[1] != other[1] or said[0] != other_said:
                raise BenchError(f"{path} ({coding or 'plain'}) differs: {said[0]} and {other_said}")


@contextmanager
def _ours(stage: Stage) -> Iterator[Site]:
    name = stage.postgres.create()
    port = free_port()
    settings = {
        "DATABASE_URL": stage.postgres.url_of(name),
        "FEEDBACKLOOP_INSTANCE": str(stage.home("instance")),
        "REDIS_URL": stage.valkey.url,
        "PUBLIC_URL": f"http://{HOST}:{port}",
        "SECRET_KEY": SECRET_KEY,
        "FEEDBACKLOOP_RATE_LIMITS": "off",
    }
    databases.migrate(settings["DATABASE_URL"], stage.home("instance"))
    # A trial may have sample data, a site that sends mail may not.
    _command(settings, "sample-data", "load")
    settings |= {"MAIL_SERVER": HOST, "MAIL_DEFAULT_SENDER": SENDER}
    web = ("feedbackloop", "web", "--port", str(port), "--workers", str(PROCESSES))
    with _serving("ours", run(python(*web), stage.home("web"), settings), port) as site:
        yield site
    stage.postgres.drop(name)


def _command(settings: Mapping[str, str], *words: str) -> None:
    done = subprocess.run(
        python("feedbackloop", *words), env=environment(settings), capture_output=True, text=True, check=False, cwd=ROOT
    )
    if done.returncode:
        raise BenchError(f"feedbackloop {' '.join(words)}: {done.stderr[-2000:]}")


@contextmanager
def _cached(stage: Stage, ours: Site) -> Iterator[Site]:
    """A Flask view on the product's own server that has the same bytes in memory."""
    kept = {}
    for path in PAGES.values():
        headers, body = fetch(ours.port, path, {})
        headers = {name: value for name, value in headers.items() if name not in _OWN_HEADERS | {"status"}}
        kept[path] = {"body": body.decode(), "headers": headers}
    file = stage.home("cached") / "kept.json"
    file.write_text(json.dumps(kept))
    port = free_port()
    words = python("benchmarks.bare", "cached", f"{HOST}:{port}", str(file), str(PROCESSES))
    with _serving("a Flask view with a cached body", run(words, stage.home("flask"), {}), port) as site:
        yield site


@contextmanager
def _nginx(stage: Stage, ours: Site) -> Iterator[Site]:
    """nginx with what ours sends, a file for each coding, and no more work than it takes to send it."""
    home, port = stage.home("nginx"), free_port()
    places = []
    for name, path in PAGES.items():
        for coding in CODINGS.values():
            headers, body = fetch(ours.port, path, {"Accept-Encoding": coding})
            (home / f"{name}.html{'.' + coding if coding else ''}").write_bytes(body)
        own = _OWN_HEADERS | {"status", "etag", "content-type", "content-encoding"}
        said = [f'add_header {name} "{value}";' for name, value in headers.items() if name not in own]
        # An empty value is not sent.
        said += ["add_header Content-Encoding $coding;", "add_header X-Request-ID $request_id;"]
        places.append(f"location = {path} {{ {' '.join(said)} try_files /{name}.html$ending =404; }}")
    folders = " ".join(f"{one}_temp_path {home}/temp;" for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (home / "nginx.conf").write_text(
        f"""{"user root;" if os.geteuid() == 0 else ""} daemon off; worker_processes {PROCESSES};
pid {home}/pid; error_log {home}/errors;
events {{ worker_connections 1024; }}
http {{
  access_log off; {folders} charset utf-8; charset_types text/html; default_type text/html;
  sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 1000000000; open_file_cache max=100;
  map $http_accept_encoding $ending {{ default ""; gzip .gzip; br .br; }}
  map $http_accept_encoding $coding {{ default ""; gzip gzip; br br; }}
  server {{ listen {HOST}:{port}; root {home}; {chr(10).join(places)} }}
}}
"""
    )
    words = [program("nginx", "nginx-light"), "-p", str(home), "-c", str(home / "nginx.conf")]
    with _serving("nginx", run(words, home), port) as site:
        yield site


@contextmanager
def _serving(name: str, started: Program, port: int) -> Iterator[Site]:
    try:
        wait_for_port(port, started)
        site = Site(name, port, started)
        for path in PAGES.values():
            # Every process has rendered every page.
            load(port, path, {}, 1.0)
        yield site
    finally:
        started.stop()


def _spent(pid: int) -> float:
    try:
        ended = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(ended[11]) + int(ended[12])) / _TICKS
