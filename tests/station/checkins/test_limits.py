"""How often one link and one address may post; opening a page is never counted."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.support.complainant import Complainant


@pytest.fixture
def settings_env(settings_env: dict[str, str]) -> dict[str, str]:
    settings_env["FEEDBACKLOOP_RATE_LIMITS"] = "on"
    return settings_env


def test_the_eleventh_post_in_a_minute_waits(client: FlaskClient, people: Complainant) -> None:
    one = people.is_asked(people.brings("K-1"))
    for number in range(10):
        assert client.post(one, data={"satisfied": "no", "comment": f"{number}"}).status_code == 303
    late = client.post(one, data={"satisfied": "yes"})
    assert late.status_code == 429
    assert people.check_ins(1)[0]["answer"]["comment"] == "9"
    # Another person behind the same address is not held up.
    other = people.link(people.check_ins(people.brings("K-2"))[0])
    assert client.post(other, data={"satisfied": "no"}).status_code == 303


def test_opening_the_page_is_never_counted(client: FlaskClient, people: Complainant) -> None:
    path = people.is_asked(people.brings())
    for _ in range(40):
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
    assert client.post(path, data={"satisfied": "yes"}).status_code == 303
