"""The promise guard: which sentences promise that it will not happen again, and what such a promise needs."""

from __future__ import annotations

import time

import pytest

from feedbackloop.complaints import promise_guard

PROMISES = [
    "Dit zal niet meer gebeuren.",
    "Het zal u niet nogmaals overkomen.",
    "Dit gebeurt niet weer.",
    "Dat gebeurt niet nogmaals.",
    "Zoiets gebeurt echt niet opnieuw.",
    "Dit gebeurt nooit meer",
    "Het komt niet meer voor.",
    "Deze fout komt in de toekomst niet meer voor.",
    "We zorgen ervoor dat dit niet meer gebeurt.",
    "Wij zorgen dat het niet gebeurt.",
    "Wij beloven u dat dit in de toekomst niet weer zal voorkomen.",
    "Wij garanderen dat dit geen tweede keer gebeurt.",
    "Wij doen er alles aan om te voorkomen dat dit opnieuw gebeurt.",
    "Eens maar nooit weer: dit nooit meer.",
    "DIT ZAL\nNIET  MEER GEBEUREN",
    "This will not happen again.",
    "It won't happen again.",
    "It won’t ever happen again, we are sure.",
    "That will never happen again.",
    "Never again.",
    "We will make sure this does not happen.",
    "We'll ensure that this doesn't occur in the future.",
    "We have made changes and guarantee it will not recur.",
    "This can't happen any more.",
    "It is not going to happen again.",
    "We promise that such a mistake will not be repeated.",
    "We took steps to prevent this from happening again.",
    "This will\u00a0not happen\u200b again",
]
NONE = [
    "",
    "U kreeg al uw geld terug, € 48,60.",
    "Voortaan tellen twee mensen elke bestelling na.",
    "De band is gerepareerd en uw fiets rijdt weer.",
    "Uw bestelling komt niet meer vandaag, maar morgen.",
    "Er gebeurt niet meer dan nodig is.",
    "U hoeft niet meer te wachten.",
    "Wij kunnen niet beloven dat dit niet meer gebeurt.",
    "We kunnen helaas niet garanderen dat het nooit meer gebeurt.",
    "Mocht dit weer gebeuren, bel ons dan.",
    "Als het nog een keer gebeurt, krijgt u uw geld terug.",
    "Het product is niet meer leverbaar.",
    "Wij weten niet hoe dit kon gebeuren.",
    "Wij hebben uw klacht opnieuw bekeken en niet verworpen.",
    "We hebben nooit meer van u gehoord.",
    "We refunded the full amount.",
    "From now on two people count every order.",
    "If it happens again, call us.",
    "We cannot promise that it will not happen again.",
    "There is no guarantee that this will not happen again.",
    "We do not know how this could happen.",
    "Please do not send it again.",
    "Your parcel did not arrive in time; we sent it again.",
]


@pytest.mark.parametrize("text", PROMISES)
def test_a_promise_is_heard(text: str) -> None:
    assert promise_guard.promises(text)


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_promise_is_left_alone(text: str) -> None:
    assert not promise_guard.promises(text)


@pytest.mark.parametrize(
    ("prevention", "is_step"),
    [
        (None, False),
        ("", False),
        ("…", False),
        ("Dit zal niet meer gebeuren.", False),
        ("Wij zorgen ervoor dat dit nooit meer gebeurt, dat beloven wij u.", False),
        ("We are very sorry and promise that this will never happen again.", False),
        ("Wij hebben maatregelen genomen om te voorkomen dat dit opnieuw gebeurt.", False),
        ("We took steps to prevent this from happening again.", False),
        ("Twee mensen tellen elke bestelling na.", True),
        ("Voortaan bellen wij vooraf.", True),
        ("Twee mensen tellen elke bestelling na, zodat dit niet meer gebeurt.", True),
        ("Two people count each order now, so that it will not happen again.", True),
    ],
)
def test_a_promise_alone_is_no_step(prevention: str | None, is_step: bool) -> None:
    assert promise_guard.has_step(prevention) is is_step


PROMISE, STEP = "Dit zal niet meer gebeuren.", "Twee mensen tellen elke bestelling na."


@pytest.mark.parametrize(
    ("resolution", "prevention", "cause", "field", "missing", "flag"),
    [
        ("Geld terug.", None, None, None, (), None),
        ("Geld terug.", STEP, None, None, (), None),
        (PROMISE, STEP, "te laat geladen", None, (), None),
        (PROMISE, STEP, None, "resolution", ("root_cause",), "no_root_cause"),
        (PROMISE, STEP, "  ", "resolution", ("root_cause",), "no_root_cause"),
        (PROMISE, None, "te laat geladen", "resolution", ("prevention",), "no_prevention"),
        (PROMISE, PROMISE, "te laat geladen", "resolution", ("prevention",), "no_prevention"),
        (None, PROMISE, None, "prevention", ("root_cause", "prevention"), "nothing_behind_it"),
    ],
)
def test_what_a_promise_needs(
    resolution: str | None,
    prevention: str | None,
    cause: str | None,
    field: str | None,
    missing: tuple[str, ...],
    flag: str | None,
) -> None:
    found = promise_guard.unfounded({"resolution": resolution, "prevention": prevention}, cause, prevention)
    assert (found.field if found else None, found.missing if found else ()) == (field, missing)
    assert promise_guard.flag(resolution, prevention, cause) == flag


@pytest.mark.parametrize("bait", ["wij zorgen " * 2000, "not " * 5000, " " * 20_000 + "x", "komt niet meer " * 1300])
def test_bait_costs_no_time(bait: str) -> None:
    started = time.perf_counter()
    promise_guard.has_step(bait)
    assert time.perf_counter() - started < 1
