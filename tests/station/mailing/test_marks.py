"""Relays that put a Message-ID of their own on our mails are told ours in a header that they give back."""

from __future__ import annotations

import json

import pytest

from tests.station.mailing.conftest import Office
from tests.support.clock import Clock
from tests.support.smtp import Sink

pytestmark = pytest.mark.usefixtures("queued")
HEADERS = ("X-PM-Metadata-mail", "X-MJ-CustomID", "X-MSYS-API")


@pytest.fixture
def relays() -> dict[str, str]:
    return {}


@pytest.fixture
def settings_env(settings_env: dict[str, str], relays: dict[str, str]) -> dict[str, str]:
    return {**settings_env, **{f"FEEDBACKLOOP_MAIL_HOOK_{name}": secret for name, secret in relays.items()}}


@pytest.mark.parametrize("relays", [dict.fromkeys(("POSTMARK", "MAILJET", "SPARKPOST"), "us:a-long-secret")])
def test_a_relay_that_reports_to_us_is_told_which_mail_it_is(office: Office, sink: Sink, clock: Clock) -> None:
    [mail_id] = office.plan()
    office.drain()
    [message] = sink.messages
    postmark, mailjet, sparkpost = (message.message[name] for name in HEADERS)
    assert postmark == mailjet == office.row(mail_id).uuid
    assert json.loads(sparkpost) == {"metadata": {"mail": office.row(mail_id).uuid}}


def test_nobody_else_is(office: Office, sink: Sink, clock: Clock) -> None:
    office.plan()
    office.drain()
    assert not [name for name in HEADERS if name in sink.messages[0].message]
