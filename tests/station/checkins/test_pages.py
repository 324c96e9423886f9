"""What a person meets behind the link: in their language, safe to open, and clear where something is wrong."""

from __future__ import annotations

import gzip
import re

import pytest
from flask.testing import FlaskClient

from feedbackloop.checkins.models import Answer
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.mailing.models import Outbox
from tests.support.complainant import Complainant
from tests.support.forms import forms_of, submit

pytestmark = pytest.mark.takes_turns

QUESTION = {
    "nl": "Is dit echt de oplossing waar u tevreden over bent?",
    "en": "Is this really the solution that you are satisfied with?",
}


@pytest.fixture
def path(people: Complainant) -> str:
    return people.is_asked(people.brings())


@pytest.fixture
def english(people: Complainant) -> str:
    return people.is_asked(people.brings("K-9", locale="en", name="Grace Okafor", handler=None))


def test_the_form_opens_with_their_own_case(client: FlaskClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    assert page.headers["Content-Language"] == "nl"
    case, _, question = page.text.partition(QUESTION["nl"])
    assert "Uw klacht van dinsdag 27 oktober" in case
    assert "Er misten zes broodjes." in case
    assert "U kreeg al uw geld terug" in case
    assert "Voortaan tellen twee mensen elke bestelling na." in case
    for choice in ("yes", "partly", "no", "later"):
        assert f'value="{choice}"' in question
    assert "checked" not in page.text


def test_the_form_speaks_the_persons_language(client: FlaskClient, english: str) -> None:
    page = client.get(english, headers={"Accept-Language": "nl"})
    assert QUESTION["en"] in page.text
    assert '<html lang="en">' in page.text


def test_the_language_can_be_changed_and_stays(client: FlaskClient, path: str) -> None:
    page = client.get(path)
    link = re.search(r'href="([^"]+)" lang="en" hreflang="en"', page.text)
    assert link
    assert link[1].startswith(path)
    there = client.get(link[1].replace("&amp;", "&"))
    assert QUESTION["en"] in there.text
    answer = submit(client, f"{path}?lang=en", satisfied="yes")
    assert answer.headers["Location"] == f"{path}/thanks?lang=en"
    assert "Thank you. We close your complaint." in client.get(answer.headers["Location"]).text


@pytest.mark.parametrize("choice", ["yes", "partly", "no", "later"])
def test_what_was_pressed_in_the_mail_is_pointed_at_and_not_chosen(client: FlaskClient, path: str, choice: str) -> None:
    page = client.get(f"{path}?satisfied={choice}")
    pointed = re.findall(r'class="choice pointed[^"]*"><input [^>]*value="(\w+)"', page.text)
    assert pointed == [choice]
    assert "checked" not in page.text
    assert page.text.count("Aangetikt in de e-mail. Kies nu.") == 1


def test_what_nobody_can_press_points_at_nothing(client: FlaskClient, path: str) -> None:
    assert "pointed" not in client.get(f"{path}?satisfied=perhaps").text


def test_no_get_head_or_options_records_anything(client: FlaskClient, people: Complainant, path: str) -> None:
    before = (people.count(Answer), people.count(History), people.count(Outbox))
    for query in ("", "?satisfied=yes", "?satisfied=no&comment=x&rating=1", "?lang=en&satisfied=partly"):
        assert client.get(path + query, headers={"Purpose": "prefetch"}).status_code == 200
        assert client.head(path + query).status_code == 200
        assert client.options(path + query).status_code == 200
        assert client.get(path + query, data={"satisfied": "no"}).status_code == 200
    assert client.get(f"{path}/thanks").status_code == 303
    assert (people.count(Answer), people.count(History), people.count(Outbox)) == before


def test_a_gateway_that_presses_the_button_gets_400_and_changes_nothing(
    client: FlaskClient, people: Complainant, path: str
) -> None:
    before = (people.count(Answer), people.count(History), people.count(Outbox))
    for query in ("", "?satisfied=yes", "?satisfied=no"):
        untouched = next(form for form in forms_of(client.get(path + query).text) if form.method == "post")
        assert client.post(path + query, data=dict(untouched.fields)).status_code == 400
    assert (people.count(Answer), people.count(History), people.count(Outbox)) == before


def test_a_gateway_that_presses_after_the_answer_changes_nothing_either(
    client: FlaskClient, people: Complainant, path: str
) -> None:
    people.answers(path, "no", comment="Nog niet.", rating="2", quote_consent="1")
    before = (people.count(Answer), people.count(History), people.count(Outbox))
    untouched = next(form for form in forms_of(client.get(path).text) if form.method == "post")
    assert client.post(path, data=dict(untouched.fields)).status_code == 400
    assert (people.count(Answer), people.count(History), people.count(Outbox)) == before


# What is wrong


def test_without_a_choice_the_page_says_so_and_keeps_the_rest(
    client: FlaskClient, people: Complainant, path: str
) -> None:
    page = client.post(path, data={"comment": "Ik kreeg te weinig.", "rating": "2", "reason": "amount", "call_me": "1"})
    assert page.status_code == 400
    assert "<title>Fout: " in page.text
    errors = page.text[page.text.index('class="errors"') : page.text.index('class="eyebrow"')]
    assert 'href="#satisfied-0"' in errors
    assert 'id="satisfied-0"' in page.text
    assert "Kies een van de vier antwoorden." in errors
    assert "Ik kreeg te weinig.</textarea>" in page.text
    kept = next(form for form in forms_of(page.text) if form.method == "post").fields
    assert ("rating", "2") in kept
    assert ("reason", "amount") in kept
    assert ("call_me", "1") in kept
    assert people.count(Answer) == 0


def test_errors_are_told_in_english_too(client: FlaskClient, english: str) -> None:
    page = client.post(english, data={})
    assert page.status_code == 400
    assert "<title>Error: " in page.text
    assert "Your answer has not been sent yet" in page.text
    assert "Choose one of the four answers." in page.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("satisfied", "perhaps"),
        ("satisfied", "YES"),
        ("satisfied", "yes\x00"),
        ("satisfied", ""),
        ("rating", "0"),
        ("rating", "6"),
        ("rating", "-1"),
        ("rating", "1.5"),
        ("rating", "٣"),
        ("rating", "1" + "0" * 30),
        ("rating", " 3"),
        ("recommend", "11"),
        ("recommend", "-0"),
        ("recommend", "null"),
        ("reason", "because"),
        ("comment", "nul\x00"),
        ("comment", "bel\x07"),
        ("comment", "next\x85line"),
        ("comment", "x" * 4001),
        ("comment", "é" * 4001),
        ("quote_consent", "perhaps"),
        ("call_me", "[]"),
        ("meet", "2"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    client: FlaskClient, people: Complainant, path: str, field: str, value: str
) -> None:
    page = client.post(path, data={"satisfied": "no", field: value})
    assert page.status_code == 400
    wrong = page.text[page.text.index('class="errors"') : page.text.index('class="eyebrow"')]
    assert f'href="#{field}' in wrong
    assert people.count(Answer) == 0


def test_bytes_that_are_no_text_are_refused(client: FlaskClient, people: Complainant, path: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for raw in (b"satisfied=no&comment=%FF%FE", b"satisfied=no&comment=%ED%A0%80"):
        assert client.post(path, data=raw, headers=headers).status_code == 400
    assert people.count(Answer) == 0


@pytest.mark.parametrize("body", [b"[1]", b'{"satisfied": "no"}', b"", b"satisfied"])
def test_another_kind_of_body_is_no_answer(client: FlaskClient, people: Complainant, path: str, body: bytes) -> None:
    for kind in (
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
    ):
        assert client.post(path, data=body, headers={"Content-Type": kind}).status_code == 400
    assert people.count(Answer) == 0


def test_a_comment_counts_after_normalising(client: FlaskClient, people: Complainant, path: str) -> None:
    decomposed = "e\u0301" * 4000  # one character each in NFC
    assert client.post(path, data={"satisfied": "no", "comment": decomposed}).status_code == 303
    with people.app.app_context():
        comment = db.session.query(Answer).one().comment
    assert comment == "é" * 4000


def test_a_body_over_64_kb_is_refused(client: FlaskClient, people: Complainant, path: str) -> None:
    page = client.post(path, data={"satisfied": "no", "comment": "x" * 66_000})
    assert page.status_code == 413
    assert "Dit is te groot" in page.text
    assert people.count(Answer) == 0


def test_fields_that_are_not_in_the_form_are_left_alone(client: FlaskClient, people: Complainant, path: str) -> None:
    extra = {
        "id": "99",
        "check_in_id": "99",
        "status": "confirmed",
        "role": "admin",
        "recorded_by": "staff:1",
        "version": "7",
    }
    assert client.post(path, data={"satisfied": "no", **extra}).status_code == 303
    with people.app.app_context():
        answer = db.session.query(Answer).one()
        assert (answer.check_in_id, answer.version, answer.recorded_by) == (1, 1, "customer:1")


def test_words_of_a_person_are_text_everywhere(client: FlaskClient, people: Complainant) -> None:
    attack = "</textarea><script>alert(1)</script>{{ 7*191 }}"
    path = people.is_asked(
        people.brings("K-5", summary=attack, resolution=attack, handler=(attack[:60], "x@ours.example"))
    )
    people.answers(path, "no", comment=attack)
    for page in (client.get(path), client.get(f"{path}/thanks"), client.post(path, data={"comment": attack})):
        assert "<script>" not in page.text
        assert "1337" not in page.text


# The page itself


def test_the_page_is_private_small_and_without_a_cookie(client: FlaskClient, path: str) -> None:
    page = client.get(path)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert "Set-Cookie" not in page.headers
    # One script, from a file of ours, without which everything works.
    (script,) = re.findall(r"<script[^>]*>", page.text)
    addresses = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page.text) + re.findall(r'src="([^"]+)"', script)
    assert len(addresses) == 4
    parts = [page, *(client.get(address.replace("&amp;", "&")) for address in addresses)]
    weight, packed = (sum(size(part.data) for part in parts) for size in (len, lambda data: len(gzip.compress(data))))
    print(f"the form weighs {weight:,} bytes, {packed:,} packed")  # noqa: T201
    assert weight < 40_000


def test_a_case_with_missing_pieces_reads_naturally(client: FlaskClient, people: Complainant) -> None:
    bare = {"summary": None, "subject": None, "resolution": None, "prevention": None, "apology_given": None}
    path = people.is_asked(people.brings("K-8", name=None, handler=None, **bare))
    page = client.get(path)
    assert page.status_code == 200
    assert "None" not in page.text
    assert '<dl class="case">' not in page.text
    people.answers(path, "no")
    thanks = client.get(f"{path}/thanks")
    assert "None" not in thanks.text
    assert "Testwinkel neemt contact met u op" in thanks.text


def test_a_long_case_is_cut_above_the_question_and_whole_below(client: FlaskClient, people: Complainant) -> None:
    long = "Het brood was koud en de koffie ook. " * 30 + "EINDE"
    path = people.is_asked(people.brings("K-8", summary=None, subject=None, description=long, resolution=long))
    page = client.get(path)
    above, _, below = page.text.partition(QUESTION["nl"])
    assert "EINDE" not in above
    assert below.count("EINDE") == 2
