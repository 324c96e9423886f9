"""Reading CSV: every row, with its line, whatever the rows around it look like."""

from __future__ import annotations

import gzip
import io
from hashlib import sha256
from itertools import islice

import pytest

from feedbackloop.complaints.sheet import Row, Sheet, SheetError


def read(content: bytes) -> list[Row]:
    return list(Sheet(io.BufferedReader(io.BytesIO(content))))


def lines(content: bytes) -> list[tuple[int, str | None]]:
    return [(row.line, row.problem) for row in read(content)]


def test_rows_come_with_the_line_they_begin_on() -> None:
    found = read(b'a,b\n1,"one\ntwo\n\nthree"\n\n2,"x ""y"" z"\n')
    assert found == [Row(2, ["1", "one\ntwo\n\nthree"]), Row(7, ["2", 'x "y" z'])]


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
def test_every_line_ending_is_read(ending: bytes) -> None:
    assert lines(ending.join([b"a,b", b"1,2", b"3,4"])) == [(2, None), (3, None)]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_taken_from_the_header(separator: str) -> None:
    text = separator.join(["a", '"b,;"']) + "\n" + separator.join(["1", "2"])
    sheet = Sheet(io.BytesIO(text.encode()))
    assert sheet.header == ["a", "b,;"]
    assert next(iter(sheet)).cells == ["1", "2"]


def test_a_spreadsheets_note_on_the_separator_is_followed() -> None:
    assert lines(b"sep=;\na;b\n1;2\n") == [(3, None)]


def test_a_byte_order_mark_is_no_part_of_a_name() -> None:
    assert Sheet(io.BytesIO(b"\xef\xbb\xbfa,b\n")).header == ["a", "b"]


def test_gzip_is_known_by_its_content() -> None:
    assert lines(gzip.compress(b"a,b\n1,2\n")) == [(2, None)]


def test_a_row_of_another_width_is_told_of_and_costs_nothing_else() -> None:
    assert lines(b"a,b\n1\n1,2,3\n1,2\n") == [
        (2, "has 1 fields where the header has 2"),
        (3, "has 3 fields where the header has 2"),
        (4, None),
    ]


def test_a_row_in_another_encoding_costs_that_row_alone() -> None:
    found = read("a,b\n1,café\n".encode() + "2,café\n".encode("latin-1") + b"3,x\n")
    assert [(row.line, row.problem) for row in found] == [(2, None), (3, "is not UTF-8"), (4, None)]


def test_a_nul_costs_that_row_alone() -> None:
    assert lines(b"a,b\n1,\x002\n3,4\n") == [(2, "holds a NUL byte"), (3, None)]


def test_a_quote_that_is_never_closed_costs_that_row_alone() -> None:
    found = read(b'a,b\n1,2\n3,"four\n5,6\n7,8\n')
    assert [row.line for row in found] == [2, 3, 4, 5]
    assert [row.line for row in found if row.problem] == [3]
    assert found[1].cells == ['3,"four']


def test_a_quote_that_is_closed_by_a_later_row_costs_that_row_alone() -> None:
    found = read(b'a,b\n3,"four\n5,6\n7,"eight"\n9,10\n')
    assert [row.line for row in found if row.problem] == [2]
    assert [row.cells for row in found if not row.problem] == [["5", "6"], ["7", "eight"], ["9", "10"]]


def test_an_endless_field_costs_its_row_and_is_not_held() -> None:
    rest = b"".join(b"%d,x\n" % number for number in range(50_000))
    found = read(b'a,b\n1,"' + rest)
    assert [row.line for row in found if row.problem] == [2]
    assert len(found) == 50_000


def test_a_file_of_one_endless_line_is_read_in_pieces() -> None:
    sheet = Sheet(io.BytesIO(b"a,b\n" + b"x" * 5_000_000))
    assert [row.problem is not None for row in islice(sheet, 3)] == [True, True, True]


def test_several_lines_with_a_field_too_few_are_one_reject() -> None:
    assert lines(b'a,b,c\n1,"two\nthree"\n4,5,6\n') == [(2, "has 2 fields where the header has 3"), (4, None)]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    with pytest.raises(SheetError, match="empty"):
        Sheet(io.BytesIO(content))


@pytest.mark.parametrize("content", ["a,b\n1,2".encode("utf-16"), b"caf\xe9,b\n"])
def test_a_header_in_another_encoding_is_refused(content: bytes) -> None:
    with pytest.raises(SheetError, match="UTF-8"):
        Sheet(io.BytesIO(content))


def test_a_header_of_broken_quotes_is_refused() -> None:
    with pytest.raises(SheetError, match="header"):
        Sheet(io.BytesIO(b'"a"b,c\n'))


def test_a_gzip_file_that_breaks_off_gives_what_it_holds_and_then_says_so() -> None:
    whole = b"a,b\n" + b"".join(b"%d,%s\n" % (n, sha256(b"%d" % n).hexdigest().encode()) for n in range(5000))
    sheet = Sheet(io.BufferedReader(io.BytesIO(gzip.compress(whole)[:-20_000])))
    found: list[Row] = []
    with pytest.raises(SheetError, match="breaks off after line"):
        found.extend(sheet)
    assert found
    assert not [row for row in found if row.problem]
