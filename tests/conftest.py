"""What every test may ask for. docs/development.md tells how they fit together."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser

from feedbackloop.staff import service as staff_service
from tests.support import apps, databases, instance, need, postgres, shared
from tests.support import browser as chromium
from tests.support import valkey as valkey_server
from tests.support.clock import Clock
from tests.support.mailguard import MailGuard
from tests.support.queued import Queued
from tests.support.smtp import Sink

DATABASES = ("sqlite", "postgresql")
SHARED = pytest.StashKey[shared.SharedFolder]()


# How long an example takes says how busy the machine is.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SHARED] = shared.open_folder()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of tests that take turns only the half on one database is run; which one follows from the test's name."""
    turned = {item for item in items if item.get_closest_marker("takes_turns") and not _is_its_turn(item)}
    items[:] = [item for item in items if item not in turned]
    config.hook.pytest_deselected(items=list(turned))


def _is_its_turn(item: pytest.Item) -> bool:
    name, _, given = item.name.partition("[")
    its_own = DATABASES[crc32(name.encode()) % len(DATABASES)]
    return its_own in given or not any(other in given for other in DATABASES)


def pytest_unconfigure(config: pytest.Config) -> None:
    shared.close_folder(config.stash[SHARED])


@pytest.fixture(scope="session")
def shared_folder(pytestconfig: pytest.Config) -> shared.SharedFolder:
    """The folder of this test run, one for all parallel workers."""
    return pytestconfig.stash[SHARED]


@pytest.fixture
def process_folder(shared_folder: shared.SharedFolder) -> Path:
    """An empty folder whose name is the same for all tests of this process, so that an app can be used again."""
    folder = shared_folder.path / f"process{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


# Databases and the app


@pytest.fixture(scope="session")
def postgres_server(shared_folder: shared.SharedFolder) -> postgres.Postgres:
    """A PostgreSQL in which a test may make databases of its own."""
    try:
        return postgres.find_or_start(shared_folder)
    except postgres.NoPostgresError as reason:
        need.missing(f"there is no PostgreSQL: {reason}")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(
    request: pytest.FixtureRequest, process_folder: Path, shared_folder: shared.SharedFolder
) -> Iterator[str]:
    """A migrated, empty database of the test's own; the test runs once on SQLite and once on PostgreSQL."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            yield stack.enter_context(databases.sqlite_copy(shared_folder, process_folder))
        else:
            server = request.getfixturevalue("postgres_server")
            yield stack.enter_context(databases.postgres_copy(shared_folder, server))


@pytest.fixture
def settings_env(database_url: str, process_folder: Path) -> dict[str, str]:
    """The environment that `app` starts with: a site with a mail server, so none of a trial's short delays.

    A test changes it before it asks for `app`, most simply by overriding this fixture in its own file.
    """
    return {
        "DATABASE_URL": database_url,
        "FEEDBACKLOOP_INSTANCE": str(process_folder / "instance"),
        "SECRET_KEY": databases.SECRET_KEY,
        "PUBLIC_URL": "http://localhost",
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": "1",
        "MAIL_DEFAULT_SENDER": "Loop Test <loop@ours.example>",
        "FEEDBACKLOOP_ORGANISATION": "Testwinkel",
        "FEEDBACKLOOP_RATE_LIMITS": "off",
    }


@pytest.fixture
def app(
    request: pytest.FixtureRequest, settings_env: dict[str, str], shared_folder: shared.SharedFolder
) -> Iterator[Flask]:
    """The product on a fresh database. No context is pushed: a request in a test gets its own, as in a server.

    It may have served another test of this process; one that adds a page to it is marked `own_app`.
    """
    for name in ("sink", "valkey"):
        # They write their address into settings_env, so they go first wherever the test names them.
        if name in request.fixturenames:
            request.getfixturevalue(name)
    own = request.node.get_closest_marker("own_app") is not None
    with apps.made(settings_env, shared_folder.path, own) as made:
        yield made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a browser: keeps cookies, follows nothing by itself. tests/support/forms.py fills in forms."""
    return app.test_client()


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> Queued:
    """Holds the jobs that would go to Redis; `queued.run(app)` runs them here, in order, and what they queue."""
    held = Queued()
    held.install(monkeypatch)
    return held


# Time


@pytest.fixture
def clock() -> Iterator[Clock]:
    """It is Tuesday 3 November 2026, 10:00 in Amsterdam: within the send window, on no holiday."""
    held = Clock(datetime(2026, 11, 3, 9, 0, tzinfo=UTC))
    yield held
    held.release()


# The other programs


@pytest.fixture(autouse=True)
def mail_guard(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailGuard]:
    """Fails the test that speaks to a mail server other than its own sink, even where the code copes with it."""
    guard = MailGuard()
    if request.node.get_closest_marker("network"):
        yield guard
        return
    guard.install(monkeypatch)
    yield guard
    if guard.strays:
        pytest.fail(f"mail went astray, to {', '.join(guard.strays)}", pytrace=False)


@pytest.fixture(scope="session")
def _sink_server() -> Iterator[Sink]:
    server = Sink()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def sink(_sink_server: Sink, mail_guard: MailGuard, request: pytest.FixtureRequest) -> Sink:
    """A mail server without mail in it; an `app` of the same test sends to it."""
    _sink_server.clear()
    mail_guard.allow(_sink_server.host, _sink_server.port)
    if "settings_env" in request.fixturenames:
        request.getfixturevalue("settings_env").update(_sink_server.environ)
    return _sink_server


@pytest.fixture(scope="session")
def _valkey_server(shared_folder: shared.SharedFolder) -> valkey_server.Valkey:
    try:
        return valkey_server.start(shared_folder)
    except valkey_server.NoValkeyError as reason:
        need.missing(f"there is no queue server: {reason}")


@pytest.fixture
def valkey(_valkey_server: valkey_server.Valkey, request: pytest.FixtureRequest) -> valkey_server.Valkey:
    """A real, empty queue server; an `app` of the same test queues on it."""
    _valkey_server.client.flushall()
    if "settings_env" in request.fixturenames:
        request.getfixturevalue("settings_env")["REDIS_URL"] = _valkey_server.url
    return _valkey_server


@pytest.fixture
def live(
    database_url: str, tmp_path: Path, shared_folder: shared.SharedFolder
) -> Iterator[Callable[..., instance.Instance]]:
    """`live(NAME="value", …)` starts the product on the test's database and waits until it serves.

    The names are settings; without MAIL_SERVER its mail goes to its own local mailbox.
    """
    started: list[instance.Instance] = []

    def start(**environ: str) -> instance.Instance:
        folder = tmp_path / f"live{len(started)}"
        folder.mkdir()
        made = instance.Instance(shared_folder, folder, {"DATABASE_URL": database_url, **environ})
        started.append(made)
        made.start()
        return made

    yield start
    for made in started:
        made.stop()


@pytest.fixture(scope="session")
def _browser() -> Iterator[Browser]:
    with ExitStack() as stack:
        try:
            yield stack.enter_context(chromium.launch())
        except chromium.NoBrowserError as reason:
            need.missing(f"there is no browser: {reason}")


@pytest.fixture
def pages(_browser: Browser) -> Iterator[chromium.Pages]:
    """Opens pages of a real Chromium. What its console calls an error in any of them fails the test."""
    opened = chromium.Pages(_browser)
    yield opened
    opened.close()
    if opened.errors:
        pytest.fail("the browser found fault: " + "; ".join(opened.errors), pytrace=False)


@pytest.fixture(scope="session", autouse=True)
def _no_environment_of_the_caller() -> None:
    """Settings of the person who runs the tests say nothing about the product."""
    for name in list(os.environ):
        if name.startswith(("MAIL_", "FEEDBACKLOOP_")) and not name.startswith("FEEDBACKLOOP_TESTS"):
            del os.environ[name]
    for name in ("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "SECRET_KEY"):
        os.environ.pop(name, None)


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> None:
    """Hashing that is slow on purpose would be half of each test that signs in; `live` processes hash in earnest."""
    staff_service._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
