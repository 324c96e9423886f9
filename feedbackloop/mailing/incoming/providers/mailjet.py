"""Mailjet: HTTP Basic in the webhook's address, one event a call or a list of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from feedbackloop.mailing.incoming.providers import common
from feedbackloop.mailing.incoming.providers.common import Provider, event, part, text
from feedbackloop.mailing.incoming.rules import Finding
from feedbackloop.mailing.incoming.service import Event

_GONE = ("user unknown", "invalid domain", "no mail host")


def read(data: Any) -> Iterator[Event]:
    """Mailjet gives its events no id: mail, kind and moment are one."""
    for one in common.items(data):
        found = _finding(one)
        if found is not None:
            identity = ":".join(text(one, name) for name in ("MessageID", "event", "time", "email"))
            ids = (text(one, "CustomID"), text(one, "Payload"))
            yield event(one, identity, found, text(one, "email"), *ids)


def _finding(one: Mapping[str, Any]) -> Finding | None:
    kind = text(one, "event")
    if kind == "bounce":
        if part(one, "hard_bounce") is True:
            gone = text(one, "error_related_to") in ("recipient", "domain") or text(one, "error") in _GONE
            return common.permanent(text(one, "comment"), common.GONE if gone else common.REFUSED)
        return common.bounced(None, common.NOT_NOW)
    known = {
        "sent": common.DELIVERED,
        "blocked": common.permanent(None, common.REFUSED),
        "spam": common.SPAM,
        "unsub": common.STOP,
    }
    return known.get(kind)


PROVIDER = Provider("mailjet", common.password, read, by_headers=True)
