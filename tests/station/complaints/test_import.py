"""`feedbackloop import-complaints`: what comes in, what is rejected, and what is said of it."""

from __future__ import annotations

import csv
import gzip
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from feedbackloop.complaints import service
from feedbackloop.complaints.models import Complaint, ImportRun
from feedbackloop.complaints.service import ComplaintInput, Outcome
from feedbackloop.core import db as transactions
from feedbackloop.extensions import db
from feedbackloop.people.models import Customer
from tests.station.complaints.conftest import Intake
from tests.support.clock import Clock

HEAD = "source,external_id,subject,customer_email,resolved_at\n"
Import = Callable[..., Result]


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    """A file with this content."""

    def written(content: str | bytes, name: str = "complaints.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


@pytest.fixture
def run(intake: Intake) -> Import:
    """Runs the command; what follows from complaints is only noted in `intake.told`."""

    def imported(*arguments: object, given: bytes | None = None) -> Result:
        intake.told.clear()
        return intake.app.test_cli_runner().invoke(args=["import-complaints", *map(str, arguments)], input=given)

    return imported


Write = Callable[..., Path]


def rejects(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
        return list(csv.reader(stream))


def test_rows_come_in_and_the_same_file_changes_nothing(run: Import, file: Write, intake: Intake) -> None:
    path = file(HEAD + "shop,1,Late,jan@mail.example,2026-11-02\nshop,2,Lost,,\n")
    first = run(path)
    assert (first.exit_code, first.stdout) == (0, "read 2, created 2, updated 0, unchanged 0, rejected 0\n")
    found = intake.finds("1")
    assert (found.subject, found.status) == ("Late", "resolved")
    assert found.customer is not None
    assert found.customer.email == "jan@mail.example"
    assert intake.finds("2").customer_id is None
    again = run(path)
    assert (again.exit_code, again.stdout) == (0, "read 2, created 0, updated 0, unchanged 2, rejected 0\n")
    assert intake.told == []
    assert not path.with_name(f"{path.name}.rejects.csv").exists()


def test_a_row_that_changed_is_an_update(run: Import, file: Write, intake: Intake) -> None:
    run(file(HEAD + "shop,1,Late,,\nshop,2,Lost,,\n"))
    said = run(file(HEAD + "shop,1,Too late,,2026-11-02\nshop,2,Lost,,\n"))
    assert said.stdout == "read 2, created 0, updated 1, unchanged 1, rejected 0\n"
    assert intake.finds("1").status == "resolved"


@pytest.mark.parametrize("packed", [False, True])
def test_standard_input_is_a_file_as_well(run: Import, intake: Intake, packed: bool) -> None:
    content = (HEAD + "shop,1,Late,,\nshop,2,x,nobody,\n").encode()
    said = run("-", given=gzip.compress(content) if packed else content)
    assert (said.exit_code, said.stdout) == (1, "read 2, created 1, updated 0, unchanged 0, rejected 1\n")
    with intake.app.app_context():
        kept = Path(intake.app.extensions["feedbackloop.settings"].instance) / "standard-input.rejects.csv"
    assert rejects(kept)[1][0] == "3"


def test_gzip_with_a_bom_and_semicolons_is_read(run: Import, file: Write, intake: Intake) -> None:
    content = "\ufeffexternal_id;subject;source\n1;een, twee;winkel\n".encode()
    said = run(file(gzip.compress(content), "export.csv.gz"))
    assert said.exit_code == 0, said.stderr
    assert intake.finds("1", "winkel").subject == "een, twee"


def test_a_bad_row_costs_itself_and_is_kept_with_its_line_and_reason(run: Import, file: Write, intake: Intake) -> None:
    rows = [
        b"shop,1,fine,,",
        b"shop,2,\"two\nlines\",not-an-address,",
        b"shop,3,too,few",
        b"shop,4,caf\xe9,,",
        b"shop,5,nul\x00,,",
        b"shop,,no key,,",
        b"shop,7,bad date,,soon",
        b"shop,8,=HYPERLINK(1),x,+1",
        b"shop,9,fine too,,",
    ]  # fmt: skip
    path = file(HEAD.encode() + b"\n".join(rows) + b"\n")
    said = run(path)
    assert said.exit_code == 1
    assert said.stdout == "read 9, created 2, updated 0, unchanged 0, rejected 7\n"
    kept = path.with_name("complaints.csv.rejects.csv")
    assert str(kept) in said.stderr
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    head, *found = rejects(kept)
    assert head == ["line", "reason", *HEAD.strip().split(",")]
    assert [row[0] for row in found] == ["3", "5", "6", "7", "8", "9", "10"]
    reasons = [
        "customer_email: must",
        "has 4 fields",
        "UTF-8",
        "NUL",
        "external_id: must not be empty",
        "resolved_at: must",
    ]
    for row, reason in zip(found, reasons, strict=False):
        assert reason in row[1]
    assert found[2][2:4] == ["shop", "4"]
    assert found[2][4].encode(errors="surrogateescape") == b"caf\xe9"
    assert [found[6][4], found[6][6]] == ["'=HYPERLINK(1)", "'+1"], "a spreadsheet must not run it"
    assert intake.finds("9").subject == "fine too"


def test_a_row_is_in_whole_or_not_at_all(run: Import, file: Write, intake: Intake) -> None:
    said = run(file("source,external_id,subject,customer_email,handler_email\nshop,1,Late,jan@mail.example,nobody\n"))
    assert said.exit_code == 1
    with intake.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Complaint)) == 0
        assert db.session.scalar(select(func.count()).select_from(Customer)) == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("subject\nx\n", "no column 'source', 'external_id'"),
        ("source,external_id,Subject,subject\n", "'subject' twice"),
        ("", "is empty"),
        (b"\xff\xfes\x00o\x00", "not UTF-8"),
    ],
)
def test_a_file_that_does_not_fit_as_a_whole_is_refused(run: Import, file: Write, content: str, said: str) -> None:
    found = run(file(content))
    assert found.exit_code == 2
    assert said in found.stderr
    assert found.stdout == ""


def test_bad_usage_is_two_and_one_line(run: Import, file: Write, tmp_path: Path) -> None:
    path = file(HEAD)
    for arguments in (
        [tmp_path / "nowhere.csv"],
        [tmp_path],
        [path, "--mapping", "nothing"],
        [path, "--rejects", path],
        [path, "--colour", "red"],
        [],
    ):
        found = run(*arguments)
        assert found.exit_code == 2, arguments
        assert found.stdout == ""
        assert "Traceback" not in found.stderr


def test_rejects_go_where_they_are_asked_and_else_where_they_can(
    run: Import, file: Write, tmp_path: Path, intake: Intake
) -> None:
    path = file(HEAD + "shop,,x,,\n")
    asked = tmp_path / "asked.csv"
    run(path, "--rejects", asked)
    assert len(rejects(asked)) == 2
    assert not path.with_name("complaints.csv.rejects.csv").exists()
    # A folder in the way stands for a place that cannot be written; root may write everywhere.
    path.with_name("complaints.csv.rejects.csv").mkdir()
    said = run(path)
    kept = Path(intake.app.extensions["feedbackloop.settings"].instance) / "complaints.csv.rejects.csv"
    assert str(kept) in said.stderr
    assert len(rejects(kept)) == 2


def test_a_dry_run_says_what_would_happen_and_writes_nothing(run: Import, file: Write, intake: Intake) -> None:
    run(file(HEAD + "shop,1,Late,,\n"))
    path = file(HEAD + "shop,1,Later,,\nshop,2,a,,2026-11-02\nshop,2,b,,2026-11-02\nshop,,x,,\n", "next.csv")
    said = run(path, "--dry-run")
    assert (said.exit_code, said.stdout) == (1, "read 4, created 1, updated 2, unchanged 0, rejected 1\n")
    assert "nothing was written" in said.stderr
    assert intake.finds("1").subject == "Late"
    assert sorted(one.name for one in path.parent.glob("*.csv*")) == ["complaints.csv", "next.csv"]
    with intake.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Complaint)) == 1
        assert db.session.scalar(select(func.count()).select_from(ImportRun)) == 1


def test_a_dry_run_knows_a_key_of_an_earlier_batch(run: Import, file: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedbackloop.complaints.importing._MOST", 2)
    rows = "".join(f"shop,{number % 10},x,,\n" for number in range(200))
    assert run(file(HEAD + rows), "--dry-run").stdout.startswith("read 200, created 10, ")


def test_a_trial_moves_the_dates_and_invents_addresses(run: Import, file: Write, intake: Intake, clock: Clock) -> None:
    path = file(
        HEAD.replace("subject", "opened_at") + "shop,1,2025-01-01,,2025-01-03\nshop,2,2025-01-04,jan@mail.nl,\n"
    )
    assert run(path, "--trial").exit_code == 0
    one, two = intake.finds("1"), intake.finds("2")
    midnight = datetime(2026, 11, 2, 23, tzinfo=UTC)
    assert two.opened_at == midnight, "the newest date of any column is today"
    assert (one.opened_at, one.resolved_at) == (midnight - timedelta(days=3), midnight - timedelta(days=1))
    for found in (one, two):
        assert found.customer is not None
        assert str(found.customer.email).endswith(".example"), "nobody real is mailed"
    clock.advance(timedelta(days=10))
    assert run(path, "--trial").stdout == "read 2, created 0, updated 0, unchanged 2, rejected 0\n"
    with intake.app.app_context():
        assert len(set(db.session.scalars(select(ImportRun.shift_days)))) == 1


def test_a_trial_of_standard_input_reads_it_twice(run: Import, intake: Intake) -> None:
    content = (HEAD + "shop,1,x,,2025-01-03\n").encode()
    assert run("-", "--trial", given=content).exit_code == 0
    assert intake.finds("1").resolved_at == datetime(2026, 11, 2, 23, tzinfo=UTC)


def test_what_is_stopped_leaves_whole_batches(
    run: Import, file: Write, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedbackloop.complaints.importing._MOST", 10)
    real, seen = service.upsert, []

    def interrupted(records: Sequence[ComplaintInput], actor: str) -> list[Outcome]:
        seen.append(len(records))
        outcomes = real(records, actor)
        if len(seen) == 3:
            raise KeyboardInterrupt  # ^C while the third batch is written
        return outcomes

    monkeypatch.setattr(service, "upsert", interrupted)
    said = run(file(HEAD + "".join(f"shop,{number},x,,\n" for number in range(200))))
    written = sum(seen[:2])
    assert said.exit_code == 130
    assert f"created {written}," in said.stdout
    with intake.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Complaint)) == written


def test_a_file_that_breaks_off_leaves_what_came_before(run: Import, file: Write) -> None:
    rows = "".join(f"shop,{number},{hash(str(number))},,\n" for number in range(3000))
    said = run(file(gzip.compress((HEAD + rows).encode())[:-4000], "export.csv.gz"))
    assert said.exit_code == 1
    assert "ends too early" in said.stderr
    read, created = (int(part.split()[1]) for part in said.stdout.split(", ")[:2])
    assert 0 < created == read < 3000


def test_an_empty_database_is_told_of_in_one_line(app: Flask, file: Write) -> None:
    with app.app_context(), transactions.transaction():
        db.metadata.drop_all(db.session.connection())
        db.session.execute(db.text("drop table alembic_version"))
    found = app.test_cli_runner().invoke(args=["import-complaints", str(file(HEAD))])
    assert found.exit_code == 2
    assert "feedbackloop db upgrade" in found.stderr
    assert "Traceback" not in found.stderr


def test_batches_shrink_while_they_take_long_and_grow_while_they_do_not(
    run: Import, file: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a slow disk would keep everybody who answers waiting for the write lock."""
    sizes: list[int] = []
    real = service.upsert

    def counted(records: Sequence[ComplaintInput], actor: str) -> list[Outcome]:
        sizes.append(len(records))
        return real(records, actor)

    def ticks() -> Iterator[float]:
        now = 0.0
        for taken in [2.0, 2.0, *[0.001] * 500]:
            yield now
            now += taken
            yield now

    monkeypatch.setattr(service, "upsert", counted)
    monkeypatch.setattr("feedbackloop.complaints.importing._AIM_S", {True: 0.08, False: 0.08})
    monkeypatch.setattr(time, "perf_counter", ticks().__next__)
    run(file(HEAD + "".join(f"shop,{number},x,,\n" for number in range(400))))
    assert sizes[:6] == [50, 5, 5, 10, 20, 40]
