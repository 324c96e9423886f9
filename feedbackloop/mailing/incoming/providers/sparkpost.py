"""SparkPost: HTTP Basic or a bearer token, batches of events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from feedbackloop.mailing.incoming.providers import common
from feedbackloop.mailing.incoming.providers.common import Provider, event, part, text
from feedbackloop.mailing.incoming.rules import Finding
from feedbackloop.mailing.incoming.service import Event

# SparkPost's classes of bounces: the mailbox is not there; refused as it is; answers that are no bounces.
_GONE = ("10", "30")
_REFUSED = ("25", "50", "51", "52", "53", "54")
_INFORMS = ("60", "80", "100")


def read(data: Any) -> Iterator[Event]:
    """Each object wraps one event under a name for its group; an empty one is a test of the address."""
    for wrapper in common.items(data):
        for one in (part(wrapper, "msys") or {}).values():
            found = _finding(one)
            if found is not None:
                along = part(one, "rcpt_meta")
                ids = [str(value) for value in along.values()] if isinstance(along, dict) else []
                yield event(one, text(one, "event_id"), found, text(one, "rcpt_to"), *ids)


def _finding(one: Mapping[str, Any]) -> Finding | None:
    kind = text(one, "type")
    if kind in ("bounce", "out_of_band"):
        number, said = text(one, "bounce_class"), text(one, "raw_reason")
        if number == "90":
            return common.STOP
        if number in _INFORMS:
            return common.DELAYED
        if number in _GONE:
            return common.permanent(said, common.GONE)
        return common.permanent(said, common.REFUSED) if number in _REFUSED else common.bounced(None, common.NOT_NOW)
    known = {
        "delivery": common.DELIVERED,
        "delay": common.DELAYED,
        "spam_complaint": common.SPAM,
        "policy_rejection": common.permanent(None, common.REFUSED),
        "generation_failure": common.permanent(None, common.REFUSED),
        "list_unsubscribe": common.STOP,
        "link_unsubscribe": common.STOP,
    }
    return known.get(kind)


PROVIDER = Provider("sparkpost", common.password, read, by_headers=True)
