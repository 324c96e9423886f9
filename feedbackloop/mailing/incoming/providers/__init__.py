"""The relays whose webhooks are understood, by the name in the address."""

from __future__ import annotations

from collections.abc import Mapping

from feedbackloop.mailing.incoming.providers import (
    brevo,
    mailgun,
    mailjet,
    postmark,
    resend,
    sendgrid,
    ses,
    sparkpost,
)
from feedbackloop.mailing.incoming.providers.common import Provider

PROVIDERS: Mapping[str, Provider] = {
    one.PROVIDER.name: one.PROVIDER for one in (postmark, mailgun, sendgrid, ses, brevo, mailjet, sparkpost, resend)
}
