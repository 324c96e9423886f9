"""How often a link takes a POST."""

from __future__ import annotations

import pytest

from tests.support.reviewer import Reviewer


@pytest.fixture
def settings_env(settings_env: dict[str, str]) -> dict[str, str]:
    return {**settings_env, "FEEDBACKLOOP_RATE_LIMITS": "on"}


def test_a_link_takes_ten_posts_a_minute_and_any_number_of_looks(people: Reviewer) -> None:
    path = people.is_invited()
    for _ in range(10):
        assert people.sends(path).status_code == 400
    refused = people.writes(path, 5)
    assert refused.status_code == 429
    assert "Retry-After" in refused.headers
    assert people.reviews() == []
    assert all(people.opens(path).status_code == 200 for _ in range(15))


def test_another_link_is_not_held_up(people: Reviewer) -> None:
    path = people.is_invited("K-1")
    other = people.path_of(2)
    people.says_yes("K-2")
    for _ in range(11):
        people.sends(path)
    assert people.writes(other, 5).status_code == 303
