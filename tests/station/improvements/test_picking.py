"""Picking complaints for an improvement, from a list; both pages show the links. And what is attached as evidence."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feedbackloop.config import settings
from feedbackloop.core.filetypes import LARGEST_FILE
from feedbackloop.improvements import evidence, queries
from feedbackloop.improvements.models import Evidence
from tests.support.colleague import signed_in
from tests.support.improver import Improver

LIST = "/staff/improvements/"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture
def quality(people: Improver) -> FlaskClient:
    return signed_in(people.app, "quality")


def _token(client: FlaskClient, path: str) -> str:
    return re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).text)[0]


def _pick(client: FlaskClient, made: int, do: str, ids: list[str], **more: str) -> TestResponse:
    path = f"{LIST}{made}/complaints"
    data = {"csrf_token": _token(client, path), "do": do, "complaint": ids, **more}
    return client.post(f"{path}/pick", data=data)


def _linked(people: Improver, made: int) -> list[int]:
    with people.app.app_context():
        return queries.complaint_ids([made])[made]


def test_complaints_are_found_ticked_and_taken_away(people: Improver, quality: FlaskClient) -> None:
    late = people.complains("K-1", category="bezorging", subject="Bus te laat")
    wrong = people.complains("K-2", category="bezorging", subject="Verkeerde fiets")
    other = people.complains("K-3", category="winkel", subject="Rij bij de kassa")
    made, second = people.writes([late]), people.writes([late])
    path = f"{LIST}{made}/complaints"

    def shown(query: str) -> list[bool]:
        page = quality.get(f"{path}?{query}").text
        return [f'value="{one}"' in page for one in (late, wrong, other)]

    assert shown("") == [True, True, True]
    assert shown("category=bezorging") == [True, True, False]
    assert shown("q=kassa") == [False, False, True]
    assert shown("which=linked") == [True, False, False]
    assert shown("which=other&status=open") == [False, True, True]
    assert shown("status=nonsense&which=nonsense&after=") == [True, True, True]
    assert quality.get(f"{path}?after=nonsense").status_code == 400
    answer = _pick(quality, made, "link", [str(wrong), str(other)], category="", q="x")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}?q=x")
    assert _linked(people, made) == [late, wrong, other]
    _pick(quality, made, "unlink", [str(late), str(other)])
    assert _linked(people, made) == [wrong]
    assert _linked(people, second) == [late]
    _pick(quality, second, "link", [str(wrong)])
    case = quality.get(f"/staff/complaints/{wrong}").text
    assert f'href="{LIST}{made}"' in case
    assert f'href="{LIST}{second}"' in case


@pytest.mark.parametrize("given", [{"do": "delete"}, {"do": ""}, {"complaint": ["x"]}, {"complaint": ["-1"]}])
def test_what_cannot_be_meant_changes_nothing(people: Improver, quality: FlaskClient, given: dict[str, str]) -> None:
    made = people.writes()
    path = f"{LIST}{made}/complaints"
    data = {"csrf_token": _token(quality, path), "do": "link", "complaint": [str(people.complains())], **given}
    assert quality.post(f"{path}/pick", data=data).status_code == 400
    assert _linked(people, made) == []


def test_nothing_ticked_is_said_and_an_unknown_complaint_is_refused(people: Improver, quality: FlaskClient) -> None:
    made = people.writes()
    _pick(quality, made, "link", [])
    assert "Tick a complaint first." in quality.get(f"{LIST}{made}/complaints").text
    assert _pick(quality, made, "link", ["999"]).status_code == 422


def test_the_list_goes_on_where_it_ended(people: Improver, quality: FlaskClient) -> None:
    for number in range(53):
        people.clock.advance(timedelta(minutes=1))
        people.complains(f"K-{number}", opened_at=people.clock.now)
    made = people.writes()
    first = quality.get(f"{LIST}{made}/complaints").text
    older = re.findall(r'rel="next" href="([^"]+)"', first)[0].replace("&amp;", "&")
    second = quality.get(older).text
    seen = [re.findall(r'name="complaint" value="(\d+)"', page) for page in (first, second)]
    assert [len(one) for one in seen] == [50, 3]
    assert len(set(seen[0] + seen[1])) == 53


def test_only_quality_picks_and_attaches(people: Improver) -> None:
    made = people.writes()
    handler = signed_in(people.app, "handler")
    assert handler.get(f"{LIST}{made}/complaints").status_code == 403
    token = _token(handler, f"{LIST}{made}")
    for verb in ("complaints/pick", "evidence", "ask", "overrule", "waiting/overrule", "waiting/publish"):
        assert handler.post(f"{LIST}{made}/{verb}", data={"csrf_token": token}).status_code == 403


# Evidence


def _attach(client: FlaskClient, made: int, files: list[tuple[bytes, str]], **fields: str) -> TestResponse:
    data = {"csrf_token": _token(client, f"{LIST}{made}"), **fields}
    sent = [(io.BytesIO(content), name) for content, name in files]
    return client.post(f"{LIST}{made}/evidence", data={**data, "files": sent}, content_type="multipart/form-data")


def _folder(people: Improver) -> Path:
    with people.app.app_context():
        return settings().instance / "evidence"


def test_files_and_links_are_attached_read_by_staff_and_taken_away(
    people: Improver, client: FlaskClient, quality: FlaskClient
) -> None:
    made = people.public()
    assert _attach(quality, made, [(PNG, "helling.png"), (b"%PDF-1.4 x", "meting.pdf")]).status_code == 303
    link = {"url": "https://www.meting.example/5", "title": "De meting"}
    assert _attach(quality, made, [], **link).status_code == 303
    page = quality.get(f"{LIST}{made}").text
    for words in ("helling.png", "meting.pdf", "De meting", 'href="https://www.meting.example/5"'):
        assert words in page
    address = re.findall(r'href="(/staff/improvements/evidence/\d+)"', page)[0]
    got = quality.get(address)
    assert (got.data, got.mimetype, got.headers["Cache-Control"]) == (PNG, "image/png", "no-store")
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert signed_in(people.app, "handler").get(address).status_code == 200
    marketing = signed_in(people.app, "marketing")
    assert marketing.get(address).status_code == 403
    assert "helling.png" not in marketing.get(f"{LIST}{made}").text
    assert client.get(address).status_code == 303
    assert "helling.png" not in client.get(f"/improvements/{people.slug(made)}").text
    remove = re.findall(rf'action="({LIST}{made}/evidence/\d+/remove)"', page)
    token = _token(quality, f"{LIST}{made}")
    for one in remove:
        assert quality.post(one, data={"csrf_token": token}).status_code == 303
    assert people.count(Evidence) == 0
    assert list(_folder(people).iterdir()) == []
    assert quality.get(address).status_code == 404
    assert quality.post(remove[0], data={"csrf_token": token}).status_code == 404


@pytest.mark.parametrize(
    ("files", "fields", "sentence"),
    [
        ([], {}, "Choose files or give a link, one of the two."),
        ([(PNG, "a.png")], {"url": "https://a.example", "title": "x"}, "one of the two"),
        ([], {"url": "https://a.example"}, "Say what it shows."),
        ([], {"url": "javascript:alert(1)", "title": "x"}, "Give a whole web address"),
        ([(b"MZ rubbish", "a.png")], {}, "is not a photo or document"),
        ([(PNG + b"0" * LARGEST_FILE, "a.png")], {}, "too large"),
        ([(PNG, f"{n}.png") for n in range(4)], {}, "Choose at most 3 files."),
    ],
)
def test_what_is_no_evidence_is_said_and_not_kept(
    people: Improver, quality: FlaskClient, files: list[tuple[bytes, str]], fields: dict[str, str], sentence: str
) -> None:
    answer = _attach(quality, people.writes(), files, **fields)
    assert answer.status_code == 400
    assert sentence in answer.text
    assert people.count(Evidence) == 0
    assert not _folder(people).exists() or list(_folder(people).iterdir()) == []


def test_there_is_an_end_to_evidence_and_what_does_not_fit_leaves_no_file(
    people: Improver, quality: FlaskClient
) -> None:
    made = people.writes()
    for number in range(evidence.MOST):
        _attach(quality, made, [], url=f"https://a.example/{number}", title="x")
    answer = _attach(quality, made, [(PNG, "a.png")])
    assert answer.status_code == 409
    assert "Take one away first." in answer.text
    assert list(_folder(people).iterdir()) == []
    with people.app.app_context():
        assert evidence.sweep() == 0
