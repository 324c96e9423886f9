"""A running product with whatever a test of it needs: mail, a machine with a token, colleagues who are signed in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import func, select, update

from feedbackloop import create_app
from feedbackloop.ambassadors import asks
from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.checkins import proposals
from feedbackloop.core import db
from feedbackloop.extensions import db as database
from feedbackloop.improvements import follow
from feedbackloop.improvements.follow_models import Digest
from feedbackloop.mailing.models import Outbox
from feedbackloop.mailing.rules import FINAL
from feedbackloop.staff import keyring, service
from tests.support.browser import Pages
from tests.support.crawl import HttpVisitor
from tests.support.elsewhere import Elsewhere
from tests.support.instance import Instance
from tests.support.letters import Letter, Letters, eventually
from tests.support.machine import Machine
from tests.support.shared import SharedFolder

# A group stays in one process of the test run, so that the product is started once for each database.
SQLITE = pytest.param("sqlite", marks=pytest.mark.xdist_group("loop-sqlite"))
POSTGRESQL = pytest.param("postgresql", marks=[pytest.mark.postgresql, pytest.mark.xdist_group("loop-postgresql")])
# For a flow whose stations are tested on both: in a browser one of them is enough, and the other flows take turns.
on_sqlite = pytest.mark.parametrize("site", [SQLITE], indirect=True)
on_postgresql = pytest.mark.parametrize("site", [POSTGRESQL], indirect=True)

ROLES = ("admin", "handler", "quality", "marketing")
PASSWORD = "een lange zin die niemand raadt"
ORGANISATION = "Testwinkel"


class Site:
    """`instance` runs; `app` looks into its database. Colleagues are `<role>@ours.example`, one of each role."""

    def __init__(self, instance: Instance, app: Flask, elsewhere: Elsewhere, token: str) -> None:
        self.instance = instance
        self.app = app
        self.elsewhere = elsewhere
        self.url = instance.url
        self.database_url = instance.environ["DATABASE_URL"]
        self.machine = Machine(instance.url, token)
        self.letters = Letters(Path(instance.environ["FEEDBACKLOOP_INSTANCE"]))
        self._cookies: dict[str, Sequence[Any]] = {}

    def visitor(self, pages: Pages, **how: Any) -> Page:
        """Somebody's browser. A customer's runs no script unless asked: nothing of theirs may need one."""
        return pages(base_url=self.url, **{"javascript": False, **how})

    def colleague(self, pages: Pages, role: str, **how: Any) -> Page:
        """A browser that is signed in. Each role signs in once; a later browser of it goes on with that session."""
        page = pages(base_url=self.url, **how)
        if role in self._cookies:
            page.context.add_cookies(self._cookies[role])
            return page
        page.goto("/staff/sign-in")
        page.locator("[name=email]").fill(f"{role}@ours.example")
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main button[type=submit]").click()
        page.wait_for_url("**/staff/")
        self._cookies[role] = page.context.cookies()
        return page

    def answers(self, letter: Letter, satisfied: str, **fields: str) -> None:
        """Sends the form behind a check-in mail, without a browser."""
        self.sends(letter.link("/check-in/"), {"satisfied": satisfied, **fields})

    def sends(self, path: str, fields: Mapping[str, str]) -> None:
        """Sends a form; fails the test where it is not taken."""
        answer = HttpVisitor(self.url).post(path, dict(fields))
        assert answer.status == 303, f"{path} answers {answer.status}: {answer.text[:2000]}"

    def puts(self, complaint_id: str, kind: str, text: str) -> None:
        """Puts a summary or a step to the complaint's person, as a colleague does."""
        with self.app.app_context(), db.transaction():
            proposals.put(int(complaint_id), kind, text, "staff:1")

    def asks(self, complaint_id: str, kind: str) -> None:
        """Asks the complaint's person for something, as marketing does."""
        with self.app.app_context(), db.transaction():
            wanted = select(Ambassador.id).where(Ambassador.complaint_id == int(complaint_id))
            may = asks.ask(database.session.scalars(wanted).one(), kind, None, False, "staff:1")
            assert may, may.reason

    def makes_digest(self) -> None:
        """Makes an issue for those who follow the log, as the clock does once a week went by since the last one."""
        with self.app.app_context(), db.transaction():
            database.session.execute(update(Digest).values(made_at=datetime.now(UTC) - timedelta(days=8)))
            assert follow.make_digest(), "nobody follows, or nothing is new"

    def settles(self) -> None:
        """Waits until no mail is still to go that is due within a minute."""
        eventually(lambda: self._waiting() == 0, 30, lambda: f"{self._waiting()} mails are still to go")

    def _waiting(self) -> int:
        soon = datetime.now(UTC) + timedelta(minutes=1)
        with self.app.app_context():
            return (
                database.session.scalar(select(func.count()).where(Outbox.status.not_in(FINAL), Outbox.due_at < soon))
                or 0
            )

    def open_letter(self, page: Page, letter: Letter) -> None:
        """Finds a message in the mailbox's list, as a person does, and opens it."""
        page.goto("/mailbox/")
        page.locator(f"a[href='{letter.path}']").click()


@contextmanager
def running(shared: SharedFolder, folder: Path, database_url: str, **environ: str) -> Iterator[Site]:
    """The product on this migrated database, with a colleague of each role and a token of every scope."""
    elsewhere = Elsewhere()
    elsewhere.start()
    given = {
        "DATABASE_URL": database_url,
        "FEEDBACKLOOP_ORGANISATION": ORGANISATION,
        "FEEDBACKLOOP_EMBED_ORIGINS": elsewhere.origin,
        **environ,
    }
    instance = Instance(shared, folder, given)
    try:
        instance.start()
        app = create_app(instance.environ)
        yield Site(instance, app, elsewhere, _hire(app))
        with app.app_context():
            database.engine.dispose()
    finally:
        instance.stop()
        elsewhere.stop()


def _hire(app: Flask) -> str:
    """Makes the accounts and a token; the token."""
    with app.app_context(), db.transaction():
        for role in ROLES:
            service.create(f"{role}@ours.example", role.capitalize(), role, PASSWORD)
        return keyring.create("test", ("intake", "read", "improvements"))
