"""Links are signed as they always were: what was mailed years ago opens today."""

from __future__ import annotations

import hashlib

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from itsdangerous import Signer

from feedbackloop import config
from feedbackloop.core import links, tokens
from feedbackloop.core.errors import NotFound
from tests.support import databases

PURPOSES = ("check-in", "unsubscribe", "case")
KEPT = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


# Several keys may be set, with commas between; the first one signs.
KEY = databases.SECRET_KEY.split(",")[0]


def signer(purpose: str, key: str = KEY) -> Signer:
    return Signer(key, salt=f"feedbackloop.{purpose}", key_derivation="hmac", digest_method=hashlib.sha256)


@KEPT
@given(purpose=st.sampled_from(PURPOSES), value=st.from_regex(r"[A-Za-z0-9:_-]{1,80}", fullmatch=True))
def test_a_token_is_what_itsdangerous_makes(app: Flask, purpose: str, value: str) -> None:
    with app.app_context():
        made = tokens.make(purpose, value)
        assert made == signer(purpose).sign(value).decode()
        assert tokens.read(purpose, made) == value
        for other in set(PURPOSES) - {purpose}:
            with pytest.raises(NotFound):
                tokens.read(other, made)


@KEPT
@given(value=st.integers(min_value=0) | st.from_regex(r"[a-z0-9:_-]{1,30}", fullmatch=True))
def test_a_signed_link_is_the_address_of_its_endpoint(app: Flask, value: int | str) -> None:
    with app.app_context():
        for more in ({}, {"satisfied": "yes"}, {"satisfied": "a b&c"}):
            token = tokens.make("check-in", value)
            made = links.signed("checkins.form", "check-in", value, **more)
            assert made == links.public("checkins.form", token=token, **more)


def test_links_follow_the_settings(app: Flask, settings_env: dict[str, str]) -> None:
    """Another address and another key hold from the next link on; the old key still opens what it signed."""
    with app.app_context():
        before = links.signed("checkins.form", "check-in", 7)
        new_key = "another key of more than sixteen characters"
        app.extensions["feedbackloop.settings"] = config.load(
            {
                **settings_env,
                "PUBLIC_URL": "https://elsewhere.example",
                "SECRET_KEY": f"{new_key},{databases.SECRET_KEY}",
            }
        )
        after = links.signed("checkins.form", "check-in", 7)
        assert after == f"https://elsewhere.example/check-in/{signer('check-in', new_key).sign('7').decode()}"
        assert tokens.read_id("check-in", before.rpartition("/")[2]) == 7
        assert tokens.read_id("check-in", after.rpartition("/")[2]) == 7


def test_what_is_kept_of_links_is_bounded(app: Flask) -> None:
    with app.app_context():
        for number in range(400):
            links.signed("checkins.form", "check-in", 7, satisfied=str(number))
        assert len(app.extensions["feedbackloop.signed_links"].around) <= 256
        assert links.signed("checkins.form", "check-in", 7, satisfied="new").endswith("?satisfied=new")
