"""The standard library reads from our bytes what was put in, whatever that was."""

from __future__ import annotations

import email
import email.policy
import quopri
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedbackloop.mailing.message import Letter, Unsendable, build, quoted, wire_address
from feedbackloop.setting_types import Mailbox

DATE = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
TOKEN = "1234-check_in." + 43 * "A"
PLAIN = Letter(
    sender=Mailbox("Testwinkel", "loop@ours.example"),
    recipient=Mailbox("Zoë Brouwer", "zoe@example.org"),
    reply_to=None,
    message_id="6f0c.check_in@ours.example",
    subject="About your complaint",
    text="Dear Zoë\n",
    html="<p>Dear Zoë</p>",
    headers={"List-Unsubscribe": f"<https://feedback.ours.example/unsubscribe/{TOKEN}>"},
)

# What a header may hold: any character but controls, halves and line separators.
header_text = (
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=200)
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)
body_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=3000)


def _read(letter: Letter) -> EmailMessage:
    parsed = email.message_from_bytes(build(letter, DATE), policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    assert not parsed.defects
    return parsed


def _with(**changes: object) -> Letter:
    return Letter(**{**vars(PLAIN), **changes})


def _part(message: EmailMessage, subtype: str) -> str:
    body = message.get_body((subtype,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


@given(header_text)
def test_any_subject_arrives_as_it_is(subject: str) -> None:
    assert _read(_with(subject=subject))["Subject"] == subject


@given(header_text)
def test_any_name_arrives_as_it_is(name: str) -> None:
    # The newer parser of the standard library leaves spaces between the encoded words of a name, against RFC 2047.
    message = email.message_from_bytes(build(_with(recipient=Mailbox(name, "zoe@example.org")), DATE))
    shown, address = parseaddr(message["To"])
    assert address == "zoe@example.org"
    assert " ".join(str(make_header(decode_header(shown))).split()) == name


@given(body_text, body_text)
def test_any_body_arrives_as_it_is(text: str, html: str) -> None:
    message = _read(_with(text=text + "\n", html=html + "\n"))
    assert _part(message, "plain").rstrip("\n") == text.rstrip("\n")
    assert _part(message, "html").rstrip("\n") == html.rstrip("\n")


@given(header_text, body_text)
def test_lines_are_as_long_as_mail_allows(subject: str, text: str) -> None:
    raw = build(_with(subject=subject, recipient=Mailbox(subject, "zoe@example.org"), text=text), DATE)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    head, _, body = raw.partition(b"\r\n\r\n")
    assert all(len(line) <= 76 for line in body.split(b"\r\n"))
    assert all(len(line) <= 78 for line in head.split(b"\r\n") if b"unsubscribe" not in line)
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert raw.isascii()


@pytest.mark.parametrize("bad", ["\n", "\r\nBcc: x@example.org", "\x00", "\x7f", "\x85", "\u2028", "\ud800"])
@pytest.mark.parametrize("where", ["subject", "message_id", "name", "address", "reply_to", "header"])
def test_control_characters_never_reach_a_header(where: str, bad: str) -> None:
    changes: dict[str, dict[str, object]] = {
        "subject": {"subject": f"tea{bad}"},
        "message_id": {"message_id": f"1{bad}@ours.example"},
        "name": {"recipient": Mailbox(f"Zoë{bad}", "zoe@example.org")},
        "address": {"recipient": Mailbox("Zoë", f"zo{bad}e@example.org")},
        "reply_to": {"reply_to": Mailbox(f"Us{bad}", "us@example.org")},
        "header": {"headers": {"Feedback-ID": f"x{bad}"}},
    }
    with pytest.raises(Unsendable):
        build(_with(**changes[where]), DATE)


@pytest.mark.parametrize("body", ["text", "html"])
@pytest.mark.parametrize("bad", ["\x00", "\udfff"])
def test_half_characters_never_reach_a_body(body: str, bad: str) -> None:
    with pytest.raises(Unsendable, match="control_characters"):
        build(_with(**{body: f"tea{bad}"}), DATE)


def test_two_tries_of_one_message_differ_in_their_date_alone() -> None:
    first = build(PLAIN, DATE).split(b"\r\n")
    second = build(PLAIN, DATE.replace(hour=12)).split(b"\r\n")
    different = [line for line, other in zip(first, second, strict=True) if line != other]
    assert [line.partition(b":")[0] for line in different] == [b"Date"]


def test_a_long_link_in_a_header_stays_one_link() -> None:
    message = _read(PLAIN)
    assert message["List-Unsubscribe"] == PLAIN.headers["List-Unsubscribe"]


def test_a_domain_beyond_ascii_is_written_as_mail_servers_know_it() -> None:
    assert wire_address("zoe@bücher.example") == "zoe@xn--bcher-kva.example"
    assert wire_address("zoë@bücher.example") == "zoë@xn--bcher-kva.example"
    assert _read(_with(recipient=Mailbox("", "zoe@bücher.example")))["To"] == "zoe@xn--bcher-kva.example"


@pytest.mark.parametrize("wrong", ["", "zoe", "@example.org", "zoe@", "zoe@" + 70 * "ü" + ".example"])
def test_what_is_no_address_is_refused(wrong: str) -> None:
    with pytest.raises(Unsendable, match="wrong_address"):
        wire_address(wrong)


def test_reply_to_stands_where_it_is_set() -> None:
    assert _read(_with(reply_to=Mailbox("Klantenservice", "help@ours.example")))["Reply-To"] == (
        "Klantenservice <help@ours.example>"
    )
    assert _read(PLAIN)["Reply-To"] is None


@pytest.mark.parametrize("end", [" \n", "\t\n", " ", "\u00eb \n", "= \n", "\n"])
def test_no_line_of_a_body_is_too_long_whatever_ends_it(end: str) -> None:
    for length in range(60, 160):
        raw = ("a" * length + end).encode()
        made = quoted(raw)
        assert max(len(line) for line in made.split(b"\r\n")) <= 76
        assert quopri.decodestring(made).replace(b"\r\n", b"\n") == raw
