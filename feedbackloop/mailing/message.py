"""A message as bytes: headers that nobody can add to, and a text and an HTML body.

Written out here and not by `email.message`: that costs 2 ms a mail, breaks long links in headers, and gives each copy
of one message another boundary. A test has the standard library read these bytes and finds what was put in.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, quote

import idna

from feedbackloop.setting_types import Mailbox

# Line separators included: some programs take them for the end of a header.
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_HALF = re.compile("[\x00\ud800-\udfff]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_LINE = 76
_LONGEST_LINE = 900


class Unsendable(Exception):
    """This message can never be sent as it is; `args[0]` is a code for why."""


@dataclass(frozen=True)
class Letter:
    """Everything a message says. `message_id` without angle brackets; `headers` hold more of them, ASCII, in order."""

    sender: Mailbox
    recipient: Mailbox
    reply_to: Mailbox | None
    message_id: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]


def wire_address(address: str) -> str:
    """The address as SMTP speaks it: the domain in ASCII. A local part beyond ASCII is left, and needs SMTPUTF8."""
    local, _, domain = address.rpartition("@")
    if _FORBIDDEN.search(address):
        raise Unsendable("control_characters")
    if not local or not domain:
        raise Unsendable("wrong_address")
    if domain.isascii():
        return address
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError:
        raise Unsendable("wrong_address") from None


def build(letter: Letter, date: datetime) -> bytes:
    """The message with CRLF line ends: the same bytes on every try, but for the date.

    Raises Unsendable for control characters in a header and for half characters anywhere.
    """
    boundary = "=_" + re.sub(r"[^A-Za-z0-9]", "", letter.message_id)[:40]
    headers = [
        ("From", _mailbox(letter.sender, "From")),
        ("To", _mailbox(letter.recipient, "To")),
        *([("Reply-To", _mailbox(letter.reply_to, "Reply-To"))] if letter.reply_to else []),
        ("Subject", _words(letter.subject, "Subject")),
        ("Date", format_datetime(date)),
        ("Message-ID", f"<{_plain(letter.message_id)}>"),
        *[(name, _plain(value)) for name, value in letter.headers.items()],
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative;\r\n boundary="{boundary}"'),
    ]
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    parts = b"".join(
        _part(subtype, text, boundary) for subtype, text in (("plain", letter.text), ("html", letter.html))
    )
    return head.encode() + b"\r\n" + parts + f"--{boundary}--\r\n".encode()


def _part(subtype: str, text: str, boundary: str) -> bytes:
    head = (
        f"--{boundary}\r\n"
        f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode() + _body(text) + b"\r\n"


def _mailbox(mailbox: Mailbox, header: str) -> str:
    address = wire_address(mailbox.address)
    if not mailbox.name:
        return address
    name = mailbox.name
    if name.isascii() and "=?" not in name and len(name) <= _LINE:
        shown = name if _ATOMS.fullmatch(_safe(name)) else f'"{quote(_safe(name))}"'
        return (
            f"{shown}\r\n <{address}>"
            if len(header) + len(shown) + len(address) > _LINE - 5
            else f"{shown} <{address}>"
        )
    return f"{_encoded(name, header)}\r\n <{address}>"


def _words(value: str, header: str) -> str:
    """Free text in a header: as it is where that is short ASCII, else as encoded words of at most 75 characters."""
    if value.isascii() and "=?" not in value and len(header) + 2 + len(value) <= _LINE:
        return _safe(value)
    return _encoded(value, header)


def _encoded(value: str, header: str) -> str:
    return Header(_safe(value), "utf-8", maxlinelen=_LINE, header_name=header).encode(linesep="\r\n")


def _plain(value: str) -> str:
    if not value.isascii() or len(value) > _LONGEST_LINE:
        raise Unsendable("wrong_header")
    return _safe(value)


def _safe(value: str) -> str:
    if _FORBIDDEN.search(value):
        raise Unsendable("control_characters")
    return value


def _body(text: str) -> bytes:
    if _HALF.search(text):
        raise Unsendable("control_characters")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    return binascii.b2a_qp(lines, istext=True).replace(b"\n", b"\r\n")
