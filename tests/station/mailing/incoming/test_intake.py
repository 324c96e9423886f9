"""Mail is taken from a pipe, a Maildir and an IMAP mailbox; none of it is lost, and none is taken twice."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask
from sqlalchemy.exc import OperationalError

from feedbackloop.mailing.incoming import commands, imap, intake, jobs, reading, service
from feedbackloop.mailing.incoming import maildir as folders
from tests.station.mailing.incoming.conftest import Post
from tests.support import relays, reports
from tests.support.imap import PASSWORD, ImapServer
from tests.support.source import ROOT


@pytest.fixture
def mailbox(settings_env: dict[str, str]) -> Iterator[ImapServer]:
    server = ImapServer()
    server.start()
    settings_env.update(server.environ)
    yield server
    server.stop()


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / "Maildir" / name).mkdir(parents=True)
    return tmp_path / "Maildir"


def run(app: Flask, *args: str, given: bytes = b"") -> Result:
    return app.test_cli_runner().invoke(args=["mail-in", *args], input=given)


def away(*_given: object) -> None:
    raise OperationalError("the statement", {}, Exception("away"))


# A pipe


def test_one_message_from_standard_input_is_taken(app: Flask, post: Post) -> None:
    asked = post.asks()
    result = run(app, given=reports.delivery_report(message_id=asked.message_id, recipient=asked.address))
    assert (result.exit_code, result.output) == (0, "")
    assert post.check_in(asked.complaint_id) == "bounced"


def test_the_recipient_may_be_given_by_option_or_by_the_mail_servers_environment(
    app: Flask, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = post.asks("K-1"), post.asks("K-2")
    given = {who.mail_id: post.return_address(who.mail_id) for who in (one, two)}
    raw = [reports.delivery_report(recipient=who.address, own_id=f"<{who.mail_id}@x>") for who in (one, two)]
    assert run(app, "--recipient", given[one.mail_id], given=raw[0]).exit_code == 0
    monkeypatch.setenv("ORIGINAL_RECIPIENT", given[two.mail_id])
    assert run(app, given=raw[1]).exit_code == 0
    assert [post.mail(who.mail_id).status for who in (one, two)] == ["bounced", "bounced"]


@pytest.mark.parametrize("given", [b"", b"no message", b"From: a@b.example\n\n" + b"x" * (reading.LARGEST + 1)])
def test_what_cannot_be_read_is_said_with_65_and_written_down(app: Flask, post: Post, given: bytes) -> None:
    assert run(app, given=given).exit_code == commands.UNFIT
    assert [row.verdict for row in post.received()] == ["unreadable"]


def test_while_the_database_is_away_the_mail_server_keeps_the_message(
    app: Flask, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = reports.reply("Nee.")
    with monkeypatch.context() as patch:
        patch.setattr(service, "take", away)
        assert run(app, given=raw).exit_code == commands.LATER
    with monkeypatch.context() as patch:
        patch.setattr(service, "take", lambda *_given: 1 // 0)
        result = run(app, given=raw)
    assert (result.exit_code, "ZeroDivisionError" in result.stderr) == (commands.LATER, True)
    assert post.received() == []
    assert run(app, given=raw).exit_code == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 0),
        ({"DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/none"}, commands.LATER),
        ({"FEEDBACKLOOP_TIMEZONE": "Nowhere/At-All"}, commands.LATER),
    ],
)
def test_the_command_as_a_mail_server_runs_it(
    settings_env: dict[str, str], changes: dict[str, str], status: int
) -> None:
    env = {**os.environ, **settings_env, **changes, "PYTHONPATH": str(ROOT)}
    made = subprocess.run(
        [sys.executable, "-m", "feedbackloop", "mail-in"], input=reports.reply("Nee."), env=env, capture_output=True
    )
    assert made.returncode == status, made.stderr.decode()


# A Maildir


def test_what_is_new_in_a_maildir_is_taken_and_moves_to_cur(app: Flask, post: Post, maildir: Path) -> None:
    asked = post.asks()
    (maildir / "new" / "1.a.host").write_bytes(reports.reply("Nee.", answers=asked.message_id))
    (maildir / "new" / "2.b.host").write_bytes(b"no message")
    (maildir / "tmp" / "3.c.host").write_bytes(reports.reply("Nog niet af."))
    assert run(app, "--maildir", str(maildir)).exit_code == 0
    assert sorted(path.name for path in (maildir / "cur").iterdir()) == ["1.a.host:2,S", "2.b.host:2,FS"]
    assert list((maildir / "new").iterdir()) == []
    assert len(list((maildir / "tmp").iterdir())) == 1
    assert [row.verdict for row in post.received()] == ["attached", "unreadable"]


def test_a_message_of_the_same_name_is_never_written_over(app: Flask, post: Post, maildir: Path) -> None:
    (maildir / "cur" / "1.a.host:2,S").write_bytes(b"the one before")
    (maildir / "new" / "1.a.host").write_bytes(reports.reply("Nee."))
    run(app, "--maildir", str(maildir))
    assert (maildir / "cur" / "1.a.host:2,S").read_bytes() == b"the one before"
    assert (maildir / "cur" / "1.a.host.1:2,S").exists()


def test_while_the_database_is_away_everything_stays_in_new(
    app: Flask, post: Post, maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        (maildir / "new" / f"{number}.host").write_bytes(reports.reply("Nee.", own_id=f"<{number}@x.example>"))
    taken = service.take

    def second_fails(letter: object, source: str) -> object:
        if len(post.received()) == 1:
            away()
        return taken(letter, source)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(service, "take", second_fails)
        assert run(app, "--maildir", str(maildir)).exit_code == commands.LATER
    assert sorted(path.name for path in (maildir / "new").iterdir()) == ["1.host", "2.host"]
    assert run(app, "--maildir", str(maildir)).exit_code == 0
    assert len(post.received()) == 3


def test_a_message_that_was_written_down_and_not_moved_is_moved_next_time(
    app: Flask, post: Post, maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (maildir / "new" / "1.host").write_bytes(reports.reply("Nee."))
    with monkeypatch.context() as patch:
        patch.setattr(folders, "move", lambda *_given: 1 // 0)
        assert run(app, "--maildir", str(maildir)).exit_code == commands.LATER
    assert run(app, "--maildir", str(maildir)).exit_code == 0
    assert (len(post.received()), len(list((maildir / "cur").iterdir()))) == (1, 1)


def test_what_is_no_maildir_is_said_with_66(app: Flask, tmp_path: Path) -> None:
    assert run(app, "--maildir", str(tmp_path / "none")).exit_code == commands.NO_INPUT
    assert run(app, "--maildir", str(tmp_path), "--imap").exit_code == commands.WRONG_USE


# An IMAP mailbox


def test_unseen_mail_is_taken_and_marked_as_seen(mailbox: ImapServer, app: Flask, post: Post) -> None:
    asked = post.asks()
    mailbox.folder.put(reports.reply("Nee.", answers=asked.message_id), b"no message", reports.delivery_report())
    assert run(app, "--imap").exit_code == 0
    assert mailbox.folder.seen() == [1, 2, 3]
    assert [uid for uid, flags in mailbox.folder.flags.items() if "\\Flagged" in flags] == [2]
    assert [row.verdict for row in post.received()] == ["attached", "unreadable", "nothing"]
    assert run(app, "--imap").exit_code == 0
    assert mailbox.folder.fetched == [1, 2, 3]


def test_mail_is_marked_only_after_it_is_written_down(
    mailbox: ImapServer, app: Flask, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.folder.put(reports.reply("Nee."))
    with monkeypatch.context() as patch:
        patch.setattr(service, "take", away)
        assert run(app, "--imap").exit_code == commands.LATER
    assert mailbox.folder.seen() == []
    mailbox.folder.refuse = {"STORE"}
    assert run(app, "--imap").exit_code == commands.LATER
    mailbox.folder.refuse = set()
    assert run(app, "--imap").exit_code == 0
    assert (len(post.received()), mailbox.folder.seen()) == (1, [1])


def test_a_full_mailbox_is_emptied_in_batches(mailbox: ImapServer, app: Flask, post: Post) -> None:
    mailbox.folder.put(*[reports.reply(f"{n}", own_id=f"<{n}@x.example>") for n in range(intake.IMAP_BATCH + 3)])
    with app.app_context():
        jobs.fetch()
    assert len(mailbox.folder.seen()) == intake.IMAP_BATCH + 3
    assert len(post.received()) == intake.IMAP_BATCH + 3


def test_a_message_that_is_too_large_is_not_fetched_whole(
    mailbox: ImapServer, app: Flask, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LARGEST", 1000)
    monkeypatch.setattr(imap, "LARGEST", 1000)
    mailbox.folder.put(reports.reply("x " * 2000))
    assert run(app, "--imap").exit_code == 0
    assert [row.reason for row in post.received()] == ["too_large"]


@pytest.mark.parametrize("command", ["LOGIN", "SELECT", "SEARCH"])
def test_a_mailbox_that_refuses_is_said_with_75_and_without_the_password(
    mailbox: ImapServer, app: Flask, command: str
) -> None:
    mailbox.folder.refuse = {command}
    result = run(app, "--imap")
    assert result.exit_code == commands.LATER
    assert PASSWORD not in result.output + result.stderr
    with app.app_context():
        jobs.fetch()  # logs it, and comes again by itself


def test_without_a_mailbox_the_command_says_so_and_the_clock_does_nothing(app: Flask) -> None:
    assert run(app, "--imap").exit_code == commands.NOT_SET
    with app.app_context():
        jobs.fetch()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_certificate_that_nobody_vouches_for_is_refused(
    settings_env: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    key = relays.rsa_key("imap").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "both.pem").write_bytes(key + relays.certificate("imap", datetime(2026, 1, 1, tzinfo=UTC)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    server = ImapServer(context)
    server.start()
    settings_env.update({**server.environ, "FEEDBACKLOOP_IMAP_SSL": "on"})
    app: Flask = request.getfixturevalue("app")
    result = run(app, "--imap")
    server.stop()
    assert result.exit_code == commands.LATER
    assert "certificate refused" in result.stderr
