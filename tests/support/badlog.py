"""What a mail server of the tests saw, as events and as lines of JSON; and who got nothing, or the same mail twice."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Event = dict[str, Any]

_FOLD = re.compile(rb"\r?\n(?=[ \t])")


class MailLog:
    """Events in order. `accepted` means that the server took the message, told or not (`reply_lost`)."""

    def __init__(self, path: Path | None = None) -> None:
        self.events: list[Event] = []
        self.accepted = 0
        self._file = path.open("a", encoding="utf-8") if path else None
        self._changed = threading.Condition()

    def write(self, kind: str, **what: Any) -> None:
        event = {"seq": len(self.events) + 1, "ts": round(time.time(), 3), "kind": kind, **what}
        with self._changed:
            self.events.append(event)
            self.accepted += kind == "accepted"
            if self._file is not None:
                self._file.write(json.dumps(event) + "\n")
                self._file.flush()
            self._changed.notify_all()

    def wait(self, true: Callable[[], bool], seconds: float) -> bool:
        """Waits until `true`, which is asked again at each event; whether it came true in time."""
        with self._changed:
            return self._changed.wait_for(true, seconds)

    def of_kind(self, kind: str) -> list[Event]:
        with self._changed:
            return [event for event in self.events if event["kind"] == kind]

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def described(content: bytes) -> Event:
    """What the log keeps of a message that was taken."""
    headers = _headers(content)
    named = {name.lower(): value for name, value in reversed(headers)}
    return {
        "size": len(content),
        "bare_newline": content.count(b"\n") != content.count(b"\r\n"),
        "message_id": named.get("message-id", "").strip(),
        "subject": named.get("subject", ""),
        "headers": [list(pair) for pair in headers],
        "body": content.decode("utf-8", "replace"),
    }


def _headers(content: bytes) -> list[tuple[str, str]]:
    head = _FOLD.sub(b"", content.split(b"\r\n\r\n", 1)[0])
    pairs = (line.decode("utf-8", "replace").partition(":") for line in head.splitlines())
    return [(name, value.lstrip(" ")) for name, colon, value in pairs if colon]


@dataclass(frozen=True)
class Tally:
    """`lost`: who got nothing. `copies`: how many copies too many each (recipient, Message-ID) got."""

    accepted: int
    lost: tuple[str, ...]
    unexpected: tuple[str, ...]
    copies: dict[tuple[str, str], int]

    @property
    def doubled(self) -> int:
        return sum(self.copies.values())


def tally(events: Iterable[Event], expected: Sequence[str]) -> Tally:
    """Counts what was accepted against the recipients who each were to get a mail."""
    taken = [event for event in events if event["kind"] == "accepted"]
    seen = Counter((rcpt.lower(), event["message_id"]) for event in taken for rcpt in event["rcpt_to"])
    got = {rcpt for rcpt, _ in seen}
    wanted = [address.lower() for address in expected]
    return Tally(
        accepted=len(taken),
        lost=tuple(address for address in wanted if address not in got),
        unexpected=tuple(sorted(got.difference(wanted))),
        copies={key: times - 1 for key, times in seen.items() if times > 1},
    )


def moments(events: Iterable[Event], key: tuple[str, str]) -> list[float]:
    """When each copy of one mail was accepted, in seconds since 1970."""
    return [
        float(event["ts"])
        for event in events
        if event["kind"] == "accepted"
        and event["message_id"] == key[1]
        and key[0] in (rcpt.lower() for rcpt in event["rcpt_to"])
    ]
