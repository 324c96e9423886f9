"""Brevo: HTTP Basic or a bearer token, one event a call (or a list of them)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from feedbackloop.mailing.incoming.providers import common
from feedbackloop.mailing.incoming.providers.common import Provider, event, text
from feedbackloop.mailing.incoming.service import Event


def read(data: Any) -> Iterator[Event]:
    """Brevo numbers its webhooks and not its events, so an event is known by its content."""
    for one in common.items(data):
        reason = text(one, "reason")
        known = {
            "delivered": common.DELIVERED,
            "hard_bounce": common.permanent(reason),
            "invalid_email": common.permanent(None),
            "soft_bounce": common.bounced(None, common.NOT_NOW),
            "blocked": common.permanent(None, common.REFUSED),
            "error": common.permanent(None, common.REFUSED),
            "deferred": common.DELAYED,
            "spam": common.SPAM,
            "complaint": common.SPAM,
            "unsubscribed": common.STOP,
        }
        found = known.get(text(one, "event"))
        if found is not None:
            yield event(one, "", found, text(one, "email"), text(one, "message-id"), text(one, "X-Mailin-custom"))


PROVIDER = Provider("brevo", common.password, read, by_headers=True)
