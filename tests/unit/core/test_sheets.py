"""What people typed stays text in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import UTC, date, datetime
from types import SimpleNamespace
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedbackloop.core import sheets, workbooks
from feedbackloop.core.sheets import Style
from feedbackloop.core.workbooks import Table

FORMULAS = [
    "=1+1",
    "+31",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\x00=1",
    "＝1",
    "＋1",
    "－1",
    "＠1",
    " =1",
    "\u3000=1",
]
BEGINS = tuple("=+-@\t\r\n\x00＝＋－＠")
CELL = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.mark.parametrize("typed", FORMULAS)
def test_a_formula_becomes_text(typed: str) -> None:
    assert sheets.cell(typed) == f"'{typed}"


@pytest.mark.parametrize(("value", "shown"), [(None, ""), ("K-1", "K-1"), (12, "12"), ("a=b", "a=b")])
def test_other_values_stay_as_they_are(value: object, shown: str) -> None:
    assert sheets.cell(value) == shown


def made(rows: list[list[sheets.Value]], style: Style) -> str:
    return "".join(sheets.chunks(["a", "b"], rows, style))


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=5), st.sampled_from(sheets.SEPARATORS))
def test_no_cell_begins_a_formula_and_every_text_comes_back(rows: list[list[str]], separator: str) -> None:
    text = made(list(rows), Style(separator))  # type: ignore[arg-type]
    read = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator))
    assert len(read) == len(rows) + 1
    for given_row, row in zip(rows, read[1:], strict=True):
        for typed, cell in zip(given_row, row, strict=True):
            assert not cell.lstrip(" \u00a0\u3000").startswith(BEGINS)
            assert cell in (typed, f"'{typed}")


def test_numbers_and_days_are_written_for_the_reader() -> None:
    row: list[sheets.Value] = [0.5, date(2026, 11, 3)]
    assert made([row], Style(";")).splitlines()[1] == "0,5;2026-11-03"
    assert made([row], Style(",", mark=False)) == "a,b\r\n0.5,2026-11-03\r\n"
    assert made([[-0.25, -3]], Style(",")).splitlines()[1] == "-0.25,-3", "a number of ours is no formula"
    assert sheets.style_for("nl") == Style(";")
    assert sheets.style_for("en-GB") == Style(",")


def cells(tables: list[Table]) -> dict[str, tuple[str, str]]:
    """The type and the value of each cell of the first sheet."""
    with workbooks.write(tables) as file, zipfile.ZipFile(file) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - made a moment ago
    found = {}
    for one in sheet.iter(f"{CELL}c"):
        assert one.find(f"{CELL}f") is None, "a formula"
        found[one.get("r", "")] = (one.get("t", ""), "".join(one.itertext()))
    return found


def test_in_xlsx_a_formula_is_a_text_and_a_day_is_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "settings", lambda: SimpleNamespace(timezone=ZoneInfo("Europe/Amsterdam")))
    rows: list[list[sheets.Value]] = [[typed, date(2026, 11, 3)] for typed in [*FORMULAS, "https://a.example", "1e5"]]
    rows.append(["x" * 40_000, datetime(2026, 11, 3, 9, 30, tzinfo=UTC)])
    found = cells([Table("People", ["Case", "Day"], rows)])
    for line, typed in enumerate(FORMULAS, start=2):
        kind, value = found[f"A{line}"]
        assert kind == "inlineStr"
        assert re.sub(r"_x[0-9A-Fa-f]{4}_", "", value).strip() == re.sub(r"[\x00\t\r\n]", "", typed).strip()
        assert found[f"B{line}"] == ("", "46329")
    assert found[f"A{len(FORMULAS) + 3}"] == ("inlineStr", "1e5")
    assert len(found[f"A{len(FORMULAS) + 4}"][1]) == 32_767
