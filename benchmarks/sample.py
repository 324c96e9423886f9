"""A sample of our mails as the sink got them: looked at by the standard library, then given to the others to send."""

from __future__ import annotations

import email
import email.policy
import html
import json
import re
import time
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from benchmarks import ours, seed
from benchmarks.stage import BenchError, Sink, Stage, plain

SIZE = 300
_RECIPIENT = re.compile(r"^X-Rcpt-Args: <([^>]+)>", re.MULTILINE)
# What the sink itself writes before a message.
_OWN = re.compile(rb"\A(?:(?:X-(?:Client|Helo|Mail|Rcpt)|Received:)[^\n]*\n(?:[ \t][^\n]*\n)*)+")
_HEADERS = ("Reply-To", "Auto-Submitted", "Feedback-ID", "List-Unsubscribe", "List-Unsubscribe-Post")
_KNOWN = (
    "SELECT c.email, c.name, k.summary, k.subject, k.description, k.resolution, o.uuid, o.subject_id "
    "FROM outbox o JOIN customers c ON c.id = o.customer_id JOIN complaints k ON k.id = o.complaint_id"
)
# So much of a text that no cut has touched it.
_SURE = 40


@dataclass(frozen=True)
class Mail:
    """One mail as others send it too: its finished words and headers."""

    subject: str
    text: str
    html: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Sample:
    """Mails of one kind, and how many bytes one has on the wire, on average."""

    mails: list[Mail]
    size: int


def save(sample: Sample, path: Path) -> None:
    """Writes the mails for programs that import nothing of ours."""
    path.write_text(json.dumps([asdict(mail) for mail in sample.mails]), encoding="utf-8")


def take(stage: Stage, seeded: seed.Seeded) -> Sample:
    """Has our senders deliver some mails, checks what is in them, and returns them. Raises BenchError."""
    with Sink(stage, dump=True) as sink, ours.site(stage, seeded, sink.port) as site:
        site.start()
        site.queue(1, SIZE)
        site.wake()
        site.wait(sink, SIZE)
        site.stop()
        with psycopg.connect(plain(site.url), row_factory=dict_row) as connection:
            known = {row["email"]: row for row in connection.execute(_KNOWN) if row["subject_id"] <= SIZE}
        # The last of a file is written when the connection ends.
        time.sleep(0.5)
        dumped = sink.dumped()
    taken = [_parsed(raw) for raw in dumped]
    if sorted(recipient for recipient, _ in taken) != sorted(known):
        raise BenchError(f"{len(known)} people were to get one mail each, {len(taken)} mails came")
    for recipient, message in taken:
        _look_at(message, known[recipient])
    # Lines end in LF in a dump, in CRLF on the wire.
    sent = [_OWN.sub(b"", raw) for raw in dumped]
    size = sum(len(raw) + raw.count(b"\n") for raw in sent) // len(sent)
    return Sample([_as_mail(message) for _, message in taken], size)


def _parsed(raw: bytes) -> tuple[str, EmailMessage]:
    found = _RECIPIENT.search(raw.decode("utf-8", "replace"))
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return (found[1] if found else "", message)


def _look_at(message: EmailMessage, known: dict[str, Any]) -> None:
    """Whether this is the person's own mail: to whom, about what, with which links. Raises BenchError."""
    to = message["To"].addresses[0]
    text, page = (_plain(_body(message, subtype)) for subtype in ("plain", "html"))
    said = known["summary"] or known["subject"] or known["description"]
    problems = {
        "another recipient": (to.addr_spec, to.display_name) != (known["email"], known["name"]),
        "another Message-ID": known["uuid"] not in str(message["Message-ID"]),
        "no greeting": known["name"] not in text or known["name"] not in page,
        "not what they said": any(_squeezed(said)[:_SURE] not in body for body in (text, page)),
        "not what was done": _squeezed(known["resolution"])[:_SURE] not in page,
        "no link to the answer": any(f"/check-in/{known['subject_id']}." not in body for body in (text, page)),
        "no opt-out": ours.PUBLIC_URL not in str(message["List-Unsubscribe"]),
        "two forms expected": message.get_content_type() != "multipart/alternative",
        "a broken message": bool(message.defects),
    }
    wrong = [name for name, is_so in problems.items() if is_so]
    if wrong:
        raise BenchError(f"a mail to {known['email']} is not right: {', '.join(wrong)}\n{message}")


def _body(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    return "" if part is None else str(part.get_content())


def _plain(body: str) -> str:
    """The words alone: no tags but the links in them, no marks of a quote, no line ends."""
    shown = html.unescape(re.sub(r"<(?!a\b)[^>]*>", " ", body))
    return _squeezed(re.sub(r"^> ?", "", shown, flags=re.MULTILINE))


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _as_mail(message: EmailMessage) -> Mail:
    headers = {name: str(message[name]) for name in _HEADERS if message[name]}
    return Mail(str(message["Subject"]), _body(message, "plain"), _body(message, "html"), headers)
