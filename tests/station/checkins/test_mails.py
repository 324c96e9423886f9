"""What the mails of check-ins and recovery say, word for word: a change of wording shows as a change of these files."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.complainant import Complainant, masked
from tests.support.smtp import Received

SNAPSHOTS = Path(__file__).parent / "snapshots"
ENGLISH = {
    "summary": "The order for my mother’s party came an hour late. Six rolls were missing.",
    "resolution": "You got all your money back, € 48.60.",
    "prevention": "From now on two people count each order.",
    "name": "Grace Okafor",
    "locale": "en",
}
BARE = {
    "summary": None,
    "subject": None,
    "resolution": None,
    "prevention": None,
    "apology_given": None,
    "name": None,
    "handler": None,
}


def compare(name: str, mail: Received) -> None:
    """Fails where the text differs from the file; with UPDATE_SNAPSHOTS=1 the file is written instead."""
    path = SNAPSHOTS / f"{name}.txt"
    said = f"Subject: {mail.subject}\n\n{masked(mail.text)}"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(said, encoding="utf-8")
    assert said == path.read_text(encoding="utf-8")


def mail_to(people: Complainant, mails: list[Received], address: str) -> Received:
    return next(mail for mail in mails if people.recipient(mail) == address)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("check_in.nl", {}),
        ("check_in.en", ENGLISH),
        ("check_in_bare.nl", BARE),
        ("check_in_bare.en", {**BARE, "locale": "en"}),
    ],
)
def test_the_question(people: Complainant, name: str, given: dict[str, str]) -> None:
    people.is_asked(people.brings(**given))
    compare(name, people.sink.messages[-1])


@pytest.mark.parametrize(("name", "given"), [("reminder.nl", {}), ("reminder.en", ENGLISH), ("reminder_bare.nl", BARE)])
def test_the_reminder(people: Complainant, name: str, given: dict[str, str]) -> None:
    people.is_asked(people.brings(**given))
    people.clock.advance(timedelta(days=5))
    (mail,) = people.delivers()
    compare(name, mail)


@pytest.mark.parametrize(("name", "given"), [("receipt.nl", {}), ("receipt.en", ENGLISH), ("receipt_bare.nl", BARE)])
def test_the_receipt(people: Complainant, name: str, given: dict[str, str]) -> None:
    path = people.is_asked(people.brings(**given))
    people.answers(path, "no", **({} if given is BARE else {"comment": "Ik kreeg € 38,60.", "reason": "amount"}))
    compare(name, mail_to(people, people.delivers(), "k-1@postvak.example"))


def test_the_case_and_its_end_for_who_handles_it(people: Complainant) -> None:
    path = people.is_asked(people.brings())
    people.answers(path, "partly", comment="Ik kreeg € 38,60.", reason=["amount", "manner"], call_me="1")
    compare("case_for_handler.nl", mail_to(people, people.delivers(), "youssef@ours.example"))
    people.answers(path, "yes", comment="Het geld kwam vandaag.")
    compare("solved_for_handler.nl", mail_to(people, people.delivers(), "youssef@ours.example"))


@pytest.mark.parametrize("given", [{}, ENGLISH, BARE], ids=["nl", "en", "bare"])
def test_the_question_is_safe_to_get(people: Complainant, given: dict[str, str]) -> None:
    path = people.is_asked(people.brings(**given))
    mail = people.sink.messages[-1]
    assert f"http://localhost{path}" in mail.text.splitlines(), "the answer link stands alone on a line"
    assert max(len(line) for line in mail.text.splitlines() if "://" not in line) <= 62
    for choice in ("yes", "partly", "no"):
        assert mail.html.count(f"{path}?satisfied={choice}") == 1
    assert "<img" not in mail.html
    assert "url(" not in mail.html
    assert "<script" not in mail.html
    assert "None" not in mail.html + mail.text
    assert "!" not in mail.text
    assert mail.message["List-Unsubscribe"]
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.message["Auto-Submitted"] == "auto-generated"


def test_their_case_comes_before_the_question(people: Complainant) -> None:
    people.is_asked(people.brings())
    html = people.sink.messages[-1].html
    body = html[html.index("<body") :]
    order = [
        body.index(words)
        for words in ("Er misten zes broodjes", "U kreeg al uw geld terug", "Is dit echt de oplossing")
    ]
    assert order == sorted(order)


def test_a_name_with_an_apostrophe_is_itself_in_the_text_and_escaped_in_html(people: Complainant) -> None:
    people.is_asked(people.brings(name="Seán O'Brien <b>", handler=("D'Arcy & Zn", "darcy@ours.example")))
    mail = people.sink.messages[-1]
    assert "Beste Seán O'Brien <b>," in mail.text
    assert "D'Arcy & Zn bood u onze excuses aan" in " ".join(mail.text.split())
    assert "O&#39;Brien &lt;b&gt;" in mail.html or "O'Brien &lt;b&gt;" in mail.html
    assert "D'Arcy &amp; Zn" in mail.html or "D&#39;Arcy &amp; Zn" in mail.html


def test_a_long_reference_is_left_out(people: Complainant) -> None:
    people.is_asked(people.brings("f" * 64))
    mail = people.sink.messages[-1]
    assert "fff" not in mail.text
    assert "Deze e-mail gaat over uw klacht. U kunt erop antwoorden." in mail.text


def test_a_year_ago_has_its_year(people: Complainant) -> None:
    people.is_asked(people.brings(opened_at=datetime(2025, 9, 2, 9, 0, tzinfo=UTC)))
    mail = people.sink.messages[-1]
    assert mail.subject == "Uw klacht van 2 september 2025: is dit echt de oplossing?"
    assert "Op dinsdag 2 september 2025 vertelde u ons:" in mail.text
