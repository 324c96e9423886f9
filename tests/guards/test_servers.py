"""The tests' own servers do what the other tests rely on."""

from __future__ import annotations

import smtplib
import subprocess
import sys
import time
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from feedbackloop.core import clock as real
from tests.support import keeper
from tests.support.clock import Clock
from tests.support.mailguard import MailGuard
from tests.support.postgres import Postgres
from tests.support.smtp import Sink
from tests.support.valkey import Valkey


def _send(sink: Sink, to: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "us@ours.example", to, "Is het opgelost?"
    message.set_content("Eén vraag.")
    message.add_alternative("<p>Eén vraag.</p>", subtype="html")
    with smtplib.SMTP(sink.host, sink.port) as connection:
        connection.send_message(message)


def test_the_sink_keeps_what_was_said_and_what_was_sent(sink: Sink) -> None:
    _send(sink, "ann@shop.example")
    (kept,) = sink.wait_for(1, to="ann@shop.example")
    assert kept.sender == "us@ours.example"
    assert kept.subject == "Is het opgelost?"
    assert kept.text.strip() == "Eén vraag."
    assert kept.html.strip() == "<p>Eén vraag.</p>"


def test_the_sink_refuses_and_puts_off(sink: Sink) -> None:
    sink.faults.refuse = ["gone@*"]
    sink.faults.put_off = ["full@*"]
    sink.faults.put_off_next = 1
    for address, code in {"gone@shop.example": 550, "full@shop.example": 451}.items():
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
            _send(sink, address)
        assert refusal.value.recipients[address][0] == code
    with pytest.raises(smtplib.SMTPDataError) as put_off:
        _send(sink, "ann@shop.example")
    assert put_off.value.smtp_code == 451
    _send(sink, "ann@shop.example")
    assert len(sink.messages) == 1


def test_the_sink_leaves_a_client_in_doubt(sink: Sink) -> None:
    sink.faults.drop_after_dot = 1
    with pytest.raises(smtplib.SMTPServerDisconnected):
        _send(sink, "ann@shop.example")
    assert len(sink.to("ann@shop.example")) == 1


def test_mail_to_anyone_else_is_stopped_and_noted() -> None:
    guard = MailGuard()
    with pytest.MonkeyPatch.context() as patch:
        guard.install(patch)
        with pytest.raises(ConnectionRefusedError):
            smtplib.SMTP("127.0.0.1", 25)
    assert guard.strays == ["127.0.0.1:25"]


def test_the_queue_server_is_empty_and_real(valkey: Valkey) -> None:
    assert valkey.client.dbsize() == 0
    valkey.client.rpush("jobs", "1")
    assert valkey.client.info("server")["redis_version"]


def test_a_database_of_ours_is_a_copy_of_its_template(postgres_server: Postgres) -> None:
    template = postgres_server.create()
    engine = create_engine(postgres_server.url_of(template))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (word text)"))
        connection.execute(text("INSERT INTO kept VALUES ('één')"))
    engine.dispose()
    copy = create_engine(postgres_server.url_of(postgres_server.create(template)))
    with copy.connect() as connection:
        assert connection.scalar(text("SELECT upper(word) FROM kept")) == "ÉÉN"
    copy.dispose()


def test_a_server_ends_with_the_process_that_it_serves(tmp_path: Path) -> None:
    """Also when that process had no time to say so."""
    home = tmp_path / "home"
    home.mkdir()
    run = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    server = [sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(60)"]
    kept = keeper.spawn(server, watched=run.pid, home=home)
    deadline = time.monotonic() + 10
    while not (home / "log").read_text().strip():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    pid = int((home / "log").read_text())
    assert keeper.alive(pid)
    run.kill()
    run.wait()
    kept.wait(30)
    assert not keeper.alive(pid)
    assert not home.exists()


def test_the_clock_stands_still_and_moves_when_told(clock: Clock) -> None:
    start = real.now()
    assert real.now() == start == clock.now
    clock.advance(timedelta(days=3))
    assert real.now() == start + timedelta(days=3)
