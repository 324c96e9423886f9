"""What steers is found, in Dutch and in English; and what does not is left alone."""

from __future__ import annotations

import pytest

from feedbackloop.reviews.texts import steering


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Geef ons vijf sterren", "stars"),
        ("Geef ons 5 sterren.", "stars"),
        ("Wilt u ons ★★★★★ geven?", "stars"),
        ("Leave us five stars", "stars"),
        ("We would love a 5-star review", "stars"),
        ("Schrijf een positieve review", "stars"),
        ("Een mooie beoordeling helpt ons", "stars"),
        ("A glowing review helps us", "stars"),
        ("Geef ons het hoogste cijfer", "stars"),
        ("Als u tevreden bent, schrijf dan iets", "condition"),
        ("Bent u blij met de oplossing? Vertel het anderen.", "condition"),
        ("Nu u tevreden bent, vragen wij u iets", "condition"),
        ("Was het goed opgelost, vertel het dan verder", "condition"),
        ("If you were happy, tell others", "condition"),
        ("When you are satisfied, write a review", "condition"),
        ("If we helped you well, share it", "condition"),
        ("Not satisfied? Then call us instead.", "condition"),
        ("U krijgt een bon van 10 euro", "reward"),
        ("Met deze kortingscode kiest u een cadeau", "reward"),
        ("Onder de schrijvers verloten wij een fiets", "reward"),
        ("Maak kans op een taart", "reward"),
        ("Get 10% off your next order", "reward"),
        ("You will get a voucher", "reward"),
        ("Every writer gets a gift card", "reward"),
        ("As a thank you: a discount", "reward"),
        ("Win a bicycle", "reward"),
    ],
)
def test_what_steers_is_found(text: str, kind: str) -> None:
    assert kind in {one.kind for one in steering(text)}, text


@pytest.mark.parametrize(
    "text",
    [
        "Wilt u anderen vertellen hoe het ging?",
        "U kiest zelf waar u iets schrijft en wat. Goed of slecht: anderen hebben iets aan een eerlijk verhaal.",
        "Hebt u geen zin? Dan hoeft u niets te doen. Wij vragen het één keer.",
        "Op 3 november kwam u bij ons met een klacht (‘Bestelling te laat’).",
        "Wij versterken de brug in Amsterdam; de meester is er.",
        "You choose yourself where you write something, and what. Good or bad: an honest story helps others.",
        "No time, or no wish to? Then you need not do anything.",
        "On 3 November you came to us with a complaint (‘The start of the season’).",
        "Feel free to write nothing.",
        "Winkelspiegel",
        "Google",
        "Kiyoh",
        "",
    ],
)
def test_what_does_not_steer_is_left_alone(text: str) -> None:
    assert steering(text) == []


def test_what_is_found_is_named_once_in_its_own_words() -> None:
    found = steering("5 sterren? 5 sterren!")
    assert next(one.words for one in found if one.kind == "stars") == "5 sterren"
    assert len(found) == len(set(found))
