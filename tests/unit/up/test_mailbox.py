"""The local mailbox: what is delivered by SMTP can be read, in the order it came."""

from __future__ import annotations

import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from feedbackloop.up import mailbox
from feedbackloop.up.views import linked

pytestmark = pytest.mark.network


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A listener of the local mailbox, as `up` starts it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = int(probe.getsockname()[1])
    serve = (
        f"from pathlib import Path; from feedbackloop.up import listener; listener.run(Path({str(tmp_path)!r}), {free})"
    )
    listener = subprocess.Popen([sys.executable, "-c", serve])
    for _ in range(600):  # half a minute: Python alone takes seconds to start on a machine that is busy
        try:
            socket.create_connection(("127.0.0.1", free), timeout=1).close()
            break
        except OSError:
            time.sleep(0.05)
    yield free
    listener.terminate()
    assert listener.wait(5) == 0


def message(subject: str) -> EmailMessage:
    made = EmailMessage()
    made["From"] = "Wij <wij@ours.example>"
    made["To"] = "Zoë <zoe@hers.example>"
    made["Subject"] = subject
    made.set_content("Ga naar http://localhost:5000/check-in/1.x\n")
    made.add_alternative("<p>Dag Zoë</p>", subtype="html")
    return made


def test_messages_are_kept_whole_newest_first(port: int, tmp_path: Path) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        for subject in ("één", "twee", "drie"):
            client.send_message(message(subject))
    ids = mailbox.ids(tmp_path)
    assert [one.subject for one in mailbox.entries(tmp_path, ids)] == ["drie", "twee", "één"]
    found = mailbox.read(tmp_path, ids[0])
    assert found is not None
    assert mailbox.part(found, "html").strip() == "<p>Dag Zoë</p>"
    assert "check-in/1.x" in mailbox.part(found, "plain")


@pytest.mark.parametrize("wrong", ["", "../secret_key", "12/34", "99999999999999999999", "x"])
def test_only_ids_of_messages_are_read(tmp_path: Path, wrong: str) -> None:
    assert mailbox.read(tmp_path, wrong) is None


def test_an_empty_mailbox_has_no_messages(tmp_path: Path) -> None:
    assert mailbox.ids(tmp_path) == []


def test_addresses_in_plain_text_become_links_and_the_rest_stays_text() -> None:
    shown = linked('<b>Zie</b> https://a.example/x?y=1&z=2\n"dag"')
    assert shown == (
        '&lt;b&gt;Zie&lt;/b&gt; <a href="https://a.example/x?y=1&amp;z=2">https://a.example/x?y=1&amp;z=2</a>\n'
        "&quot;dag&quot;"
    )
