"""What a mail server's replies mean (RFC 5321, RFC 3463). Values in, verdict out."""

from __future__ import annotations

import re
from dataclasses import dataclass

ACCEPTED = "accepted"
REFUSED = "refused"  # for good
LATER = "later"  # refused for now, or the connection broke before the end of the message
UNCERTAIN = "uncertain"  # all of it was handed over and no reply came

SERVICE_CLOSES = 421
SIGN_IN_WANTED = (530, 535)

_ADDRESS = re.compile(r"[^\s<>@\"']+@[^\s<>@\"']+")
_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_REPLY_LENGTH = 300


@dataclass(slots=True)
class Verdict:
    """What became of one message. `reply` is the server's, on one line and without addresses.

    `about` says what a refusal for good is about: the `address`, the `content`, or None where the server does not say.
    """

    outcome: str
    reply: str
    about: str | None = None


def judge(code: int, line: str, stage: str) -> Verdict:
    """What a reply to `stage` (`address` or `content`) means. 2yz taken, 5yz not ever, anything else not now."""
    if 200 <= code < 300:
        return Verdict(ACCEPTED, line)
    if 500 <= code < 600:
        return Verdict(REFUSED, line, _about(code, line, stage))
    return Verdict(LATER, line)


def one_line(code: int, said: bytes | str) -> str:
    """The reply as it is kept: one line of a bounded length, without addresses."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    flat = " ".join(text.split())
    if "@" in flat:
        flat = _ADDRESS.sub("(address)", flat)
    return f"{code} {flat}"[:_REPLY_LENGTH].rstrip()


def _about(code: int, line: str, stage: str) -> str | None:
    """5.1.x and 5.2.1: the mailbox does not exist or is closed; 552 and 554 after the message: its content."""
    found = _ENHANCED.search(line)
    detail = found[1] if found else ""
    if code in (550, 551, 553) and (detail.startswith("5.1.") or detail == "5.2.1"):
        return "address"
    if stage == "content" and code in (552, 554):
        return "content"
    return None
