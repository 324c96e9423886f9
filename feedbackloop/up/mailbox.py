"""The local mailbox's messages: one file each, in the order they came."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr
from pathlib import Path

_count = itertools.count()


@dataclass(frozen=True)
class Entry:
    """A message in the list."""

    id: str
    to_name: str
    to_address: str
    subject: str
    received_at: datetime


def folder(instance: Path) -> Path:
    return instance / "mailbox"


def keep(instance: Path, raw: bytes) -> str:
    """Writes a message so that it is there whole or not at all; its id, which sorts by arrival."""
    place = folder(instance)
    place.mkdir(parents=True, exist_ok=True)
    name = f"{time.time_ns() // 1_000_000:013d}{next(_count) % 10_000:04d}{os.getpid() % 1000:03d}"
    temporary = place / f"{name}.new"
    temporary.write_bytes(raw)
    temporary.rename(place / f"{name}.eml")
    return name


def ids(instance: Path) -> list[str]:
    """All ids, newest first."""
    try:
        with os.scandir(folder(instance)) as found:
            return sorted((one.name[:-4] for one in found if one.name.endswith(".eml")), reverse=True)
    except FileNotFoundError:
        return []


def read(instance: Path, message_id: str) -> EmailMessage | None:
    if not message_id.isdecimal():
        return None
    try:
        raw = (folder(instance) / f"{message_id}.eml").read_bytes()
    except FileNotFoundError:
        return None
    return BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(raw)


def entries(instance: Path, wanted: list[str]) -> Iterator[Entry]:
    """List entries of these ids; a message that was removed meanwhile is left out."""
    parser = BytesParser(_class=EmailMessage, policy=policy.default)
    for one in wanted:
        try:
            with (folder(instance) / f"{one}.eml").open("rb") as file:
                message = parser.parse(file, headersonly=True)
        except FileNotFoundError:
            continue
        name, address = parseaddr(str(message["To"] or ""))
        yield Entry(
            id=one,
            to_name=name,
            to_address=address,
            subject=str(message["Subject"] or ""),
            received_at=received_at(one),
        )


def received_at(message_id: str) -> datetime:
    return datetime.fromtimestamp(int(message_id[:13]) / 1000, UTC)


def part(message: EmailMessage, subtype: str) -> str:
    """The text of the part `plain` or `html`; empty where there is none."""
    found = message.get_body((subtype,))
    return str(found.get_content()) if found is not None else ""
