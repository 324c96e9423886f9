"""Whom we invite, what may follow what, and which links may be offered."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from feedbackloop.reviews import rules
from feedbackloop.reviews.rules import INVITATION_MOVES, REVIEW_MOVES, Invitee, Opened, Unsent

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
ANYBODY = Invitee(erased=False, has_address=True, listed=None, planned_elsewhere=False, asked_at=None)

INVITATIONS = {
    ("scheduled", "sent"), ("scheduled", "clicked"), ("scheduled", "reviewed"), ("scheduled", "cancelled"),
    ("scheduled", "suppressed"), ("scheduled", "expired"), ("scheduled", "bounced"),
    ("sent", "clicked"), ("sent", "reviewed"), ("sent", "bounced"),
    ("clicked", "reviewed"), ("reviewed", "clicked"), ("bounced", "clicked"), ("bounced", "reviewed"),
    ("cancelled", "scheduled"), ("cancelled", "suppressed"), ("suppressed", "scheduled"),
    ("expired", "scheduled"), ("expired", "suppressed"),
}  # fmt: skip
REVIEWS = {
    ("pending", "published"), ("pending", "refused"), ("pending", "withdrawn"), ("published", "refused"),
    ("published", "withdrawn"), ("refused", "published"), ("refused", "withdrawn"),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after"), list(itertools.product(INVITATION_MOVES, repeat=2)))
def test_each_move_of_an_invitation(before: str, after: str) -> None:
    assert rules.may_move(INVITATION_MOVES, before, after) == ((before, after) in INVITATIONS)


@pytest.mark.parametrize(("before", "after"), list(itertools.product(REVIEW_MOVES, repeat=2)))
def test_each_move_of_a_review(before: str, after: str) -> None:
    assert rules.may_move(REVIEW_MOVES, before, after) == ((before, after) in REVIEWS)


def test_no_reason_for_refusing_is_about_the_opinion() -> None:
    assert set(rules.REFUSALS) == {"unlawful", "personal_data", "not_about_us"}


def test_who_said_yes_is_invited() -> None:
    assert rules.may_invite(ANYBODY, True, NOW)


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        (replace(ANYBODY, erased=True), "erased"),
        (replace(ANYBODY, has_address=False), "no_address"),
        (replace(ANYBODY, listed="opted_out"), "opted_out"),
        (replace(ANYBODY, listed="no_such_address"), "no_such_address"),
        (replace(ANYBODY, planned_elsewhere=True), "planned_elsewhere"),
        (replace(ANYBODY, asked_at=NOW - timedelta(days=179, hours=23)), "asked_recently"),
        (replace(ANYBODY, asked_at=NOW), "asked_recently"),
    ],
)
def test_a_reason_not_to_invite_is_named(who: Invitee, reason: str) -> None:
    decision = rules.may_invite(who, True, NOW)
    assert not decision
    assert decision.reason == reason


def test_without_a_place_nobody_is_invited() -> None:
    assert rules.may_invite(ANYBODY, False, NOW).reason == "no_destination"


def test_after_180_days_a_person_may_be_asked_again() -> None:
    assert rules.may_invite(replace(ANYBODY, asked_at=NOW - timedelta(days=180)), True, NOW)


PLANNED = Unsent(status="scheduled", complaint_status="confirmed", same_case=True, asked_at=None)


@pytest.mark.parametrize(
    ("unsent", "reason"),
    [
        (PLANNED, None),
        (replace(PLANNED, asked_at=NOW - timedelta(days=200)), None),
        (replace(PLANNED, status="cancelled"), "cancelled"),
        (replace(PLANNED, status="clicked"), "clicked"),
        (replace(PLANNED, complaint_status="reopened"), "reopened"),
        (replace(PLANNED, same_case=False), "reopened"),
        (replace(PLANNED, asked_at=NOW - timedelta(days=1)), "asked_recently"),
        (replace(PLANNED, case_open=True), "reopened"),
        (replace(PLANNED, offered=False), "no_destination"),
        (replace(PLANNED, occasion="outcome", complaint_status="reopened"), None),
        (replace(PLANNED, occasion="outcome", case_open=True), "reopened"),
        (replace(PLANNED, occasion="outcome", same_case=False), "reopened"),
        (replace(PLANNED, occasion="expired", complaint_status="resolved"), None),
        (replace(PLANNED, occasion="expired", complaint_status="reopened"), "reopened"),
        (replace(PLANNED, occasion="limit", complaint_status="reopened", case_open=True, same_case=False), None),
        (replace(PLANNED, occasion="limit", asked_at=NOW), "asked_recently"),
    ],
)
def test_the_last_look_before_sending(unsent: Unsent, reason: str | None) -> None:
    assert rules.may_send(unsent, NOW).reason == reason


LIFE = timedelta(days=90)
SENT = Opened(status="sent", used=True, erased=False, since=NOW)


@pytest.mark.parametrize(
    ("opened", "after", "reason"),
    [
        (SENT, timedelta(0), None),
        (SENT, LIFE - timedelta(seconds=1), None),
        (SENT, LIFE, "expired"),
        (replace(SENT, status="reviewed"), timedelta(days=1), None),
        (replace(SENT, status="scheduled", used=False), timedelta(days=1), None),
        (replace(SENT, status="cancelled", used=False), timedelta(days=1), "not_found"),
        (replace(SENT, status="suppressed", used=False), timedelta(days=1), "not_found"),
        (replace(SENT, erased=True), timedelta(days=1), "not_found"),
        (replace(SENT, erased=True), LIFE, "not_found"),
    ],
)
def test_when_a_link_works(opened: Opened, after: timedelta, reason: str | None) -> None:
    assert rules.may_open(opened, LIFE, NOW + after).reason == reason


@pytest.mark.parametrize(
    "link",
    [
        "https://winkelspiegel.example/winkels/de-bonte-spaak",
        "https://www.kiyoh.com/add-review/123?lang=nl",
        "HTTPS://Reviews.Example:8443/x#write",
        "https://xn--caf-dma.example/",
        "https://google.reviews.example/",
        "https://notgoogle.com/",
        "https://trustpilot.com.reviews.example/",
    ],
)
def test_a_link_that_may_be_offered(link: str) -> None:
    assert rules.link_problem(link) is None


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("http://winkelspiegel.example/", "not_https"),
        ("javascript:alert(1)", "not_https"),
        ("data:text/html,x", "not_https"),
        ("//winkelspiegel.example/", "not_https"),
        ("winkelspiegel.example", "not_https"),
        ("", "unreadable"),
        ("https:winkelspiegel.example", "unreadable"),
        ("https://", "unreadable"),
        ("https://localhost/", "unreadable"),
        ("https://127.0.0.1/", "unreadable"),
        ("https://[::1]/", "unreadable"),
        ("https://winkel spiegel.example/", "unreadable"),
        ("https://café.example/", "unreadable"),
        ("https:/\\evil.example/", "unreadable"),
        ("https://winkelspiegel.example\\@evil.example/", "unreadable"),
        ("https://winkelspiegel.example/\r\nSet-Cookie:x", "unreadable"),
        ("https://winkelspiegel.example:99999/", "unreadable"),
        ("https://" + "a" * 600 + ".example/", "unreadable"),
        ("https://piet@winkelspiegel.example/", "credentials"),
        ("https://piet:geheim@winkelspiegel.example/", "credentials"),
    ],
)
def test_a_link_that_is_no_place(link: str, code: str) -> None:
    problem = rules.link_problem(link)
    assert problem is not None
    assert problem.code == code


GOOGLE = ("google", "Google", "satisfied")
TRUSTPILOT = ("trustpilot", "Trustpilot", "satisfied")
YELP = ("yelp", "Yelp", "asking")
KIYOH = ("kiyoh", "Kiyoh", None)
FACEBOOK = ("facebook", "Facebook", None)


@pytest.mark.parametrize(
    ("link", "platform"),
    [
        ("https://www.google.com/maps/place/x", GOOGLE),
        ("https://search.google.com/local/writereview?placeid=1", GOOGLE),
        ("https://maps.google.nl/x", GOOGLE),
        ("https://google.co.uk/x", GOOGLE),
        ("https://g.page/r/abc/review", GOOGLE),
        ("https://maps.app.goo.gl/abc", GOOGLE),
        ("https://GOOGLE.com./x", GOOGLE),
        ("https://nl.trustpilot.com/evaluate/x", TRUSTPILOT),
        ("https://www.trustpilot.nl/evaluate/x", TRUSTPILOT),
        ("https://www.yelp.com/biz/x", YELP),
        ("https://yelp.nl/biz/x", YELP),
        ("https://www.kiyoh.com/add-review/123", KIYOH),
        ("https://www.facebook.com/winkel/reviews", FACEBOOK),
        ("https://winkelspiegel.example/", ("other", "", None)),
    ],
)
def test_each_audience_at_each_platform(link: str, platform: tuple[str, str, str | None]) -> None:
    code, name, forbids = platform
    assert rules.platform_of(link) == code
    refused = {
        None: {},
        "satisfied": {"satisfied": "satisfied"},
        "asking": {"satisfied": "asking", "everyone": "asking"},
    }[forbids]
    for audience in rules.AUDIENCES:
        problem = rules.place_problem(link, "other", audience)
        assert (problem.code if problem else None) == refused.get(audience), audience
        assert problem is None or problem.platform == name


def test_a_short_link_is_what_staff_say_it_is_and_no_other_platform_than_it_shows() -> None:
    short = "https://kort.example/x"
    assert rules.place_problem(short, "google", "everyone") is None
    asked = rules.place_problem(short, "google", "satisfied")
    yelp = rules.place_problem(short, "yelp", "everyone")
    other = rules.place_problem("https://www.kiyoh.com/x", "google", "everyone")
    assert (asked and asked.code, yelp and yelp.code) == ("satisfied", "asking")
    assert (other and (other.code, other.platform)) == ("other_platform", "Kiyoh")
    assert "yelp" not in rules.CHOICES


def test_every_platform_says_where_its_rule_stands() -> None:
    assert [one.code for one in rules.PLATFORMS] == ["google", "trustpilot", "kiyoh", "facebook", "yelp"]
    assert all(one.source and "://" not in one.source for one in rules.PLATFORMS)


@dataclass(frozen=True)
class Spot:
    name: str
    audience: str


OWN, SHOP = Spot("own", "satisfied"), Spot("shop", "satisfied")
MAPS, PILOT = Spot("maps", "everyone"), Spot("pilot", "everyone")


@pytest.mark.parametrize(
    ("places", "audience", "offered"),
    [
        ([], "satisfied", []),
        ([OWN, SHOP], "satisfied", [OWN, SHOP]),
        ([OWN, MAPS], "everyone", [MAPS]),
        ([PILOT, OWN, MAPS], "everyone", [PILOT, MAPS]),
    ],
)
def test_as_soon_as_one_place_asks_everybody_everybody_is_asked(
    places: list[Spot], audience: str, offered: list[Spot]
) -> None:
    assert rules.offer(places) == (audience, offered)


def test_figures_are_of_all_and_round_to_one_decimal() -> None:
    found = rules.figures({5: 2, 2: 1})
    assert (found.count, found.average) == (3, 4.0)
    assert found.distribution == {1: 0, 2: 1, 3: 0, 4: 0, 5: 2}
    assert rules.figures({4: 1, 5: 1, 1: 1}).average == 3.3
    assert rules.figures({}).average is None


def test_an_average_is_only_for_a_page_that_asks_everybody() -> None:
    assert [rules.may_count(one) for one in rules.AUDIENCES] == [False, True]


def test_a_one_and_a_two_are_low() -> None:
    assert [rating for rating in rules.RATINGS if rules.is_low(rating)] == [1, 2]
