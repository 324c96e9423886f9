"""Return addresses of each mail's own: made in no time, read only where we made them."""

from __future__ import annotations

import pytest
from flask import Flask

from feedbackloop import create_app
from feedbackloop.mailing.incoming import verp
from feedbackloop.setting_types import address

pytestmark = pytest.mark.usefixtures("clock")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestReturnAddresses:
    """The database plays no part."""

    def test_an_address_holds_its_mail_and_is_one(self, app: Flask) -> None:
        with app.app_context():
            made = verp.envelope_sender(123456789012345678)
            assert address(made) == made
            assert len(made.rpartition("@")[0]) <= 64
            assert verp.mail_id(made) == 123456789012345678
            assert verp.mail_id(made.upper()) == 123456789012345678

    @pytest.mark.parametrize(
        "spoil", ["bounces@ours.example", "bounces+@ours.example", "bounces+1@ours.example", "", "@"]
    )
    def test_any_other_address_is_none(self, app: Flask, spoil: str) -> None:
        with app.app_context():
            assert verp.mail_id(spoil) is None

    def test_no_character_of_it_may_change(self, app: Flask) -> None:
        with app.app_context():
            made = verp.envelope_sender(42)
            for place in range(len("bounces+"), made.index("@")):
                other = "7" if made[place] != "7" else "8"
                assert verp.mail_id(made[:place] + other + made[place + 1 :]) is None

    def test_an_address_that_was_made_with_the_key_before_is_read(
        self, settings_env: dict[str, str], request: pytest.FixtureRequest
    ) -> None:
        old, new = "o" * 20, "n" * 20
        with create_app({**settings_env, "SECRET_KEY": old}).app_context():
            made = verp.envelope_sender(7)
        with create_app({**settings_env, "SECRET_KEY": f"{new},{old}"}).app_context():
            assert verp.mail_id(made) == 7
            assert verp.envelope_sender(7) != made
        with create_app({**settings_env, "SECRET_KEY": new}).app_context():
            assert verp.mail_id(made) is None

    def test_without_a_mark_all_mail_has_one_address(self, settings_env: dict[str, str]) -> None:
        with create_app({**settings_env, "FEEDBACKLOOP_BOUNCE_ADDRESS": "bounces@ours.example"}).app_context():
            assert verp.envelope_sender(7) == "bounces@ours.example"
            assert verp.mail_id("bounces@ours.example") is None
        plain = {name: value for name, value in settings_env.items() if name != "FEEDBACKLOOP_BOUNCE_ADDRESS"}
        with create_app(plain).app_context():
            assert verp.envelope_sender(7) == "loop@ours.example"
