"""The page behind a told-you-so mail: one required choice, which may change while the link lives."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from feedbackloop.core import db as transactions
from feedbackloop.core import tokens
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.people import privacy
from feedbackloop.people.models import Customer
from tests.support.colleague import signed_in
from tests.support.forms import submit
from tests.support.improver import EN, NL, Improver

DAY = timedelta(days=1)


@pytest.fixture
def link(people: Improver) -> str:
    """The link of a mail that was sent about something that is done."""
    people.public([people.complains()], status="done", texts={"nl": NL, "en": EN})
    mails = people.tells()
    return people.path(mails[0], "/told/")


def test_the_page_opens_with_their_own_words_and_asks_without_an_answer_chosen(
    people: Improver, client: FlaskClient, link: str
) -> None:
    page = client.get(link)
    assert page.status_code == 200
    assert "Op 27 oktober 2026 vertelde u ons" in page.text
    assert "De bestelling voor het feest van mijn moeder kwam een uur te laat." in page.text
    assert NL.we_did in page.text
    assert page.text.count('name="helps"') == 2
    assert " checked" not in page.text
    assert people.telling().helps is None


@pytest.mark.parametrize("given", [{}, {"helps": ""}, {"helps": "maybe"}, {"helps": "YES"}])
def test_without_a_choice_nothing_is_recorded(
    people: Improver, client: FlaskClient, link: str, given: dict[str, str]
) -> None:
    answer = client.post(link, data=given)
    assert answer.status_code == 400
    assert "Kies een van de twee antwoorden." in answer.text
    assert "<title>Fout:" in answer.text
    assert people.telling().helps is None


@pytest.mark.parametrize(("helps", "words"), [("yes", "Ja, dit lost het op"), ("no", "Nee, dit is het niet")])
def test_an_answer_is_recorded_and_shown(
    people: Improver, client: FlaskClient, link: str, helps: str, words: str
) -> None:
    answer = client.post(link, data={"helps": helps})
    assert (answer.status_code, answer.headers["Location"]) == (303, link)
    page = client.get(link).text
    assert "Dank u, wij hebben uw antwoord" in page
    assert words in page
    assert (people.telling().helps, people.telling().answered_at) == (helps, people.clock.now)


def test_an_answer_may_change_while_the_link_lives_and_every_change_is_kept(
    people: Improver, client: FlaskClient, link: str
) -> None:
    for helps in ("yes", "yes", "no"):
        client.post(link, data={"helps": helps})
    assert people.telling().helps == "no"
    with people.app.app_context():
        rows = db.session.query(History).filter_by(subject="telling", what="answered").order_by(History.id)
        assert [(row.from_state, row.to_state) for row in rows] == [(None, "yes"), ("yes", "no")]
        assert {row.actor for row in rows} == {f"customer:{people.telling().customer_id}"}


def test_looking_records_nothing(people: Improver, client: FlaskClient, link: str) -> None:
    for path in (link, f"{link}?helps=yes"):
        client.get(path)
        client.head(path)
        client.options(path)
    assert people.telling().helps is None


def test_what_is_not_done_is_not_called_a_solution(people: Improver, client: FlaskClient) -> None:
    people.public([people.complains()], status="not_possible")
    page = client.get(people.told_path()).text
    assert "Waarom dit niet kan" in page
    assert "Ja, dit helpt" in page
    assert "lost het op" not in page


def test_the_page_speaks_the_persons_language_or_the_one_they_choose(people: Improver, client: FlaskClient) -> None:
    people.public([people.complains(locale="en-GB")], texts={"nl": NL, "en": EN})
    link = people.told_path()
    page = client.get(link, headers={"Accept-Language": "nl"}).text
    assert '<html lang="en"' in page
    assert EN.we_did in page
    assert NL.we_did in client.get(f"{link}?lang=nl").text
    sent = client.post(f"{link}?lang=nl", data={"helps": "yes"})
    assert sent.headers["Location"] == f"{link}?lang=nl"


def test_the_page_is_private(client: FlaskClient, link: str) -> None:
    headers = client.get(link).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Robots-Tag"] == "noindex"
    assert "Set-Cookie" not in headers


def test_an_unknown_or_forged_link_is_404(people: Improver, client: FlaskClient, link: str) -> None:
    value, _, signature = link.removeprefix("/told/").partition(".")
    with people.app.app_context():
        other = tokens.make("check-in", value)
        gone = tokens.make("told", 99999)
    for token in ("x", f"{value}.x{signature}", f"{int(value) + 1}.{signature}", other, gone, "%00", "9" * 400):
        for verb in (client.get, client.post):
            assert verb(f"/told/{token}").status_code == 404


def test_an_old_link_is_410(people: Improver, client: FlaskClient, link: str) -> None:
    people.clock.advance(90 * DAY - timedelta(seconds=1))
    assert client.get(link).status_code == 200
    people.clock.advance(timedelta(seconds=1))
    assert client.get(link).status_code == 410
    assert client.post(link, data={"helps": "yes"}).status_code == 410
    assert people.telling().helps is None


def test_an_erased_person_and_an_improvement_that_is_not_public_have_no_page(
    people: Improver, client: FlaskClient, link: str
) -> None:
    people.unpublishes(people.telling().improvement_id)
    assert client.get(link).status_code == 404
    people.publishes(people.telling().improvement_id)
    assert client.get(link).status_code == 200
    with people.app.app_context(), transactions.transaction():
        db.session.query(Customer).one().erased_at = people.clock.now
    assert client.get(link).status_code == 404


def test_what_is_still_missing_is_said_in_their_own_words(people: Improver, client: FlaskClient, link: str) -> None:
    page = client.get(link).text
    assert page.count('name="comment"') == 1
    client.post(link, data={"helps": "no", "comment": "  De bus komt nog steeds\r\nom tien uur. <b>Echt</b>  "})
    assert people.telling().comment == "De bus komt nog steeds\nom tien uur. <b>Echt</b>"
    page = client.get(link).text
    assert "om tien uur. &lt;b&gt;Echt&lt;/b&gt;" in page
    assert "Ons kwaliteitsteam leest dit" in page
    assert client.post(link, data={"helps": "no", "comment": "x" * 2001}).status_code == 400
    assert client.post(link, data={"helps": "yes"}).status_code == 303
    assert (people.telling().helps, people.telling().comment) == ("yes", None)


def test_this_is_not_it_comes_back_to_quality_and_stands_on_the_complaint(
    people: Improver, client: FlaskClient, link: str
) -> None:
    client.post(link, data={"helps": "no", "comment": "Het brood is nog koud."})
    quality, handler = signed_in(people.app, "quality"), signed_in(people.app, "handler")
    marketing = signed_in(people.app, "marketing")
    assert "/staff/improvements/told?look=waiting" in quality.get("/staff/").text
    waiting = quality.get("/staff/improvements/told?look=waiting").text
    assert "Het brood is nog koud." in waiting
    assert "1 person says that this is not it" in waiting
    case = handler.get(f"/staff/complaints/{people.telling().complaint_id}").text
    assert "Het brood is nog koud." in case.partition('id="told"')[2]
    assert "No, this is not it" in case
    own = f"/staff/improvements/{people.telling().improvement_id}"
    assert "Het brood is nog koud." in quality.get(own).text
    for path in (own, "/staff/improvements/told"):
        assert "Het brood is nog koud." not in marketing.get(path).text
    path = f"/staff/improvements/told/{people.telling().id}/looked-at"
    assert "looked-at" not in marketing.get("/staff/improvements/told").text
    submit(quality, "/staff/improvements/told?look=waiting", form="looked-at")
    assert people.telling().looked_at == people.clock.now
    after = quality.get("/staff/improvements/told?look=waiting").text
    assert "Het brood is nog koud." not in after
    assert "Het brood is nog koud." in quality.get("/staff/improvements/told").text
    assert people.story(people.telling().complaint_id, "telling")[-2:] == ["answered", "looked_at"]
    # A new answer is looked at anew.
    client.post(link, data={"helps": "no", "comment": "Nog steeds koud."})
    assert people.telling().looked_at is None
    assert "Nog steeds koud." in quality.get("/staff/improvements/told?look=waiting").text
    assert quality.get(path).status_code == 405


def test_what_nobody_answered_cannot_be_looked_at(people: Improver, link: str) -> None:
    quality = signed_in(people.app, "quality")
    page = quality.get("/staff/improvements/told").text
    assert "looked-at" not in page
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    for number in (people.telling().id, 99999):
        path = f"/staff/improvements/told/{number}/looked-at"
        assert quality.post(path, data={"csrf_token": token}).status_code == 404
    assert people.telling().looked_at is None


def test_their_words_go_with_the_person(people: Improver, client: FlaskClient, link: str) -> None:
    client.post(link, data={"helps": "no", "comment": "Het brood is nog koud."})
    with people.app.app_context(), transactions.transaction():
        privacy.erase(db.session.query(Customer).one(), "staff:1")
    assert (people.telling().helps, people.telling().comment) == ("no", None)


class TestLimits:
    @pytest.fixture
    def settings_env(self, settings_env: dict[str, str]) -> dict[str, str]:
        return {**settings_env, "FEEDBACKLOOP_RATE_LIMITS": "on"}

    def test_ten_answers_a_minute_are_enough_and_looking_is_free(self, client: FlaskClient, link: str) -> None:
        found = [client.post(link, data={"helps": "yes"}).status_code for _ in range(11)]
        assert found == [303] * 10 + [429]
        assert client.get(link).status_code == 200
