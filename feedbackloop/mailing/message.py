"""A message as bytes: headers that nobody can add to, and a text and an HTML body.

Written out here and not by `email.message`: that costs 2 ms a mail, breaks long links in headers, and gives each copy
of one message another boundary. A test has the standard library read these bytes and finds what was put in. A message
that is compiled (compiling.py) gets its head and its frame here as well, so that there is one way to write either.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime, quote
from functools import lru_cache

import idna

from feedbackloop.setting_types import Mailbox

# Line separators included: some programs take them for the end of a header.
_TOO_LONG = re.compile(rb"^([^\n]{74,75})(=20|=09)$", re.MULTILINE)
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_HALF = re.compile("[\x00\ud800-\udfff]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_NOT_IN_BOUNDARY = re.compile(r"[^A-Za-z0-9]")
_LINE = 76
_LONGEST_LINE = 900

# How a byte stands in an encoded word of RFC 2047, form Q: as it is where that is safe in a name as well (section 5.3).
_SAFE_IN_Q = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/"
_Q = tuple("_" if byte == 32 else chr(byte) if byte in _SAFE_IN_Q else f"={byte:02X}" for byte in range(256))
_WORD_B, _WORD_Q, _WORD_END = "=?utf-8?b?", "=?utf-8?q?", "?="
_WORD_FRAME = len(_WORD_B) + len(_WORD_END)


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
    first = head(
        letter.sender,
        letter.recipient.name,
        wire_address(letter.recipient.address),
        letter.reply_to,
        letter.subject,
        date,
        letter.message_id,
        more_lines(letter.headers),
    )
    return framed(first, letter.message_id, _body(letter.text), _body(letter.html))


def head(
    sender: Mailbox,
    name: str | None,
    wire: str,
    reply_to: Mailbox | None,
    subject: str,
    date: datetime,
    message_id: str,
    more: str,
) -> str:
    """The header lines of a message, but for those of its parts.

    `name` and `wire` are the recipient's, the address from `wire_address`; `more` is what `more_lines` made.
    Raises Unsendable.
    """
    return (
        f"From: {_fixed(sender, 'From')}\r\nTo: {_mailbox(name, wire, 'To')}\r\n"
        + (f"Reply-To: {_fixed(reply_to, 'Reply-To')}\r\n" if reply_to else "")
        + f"Subject: {_words(subject, 'Subject')}\r\nDate: {_date(int(date.timestamp()), date.utcoffset())}\r\n"
        f"Message-ID: <{_plain(message_id)}>\r\n{more}MIME-Version: 1.0\r\n"
    )


def more_lines(headers: Mapping[str, str]) -> str:
    """Further header lines. Raises Unsendable for what is not ASCII or too long."""
    return "".join([f"{name}: {_plain(value)}\r\n" for name, value in headers.items()])


def plain_header(value: str) -> bool:
    """May this stand in a header as it is? Else `more_lines` says why not."""
    return value.isascii() and value.isprintable() and len(value) <= _LONGEST_LINE


def framed(head: str, message_id: str, text: bytes, html: bytes) -> bytes:
    """The whole message, from its head and its two bodies in quoted-printable."""
    boundary = "=_" + _NOT_IN_BOUNDARY.sub("", message_id)[:40]
    return b"".join(
        (
            f'{head}Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n\r\n'.encode(),
            f"--{boundary}{_PLAIN_PART}".encode(),
            text,
            f"\r\n--{boundary}{_HTML_PART}".encode(),
            html,
            f"\r\n--{boundary}--\r\n".encode(),
        )
    )


def _part_head(subtype: str) -> str:
    return f'\r\nContent-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'


_PLAIN_PART, _HTML_PART = _part_head("plain"), _part_head("html")


@lru_cache(maxsize=64)
def _fixed(mailbox: Mailbox, header: str) -> str:
    """A mailbox of the settings, the same in every mail."""
    return _mailbox(mailbox.name, wire_address(mailbox.address), header)


@lru_cache(maxsize=8)
def _date(second: int, offset: timedelta | None) -> str:
    return format_datetime(datetime.fromtimestamp(second, UTC if offset is None else timezone(offset)))


def _mailbox(name: str | None, wire: str, header: str) -> str:
    if not name:
        return wire
    if not name.isascii() or "=?" in name or len(name) > _LINE:
        return f"{_encoded(name, header)}\r\n <{wire}>"
    shown = name if _ATOMS.fullmatch(_safe(name)) else f'"{quote(_safe(name))}"'
    if len(header) + len(shown) + len(wire) > _LINE - 5:
        return f"{shown}\r\n <{wire}>"
    return f"{shown} <{wire}>"


def _words(value: str, header: str) -> str:
    """Free text in a header: as it is where that is short ASCII, else as encoded words of at most 75 characters."""
    if value.isascii() and "=?" not in value and len(header) + 2 + len(value) <= _LINE:
        return _safe(value)
    return _encoded(value, header)


def _encoded(value: str, header: str) -> str:
    """Encoded words (RFC 2047) on lines of at most 76 characters; each holds whole characters, as it must."""
    raw = _safe(value).encode()
    room = _LINE - len(header) - len(": ") - _WORD_FRAME
    shown = "".join([_Q[byte] for byte in raw])
    if len(shown) <= room and len(shown) <= (len(raw) + 2) // 3 * 4:
        return f"{_WORD_Q}{shown}{_WORD_END}"
    words = []
    start = 0
    while start < len(raw):
        end = start + room // 4 * 3
        while end < len(raw) and raw[end] & 0xC0 == 0x80:
            end -= 1
        words.append(f"{_WORD_B}{binascii.b2a_base64(raw[start:end], newline=False).decode()}{_WORD_END}")
        start, room = end, _LINE - len(" ") - _WORD_FRAME
    return "\r\n ".join(words)


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
    return quoted(text.replace("\r\n", "\n").replace("\r", "\n").encode())


def quoted(raw: bytes) -> bytes:
    """Quoted-printable of these lines, none of them over 76 octets."""
    made = binascii.b2a_qp(raw)
    if b"=20\n" in made or b"=09\n" in made:
        # A blank at the end of a line becomes three octets, after the line was measured.
        made = _TOO_LONG.sub(rb"\1=\n\2", made)
    return made.replace(b"\n", b"\r\n")
