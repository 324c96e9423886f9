"""The rows of the fault matrix that every run of the tests plays, with 200 mails; `make faults` plays all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import run
from tests.faults.matrix import POSTGRESQL, ROWS, play
from tests.support import need
from tests.support.shared import SharedFolder

run.load()
MAILS = 200
EVERY_TIME = (1, 2, 12, 13, 19, 22, 34)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.postgresql,
    pytest.mark.network,
    # One after the other: each has a dozen processes of its own.
    pytest.mark.xdist_group("faults"),
]


@pytest.mark.parametrize("number", EVERY_TIME)
def test_row(number: int, shared_folder: SharedFolder, tmp_path: Path) -> None:
    found = play(ROWS[number], POSTGRESQL, shared_folder, tmp_path, MAILS, full=False)
    if found.cannot:
        need.missing(found.cannot)
    assert found.passed, run.line(found)


def test_the_rows_that_were_asked_for() -> None:
    assert run.wanted("1,3, 34-36") == [1, 3, 34, 35, 36]
    assert run.wanted("") == sorted(ROWS)
