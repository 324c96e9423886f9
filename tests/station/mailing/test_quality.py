"""What others make of our mails: a spam filter's score, and a parser of e-mail that is neither ours nor Python's."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from flask import Flask

from feedbackloop.mailing import rendering
from tests.support import need
from tests.support.clock import Clock
from tests.support.contents import Given, of_every_kind
from tests.support.improver import Improver
from tests.support.reviewer import Reviewer
from tests.support.smtp import Sink

pytestmark = pytest.mark.takes_turns

MOST_POINTS = 1.0
ONCE = {"from", "to", "subject", "date", "message-id", "mime-version", "content-type", "auto-submitted"}
KNOWN_SPAM = (
    b"From: a@example.org\nTo: b@example.org\nSubject: x\nMessage-ID: <known>\n\n"
    b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\n"
)
STATUS = re.compile(
    r"^X-Spam-Status: \w+, score=(-?[0-9.]+) .*?tests=(.*?) autolearn.*?^Message-ID: <(.*?)>", re.MULTILINE | re.DOTALL
)
# Reads messages, a line with their length before each; prints what it read of them as one line of JSON.
READER = """
use strict; use warnings; use Email::MIME; use Encode; use JSON::PP; use MIME::Base64;
binmode STDIN; my @found;
while (my $length = <STDIN>) {
  read(STDIN, my $raw, $length) == $length or die;
  my $mail = Email::MIME->new($raw);
  my @names = $mail->header_names;
  my %headers = map { my $name = $_; lc($name) => [ map { encode_base64(Encode::encode("UTF-8", $_), "") }
                                                    $mail->header_str($name) ] } @names;
  my %parts = map { $_->content_type =~ m{^([^;]+)}; $1 => encode_base64($_->body, "") } $mail->subparts;
  push @found, { headers => \\%headers, parts => \\%parts };
}
print encode_json(\\@found);
"""


@pytest.fixture
def mails(app: Flask, sink: Sink, clock: Clock) -> list[tuple[Given, bytes]]:
    """A mail of each kind in each language, as it goes out."""
    found = []
    sent = of_every_kind(Reviewer(app, sink, clock), Improver(app, sink, clock))
    with app.app_context():
        for mail in sent:
            with rendering.speaking(mail.recipient.locale or ""):
                found.append((mail, mail.compose().content))
    return found


@pytest.mark.slow
def test_a_spam_filter_has_nothing_against_them(mails: list[tuple[Given, bytes]], tmp_path: Path) -> None:
    if shutil.which("spamassassin") is None:
        need.missing("there is no SpamAssassin (Debian: spamassassin)")
    # One process for all, which takes seconds to start. A filter that has lost its rules would not know the last one.
    sent = [raw.replace(b"\r\n", b"\n") for _, raw in mails] + [KNOWN_SPAM]
    box = b"".join(b"From - Tue Nov  3 09:00:00 2026\n" + raw + b"\n" for raw in sent)
    done = subprocess.run(
        ["spamassassin", "--local", "--test-mode", "--mbox"],
        input=box,
        capture_output=True,
        check=True,
        timeout=120,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LC_ALL": "C"},
    )
    # They come back in another order; a colleague's mail is in two languages under one id.
    found = STATUS.findall(done.stdout.decode())
    (spam,) = [one for one in found if one[2] == "known"]
    assert "GTUBE" in spam[1]
    found.remove(spam)
    assert len(found) == len(mails)
    too_many = [one for one in found if float(one[0]) >= MOST_POINTS]
    assert not too_many


def test_another_parser_reads_what_was_put_in(mails: list[tuple[Given, bytes]], app: Flask) -> None:
    """RFC 5322 and MIME as Perl's Email::MIME understands them."""
    if shutil.which("perl") is None or subprocess.run(["perl", "-MEmail::MIME", "-e1"], capture_output=True).returncode:
        need.missing("there is no Email::MIME (Debian: libemail-mime-perl)")
    given = b"".join(b"%d\n%s" % (len(raw), raw) for _, raw in mails)
    done = subprocess.run(["perl", "-e", READER], input=given, capture_output=True, check=True, timeout=60)
    assert not done.stderr
    for (mail, raw), read in zip(mails, json.loads(done.stdout), strict=True):
        with app.app_context(), rendering.speaking(mail.recipient.locale or ""):
            letter = mail.letter()
        headers = {name: [_decoded(one) for one in values] for name, values in read["headers"].items()}
        assert {name for name, values in headers.items() if len(values) == 1} == set(headers) >= ONCE
        assert ("list-unsubscribe" in headers) == (mail.kind.purpose is not None or mail.kind.way_out is not None)
        assert headers["subject"] == [letter.subject]
        name, address = mail.recipient.name, mail.recipient.address
        assert [one.replace('"', "") for one in headers["to"]] == [f"{name} <{address}>" if name else address]
        assert headers["message-id"] == [f"<{letter.message_id}>"]
        assert [headers[name.lower()] for name in letter.headers] == [[value] for value in letter.headers.values()]
        bodies = {name: _decoded(body).replace("\r\n", "\n") for name, body in read["parts"].items()}
        assert bodies == {"text/plain": letter.text, "text/html": letter.html}
        # RFC 5322, 2.1.1 and 2.3: lines, and no CR or LF alone.
        lines = raw.split(b"\r\n")
        assert max(map(len, lines)) <= 998
        assert b"\r" not in b"".join(lines)
        assert b"\n" not in b"".join(lines)


def _decoded(text: str) -> str:
    return base64.b64decode(text).decode()
