"""Senders on three hosts share the work; one is cut off in the middle of it, for good or for a while."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import make_url

from tests.faults.hosts import COUNT, Addresses, Namespaces, network
from tests.faults.relay import Target
from tests.station.mailing.processes.conftest import resolve, statuses
from tests.support import need
from tests.support.smtp import Sink
from tests.support.valkey import Valkey

pytestmark = [
    pytest.mark.slow,
    pytest.mark.postgresql,
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]
MAILS = 600
CONNECTIONS = 4
# What a sender accepts before it is written down in one go (mailing/outgoing.py).
GROUP = 100
# A lease of 60 s lasts 6.
SCALE = "10"


@pytest.fixture
def settings_env(settings_env: dict[str, str]) -> dict[str, str]:
    return {
        **settings_env,
        "FEEDBACKLOOP_CHECK_IN_DELAY": "0s",
        "FEEDBACKLOOP_SEND_WINDOW": "always",
        "FEEDBACKLOOP_REMINDER_DELAY": "off",
    }


def _targets(settings_env: dict[str, str], sink: Sink, valkey: Valkey) -> dict[str, Target]:
    url = make_url(settings_env["DATABASE_URL"])
    folder = str(url.query.get("host", ""))
    database = (
        Target(path=f"{folder}/.s.PGSQL.{url.port or 5432}")
        if folder.startswith("/")
        else Target(host=url.host or "127.0.0.1", port=url.port or 5432)
    )
    return {
        "database": database,
        "queue": Target(path=valkey.url.removeprefix("unix://")),
        "mail": Target(host=sink.host, port=sink.port, delay=0.05),
    }


def _start(net: Namespaces | Addresses, settings_env: dict[str, str], folder: Path) -> None:
    for host in net.hosts:
        at = host.server_address
        url = make_url(settings_env["DATABASE_URL"]).set(host=at, port=host.port("database"), query={})
        home = folder / host.name
        home.mkdir()
        environ = {
            **settings_env,
            "DATABASE_URL": url.render_as_string(hide_password=False),
            "REDIS_URL": f"redis://{at}:{host.port('queue')}/0",
            "MAIL_SERVER": at,
            "MAIL_PORT": str(host.port("mail")),
            "FEEDBACKLOOP_INSTANCE": str(home),
            "FEEDBACKLOOP_TIME_SCALE": SCALE,
        }
        host.start(["worker", "--queue", "mail"], environ, folder)
        host.start(["scheduler"], environ, folder)


def _wait(true: Callable[[], bool], seconds: float, folder: Path) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        said = "\n".join(f"{one.name}: {one.read_text()[-800:]}" for one in sorted(folder.glob("*.log")))
        assert time.monotonic() < deadline, said
        time.sleep(0.1)


@pytest.mark.parametrize("comes_back", [False, True], ids=["for good", "for a while"])
def test_a_host_that_is_cut_off_loses_nothing(
    app: Flask,
    settings_env: dict[str, str],
    sink: Sink,
    valkey: Valkey,
    tmp_path: Path,
    comes_back: bool,
    record_property: Callable[[str, object], None],
) -> None:
    targets = _targets(settings_env, sink, valkey)
    try:
        opened = network(targets)
        net = opened.__enter__()
    except OSError as reason:
        need.missing(f"no hosts can be made here: {reason}")
    try:
        _start(net, settings_env, tmp_path)
        _wait(lambda: valkey.client.scard("rq:workers:mail") == COUNT, 90, tmp_path)
        resolve(app, MAILS)
        cut = net.hosts[0]
        _wait(lambda: len(sink.messages) >= MAILS // 3 and cut.mailed > 20_000, 60, tmp_path)
        net.cut(cut)
        if comes_back:
            _wait(lambda: len(sink.messages) >= 2 * MAILS // 3, 60, tmp_path)
            net.heal(cut)
        _wait(lambda: statuses(app) == {"sent"}, 120, tmp_path)
        mailed = [host.mailed for host in net.hosts]
    finally:
        opened.__exit__(None, None, None)
    copies = Counter(message.recipients for message in sink.messages)
    doubled = len(sink.messages) - len(copies)
    figure = f"{net.way}: lost {MAILS - len(copies)}, doubled {doubled}, bytes mailed by each host {mailed}"
    record_property("figure", figure)
    print(figure)  # noqa: T201 - the figure that the run is made for
    assert len(copies) == MAILS, figure
    assert doubled <= CONNECTIONS + GROUP, figure
    assert min(mailed) > 20_000, figure
