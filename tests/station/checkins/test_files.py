"""Photos and documents with an answer: what is taken, who sees it, and that none is left alone."""

from __future__ import annotations

import io
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from feedbackloop.checkins import answers, files
from feedbackloop.checkins.models import Answer, Attachment
from feedbackloop.core import filetypes, folders
from feedbackloop.extensions import db
from tests.station.checkins.test_desk import signed_in
from tests.support.complainant import Complainant

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"photo" * 100
PDF = b"%PDF-1.7\n" + b"paper" * 100
HTML = b"<html><script>alert(1)</script>"


@pytest.fixture
def path(people: Complainant) -> str:
    return people.is_asked(people.brings())


def send(client: FlaskClient, path: str, *sent: tuple[bytes, str], **fields: Any) -> TestResponse:
    data: dict[str, Any] = {"satisfied": "no", **fields}
    data["attachment"] = [(io.BytesIO(content), name, "text/html") for content, name in sent]
    return client.post(path, data=data, content_type="multipart/form-data")


def on_disk(app: Flask) -> list[Path]:
    folder = Path(app.extensions["feedbackloop.settings"].instance) / "attachments"
    return sorted(folder.iterdir()) if folder.exists() else []


def rows(app: Flask) -> list[Attachment]:
    with app.app_context():
        found = list(db.session.scalars(select(Attachment).order_by(Attachment.id)))
        db.session.expunge_all()
        return found


def test_files_are_kept_with_the_version_they_came_with(app: Flask, client: FlaskClient, path: str) -> None:
    assert send(client, path, (JPEG, "fotos/taart.jpg"), (PDF, "../../bon.pdf")).status_code == 303
    photo, paper = rows(app)
    assert (photo.name, photo.type, photo.size, photo.answer_id) == ("taart.jpg", "image/jpeg", len(JPEG), 1)
    assert (paper.name, paper.type) == ("bon.pdf", "application/pdf")
    assert sorted(one.name for one in on_disk(app)) == sorted([photo.file, paper.file])
    assert [one.stat().st_mode & 0o777 for one in on_disk(app)] == [0o600, 0o600]
    # Sent twice is sent once; other words without files leave the files with the version they came with.
    assert send(client, path, (JPEG, "taart.jpg"), (PDF, "bon.pdf")).status_code == 303
    assert len(rows(app)) == len(on_disk(app)) == 2
    assert send(client, path, comment="Nog iets.").status_code == 303
    with app.app_context():
        assert list(db.session.scalars(select(Answer.version).order_by(Answer.id))) == [1, 2]
    assert "taart.jpg, bon.pdf" in client.get(path).text
    # An empty field, as a browser sends it, is none.
    assert send(client, path, (b"", ""), comment="Nog meer.").status_code == 303
    assert len(rows(app)) == 2


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ([(HTML, "photo.jpg")], "photo.jpg is geen foto of document"),
        ([(b"", "leeg.pdf")], "leeg.pdf is geen foto of document"),
        ([(JPEG + b"0" * filetypes.LARGEST_FILE, "groot.jpg")], "groot.jpg is te groot: niet meer dan 5 MB."),
        ([(JPEG, f"{n}.jpg") for n in range(4)], "Kies niet meer dan 3 bestanden."),
    ],
    ids=["by content", "empty", "too large", "too many"],
)
def test_what_is_not_taken_is_refused_by_name(
    app: Flask, client: FlaskClient, path: str, sent: list[tuple[bytes, str]], said: str
) -> None:
    page = send(client, path, *sent, comment="Mijn woorden.")
    assert page.status_code == 400
    assert said in page.text
    assert 'href="#attachment"' in page.text
    assert "Kies uw bestanden opnieuw" in page.text
    assert "Mijn woorden.</textarea>" in page.text
    assert (rows(app), on_disk(app)) == ([], [])


def test_bodies_of_every_shape(app: Flask, client: FlaskClient, path: str) -> None:
    """Ten megabytes and no more; a file where words belong and words where a file belongs; nothing ends in a 5xx."""
    part = (JPEG + b"0" * (4 * 2**20), "vier.jpg")
    assert send(client, path, part, part, part).status_code == 413
    assert client.post(path, data={"satisfied": "no", "attachment": "words"}).status_code == 400
    for name in ("satisfied", "comment", "call_me", "reason"):
        data: dict[str, Any] = {"satisfied": "no", name: (io.BytesIO(JPEG), "photo.jpg")}
        status = client.post(path, data=data, content_type="multipart/form-data").status_code
        assert status in (303, 400), name
    broken = b'--x\r\nContent-Disposition: form-data; name="attachment"; filename="a.jpg"\r\n\r\n\xff\xd8\xff'
    assert client.post(path, data=broken, content_type="multipart/form-data; boundary=x").status_code == 400
    assert on_disk(app) == []


def test_one_link_takes_so_many_and_no_more(app: Flask, client: FlaskClient, path: str) -> None:
    for number in range(4):
        three = [(JPEG + bytes([number, one]), f"{one}.jpg") for one in range(3)]
        assert send(client, path, *three).status_code == 303
    page = send(client, path, (JPEG, "nog een.jpg"))
    assert page.status_code == 400
    assert "U heeft ons al veel bestanden gestuurd." in page.text
    assert len(on_disk(app)) == 12


def test_a_transaction_that_fails_leaves_no_file(
    app: Flask, client: FlaskClient, path: str, people: Complainant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_given: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(answers, "_record", fails)
        assert send(client, path, (JPEG, "a.jpg")).status_code == 500
    assert (rows(app), on_disk(app)) == ([], [])
    people.reopens(1)
    people.resolves(1)
    assert send(client, path, (JPEG, "a.jpg")).status_code == 409
    assert on_disk(app) == []


def test_a_full_disk_is_told_and_leaves_nothing(
    app: Flask, client: FlaskClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert send(client, path, (JPEG, "a.jpg")).status_code == 503
    assert (rows(app), on_disk(app)) == ([], [])


def test_only_who_handles_complaints_may_fetch_a_file(app: Flask, client: FlaskClient, path: str) -> None:
    send(client, path, (JPEG, "tàart.jpg"), comment="Eerste woorden.", call_me="1", reason="amount")
    send(client, path, comment="Tweede woorden.", meet="1")
    assert client.get("/staff/check-ins/files/1").status_code == 303
    handler = signed_in(app, "handler")
    story = handler.get("/staff/complaints/1").text
    # Every version with its own words.
    for said in ("Eerste woorden.", "Tweede woorden.", "tàart.jpg", "foto (JPEG), 1 kB", "Het bedrag klopt niet"):
        assert said in story
    assert story.index("Wil gebeld worden") < story.index("Wil graag een gesprek")
    assert 'href="/staff/check-ins/files/1"' in story
    got = handler.get("/staff/check-ins/files/1")
    assert got.data == JPEG
    assert got.headers["Content-Type"] == "image/jpeg"
    assert got.headers["Content-Disposition"].startswith("attachment;")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert got.headers["Cache-Control"] == "no-store"
    assert handler.get("/staff/check-ins/files/2").status_code == 404
    assert signed_in(app, "marketing").get("/staff/check-ins/files/1").status_code == 403


def test_an_erasure_takes_files_too_and_a_cut_off_one_is_finished(
    app: Flask, client: FlaskClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(client, path, (JPEG, "marleen.jpg"))
    run = app.test_cli_runner().invoke
    listed = json.loads(run(args=["export-person", "k-1@postvak.example"]).stdout)["attachments"]
    assert [(one["name"], one["type"]) for one in listed] == [("marleen.jpg", "image/jpeg")]
    with monkeypatch.context() as patch:
        patch.setattr(
            folders.Folder, "discard", lambda _folder, _files: None
        )  # killed between the commit and the files
        assert run(args=["erase-person", "k-1@postvak.example"]).exit_code == 0
    (row,) = rows(app)
    assert (row.name, row.sha256) == (None, None)
    assert row.erased_at is not None
    assert len(on_disk(app)) == 1
    with app.app_context():
        assert files.sweep() == 1
    assert on_disk(app) == []
    assert signed_in(app, "handler").get("/staff/check-ins/files/1").status_code == 404
    assert "Een bestand dat is gewist" in signed_in(app, "quality").get("/staff/complaints/1").text


def test_the_sweep_takes_what_no_row_names_once_it_is_old(app: Flask, client: FlaskClient, path: str) -> None:
    send(client, path, (JPEG, "a.jpg"))
    (kept,) = on_disk(app)
    left, fresh = kept.with_name("0" * 32), kept.with_name("1" * 32)
    left.write_bytes(JPEG)
    fresh.write_bytes(JPEG)
    os.utime(left, (time.time() - 7200,) * 2)
    os.utime(kept, (time.time() - 7200,) * 2)
    with app.app_context():
        assert files.sweep() == 1
    assert on_disk(app) == sorted([kept, fresh])
