"""The files of the CFPB, in every shape they were published in, and what is planned for them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from feedbackloop.checkins.models import CheckIn
from feedbackloop.complaints.models import Complaint
from feedbackloop.extensions import db
from tests.support import need
from tests.support.clock import Clock
from tests.support.source import ROOT

DATA = ROOT.parent / "shared" / "data" / "cfpb-complaints"


def import_file(app: Flask, name: str, *more: str) -> tuple[int, str]:
    path = DATA / name
    if not path.is_file():
        need.missing(f"the data folder beside the checkout has no {name}")
    found = app.test_cli_runner().invoke(
        args=["import-complaints", str(path), "--mapping", "cfpb", "--rejects", str(ROOT / "tests" / "none"), *more]
    )
    return found.exit_code, found.stdout.strip()


def count(app: Flask, *where: object) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Complaint).where(*where)) or 0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "rows", "distinct", "resolved"),
    [
        ("cfpb-2013-2016-disputed-yes-no.csv.gz", 3186, 3175, 3172),
        ("cfpb-2023-payday-loans-narratives.csv.gz", 1400, 1400, 1400),
    ],
)
def test_every_shape_is_read(app: Flask, name: str, rows: int, distinct: int, resolved: int) -> None:
    status, said = import_file(app, name)
    assert status == 0
    assert said == f"read {rows}, created {distinct}, updated 0, unchanged {rows - distinct}, rejected 0"
    assert count(app) == distinct
    assert count(app, Complaint.status == "resolved") == resolved
    assert count(app, Complaint.customer_id.is_not(None)) == 0
    assert import_file(app, name)[1] == f"read {rows}, created 0, updated 0, unchanged {rows}, rejected 0"


@pytest.mark.slow
@pytest.mark.takes_turns
def test_a_trial_of_a_quarter_plans_questions_for_what_was_resolved_lately(app: Flask, clock: Clock) -> None:
    status, said = import_file(app, "cfpb-2015q1-with-disputes.csv.gz", "--trial")
    assert (status, said) == (0, "read 20112, created 20112, updated 0, unchanged 0, rejected 0")
    assert count(app, Complaint.status == "open") == 1928
    with app.app_context():
        oldest = clock.now - timedelta(days=30)
        lately = count(app, Complaint.resolved_at >= oldest)
        planned = db.session.scalar(select(func.count()).select_from(CheckIn).where(CheckIn.status == "scheduled"))
        newest = db.session.scalar(select(func.max(Complaint.opened_at)))
    assert planned == lately
    assert 1000 < lately < 20_000
    assert newest is not None
    assert clock.now - newest < timedelta(days=1)
