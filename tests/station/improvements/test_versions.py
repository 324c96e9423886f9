"""What is published is a dated version; other words are a correction that all can see; what is gone leaves a page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from feedbackloop.core.kept.answers import FRESH_S
from feedbackloop.improvements.service import Words
from tests.support.colleague import signed_in
from tests.support.forms import submit
from tests.support.improver import EN, NL, Improver

LIST = "/staff/improvements/"


@pytest.fixture
def settings_env(settings_env: dict[str, str]) -> dict[str, str]:
    return {**settings_env, "FEEDBACKLOOP_NEWS_BATCH": "0s"}


@pytest.fixture
def quality(people: Improver) -> FlaskClient:
    return signed_in(people.app, "quality")


def _public(people: Improver, improvement_id: int) -> str:
    return f"/improvements/{people.slug(improvement_id)}"


def test_a_correction_shows_its_date_its_note_and_the_words_before(
    people: Improver, client: FlaskClient, quality: FlaskClient
) -> None:
    made = people.public(texts={"nl": NL, "en": EN})
    assert "Gewijzigd" not in client.get(f"{_public(people, made)}?lang=nl").text
    people.clock.advance(timedelta(hours=3))
    edit = f"{LIST}{made}/edit"
    without = submit(quality, edit, form=LIST, we_did_nl="Wij rijden vaker.")
    assert without.status_code == 400
    assert "Say in short what you changed." in without.text
    saved = submit(quality, edit, form=LIST, we_did_nl="Wij rijden vaker.", note_nl="De bus rijdt vaker.")
    assert saved.status_code == 303
    page = client.get(f"{_public(people, made)}?lang=nl").text
    assert "Gewijzigd op <time" in page
    assert "3 november 2026" in page
    assert "De bus rijdt vaker." in page
    assert "Wij rijden vaker." in page
    assert NL.we_did not in page
    english = client.get(f"{_public(people, made)}?lang=en").text
    assert '<span lang="nl">De bus rijdt vaker.</span>' in english
    before = client.get(f"{_public(people, made)}/versions/1?lang=nl")
    assert before.status_code == 200
    assert before.cache_control.max_age == FRESH_S
    assert NL.we_did in before.text
    assert "Wij rijden vaker." not in before.text
    assert 'content="noindex"' in before.text
    assert "Zo stond het hier van" in before.text
    assert EN.we_did in client.get(f"{_public(people, made)}/versions/1?lang=en").text
    assert client.get(f"{_public(people, made)}/versions/2?lang=nl").headers["Location"].endswith("?lang=nl")
    for unknown in ("3", "0", "999999999999", "x"):
        assert client.get(f"{_public(people, made)}/versions/{unknown}").status_code == 404


def test_the_same_words_again_are_no_correction(people: Improver, client: FlaskClient, quality: FlaskClient) -> None:
    made = people.public(texts={"nl": NL})
    assert submit(quality, f"{LIST}{made}/edit", form=LIST, category="bezorging").status_code == 303
    people.changes(made, status="done")
    assert "How it stood before" not in client.get(f"{_public(people, made)}?lang=en").text


def test_what_is_taken_off_leaves_a_page_and_can_come_back(
    people: Improver, client: FlaskClient, quality: FlaskClient
) -> None:
    made = people.public(texts={"nl": NL})
    address = _public(people, made)
    people.changes(made, texts={"nl": Words(NL.you_said, "Iets anders.")}, notes={"nl": "Anders."})
    people.clock.advance(timedelta(hours=1))
    people.unpublishes(made)
    for path in (address, f"{address}/versions/1"):
        for locale, sentence in (("nl", "Wij hebben het op"), ("en", "We took it off this page on")):
            gone = client.get(f"{path}?lang={locale}")
            assert gone.status_code == 410
            assert gone.cache_control.max_age == FRESH_S
            assert sentence in gone.text
            assert NL.you_said not in gone.text
            assert "Iets anders." not in gone.text
            assert "Set-Cookie" not in gone.headers
    for feed in ("/improvements/", "/improvements/feed.atom", "/improvements/feed.json", "/improvements.json"):
        assert NL.you_said not in client.get(feed).text
    people.changes(made, texts={"nl": Words(NL.you_said, "Weer iets anders.")})
    assert "Say in short what you changed." in submit(quality, f"{LIST}{made}", form="/publish").text
    assert client.get(address).status_code == 410
    submit(quality, f"{LIST}{made}", form="/publish", note_nl="Beter gezegd.")
    page = client.get(f"{address}?lang=nl").text
    assert "Beter gezegd." in page
    assert "Weer iets anders." in page
    assert "Iets anders." in client.get(f"{address}/versions/2?lang=nl").text


def test_a_draft_has_no_versions_and_no_page(people: Improver, client: FlaskClient) -> None:
    made = people.writes()
    assert client.get(f"{_public(people, made)}/versions/1").status_code == 404
    assert client.get("/improvements/unknown/versions/1").status_code == 404


def test_publish_edit_unpublish_publish_is_one_mail_for_each_milestone(people: Improver) -> None:
    made = people.public([people.complains("K-1"), people.complains("K-2")])
    assert len(people.tells()) == 2
    for round_ in range(2):
        people.changes(made, texts={"nl": Words(NL.you_said, f"Ronde {round_}.")}, notes={"nl": "Anders."})
        people.unpublishes(made)
        people.changes(made, texts={"nl": Words(NL.you_said, f"Ronde {round_}, terug.")})
        people.publishes(made)
    assert people.tells() == []
    people.changes(made, status="done")
    people.unpublishes(made)
    people.changes(made, texts={"nl": Words(NL.you_said, "Klaar.")})
    people.publishes(made)
    assert len(people.tells()) == 2
    people.changes(made, status="in_progress")
    people.changes(made, status="done")
    assert people.tells() == []
    told = [(milestone, status) for _id, milestone, status, _reason in people.tellings() if status == "sent"]
    assert sorted(told) == [("done", "sent")] * 2 + [("published", "sent")] * 2


def test_an_idea_is_for_staff_and_why_not_is_for_everybody(
    people: Improver, client: FlaskClient, quality: FlaskClient
) -> None:
    made = people.writes(texts={"nl": NL, "en": EN}, status="idea")
    page = quality.get(f"{LIST}{made}").text
    assert "An idea is not published" in page
    assert ">Publish</button>" not in page
    moved = submit(quality, f"{LIST}{made}/edit", form=LIST, status="not_possible", reason_nl="Te duur.")
    assert moved.status_code == 400
    assert "Say why it is not possible." in moved.text
    submit(quality, f"{LIST}{made}/edit", form=LIST, status="not_possible", reason_nl="Te duur.", reason_en="Too dear.")
    submit(quality, f"{LIST}{made}", form="/publish")
    for locale, reason in (("nl", "Te duur."), ("en", "Too dear.")):
        assert reason in client.get(f"{_public(people, made)}?lang={locale}").text
        assert reason in client.get(f"/improvements/?lang={locale}").text
    assert "Idea" not in client.get("/improvements/?lang=en").text


def test_a_status_that_needs_a_reason_leads_to_the_form(people: Improver, quality: FlaskClient) -> None:
    made = people.public()
    page = quality.get(f"{LIST}{made}").text
    assert "Change to ‘Not possible’, and say why" in page
    form = quality.get(f"{LIST}{made}/edit?status=not_possible").text
    assert '<option selected value="not_possible">' in form
    assert '<option selected value="planned">' in quality.get(f"{LIST}{made}/edit?status=nonsense").text


def test_the_stored_words_are_previewed_as_the_public_will_see_them(people: Improver, quality: FlaskClient) -> None:
    made = people.writes(texts={"nl": NL, "en": EN})
    for locale, words in (("nl", NL), ("en", EN)):
        page = quality.get(f"{LIST}{made}/preview?locale={locale}")
        assert f'<html lang="{locale}"' in page.text
        assert words.we_did in page.text
        assert "noindex" in page.text
        assert page.headers["Cache-Control"] == "no-store"
    assert signed_in(people.app, "handler").get(f"{LIST}{made}/preview").status_code == 403


def test_an_owner_is_an_account_or_a_name(people: Improver, quality: FlaskClient) -> None:
    made = people.writes()
    edit = f"{LIST}{made}/edit"
    submit(quality, edit, form=LIST, owner="1", owner_name="Noor")
    found = people.improvement(made)
    assert (found.owner_id, found.owner_name) == (1, None)
    assert "<dd>Quality</dd>" in quality.get(f"{LIST}{made}").text
    submit(quality, edit, form=LIST, owner="", owner_name="Noor")
    assert (people.improvement(made).owner_id, people.improvement(made).owner_name) == (None, "Noor")
    submit(quality, edit, form=LIST, owner="99", owner_name="Noor")
    assert people.improvement(made).owner_id is None


def test_two_who_edit_at_once_do_not_overwrite_each_other(people: Improver, quality: FlaskClient) -> None:
    made = people.writes()
    people.changes(made, texts={"nl": Words("a", "b")})
    answer = submit(quality, f"{LIST}{made}/edit", form=LIST, we_did_nl="c", seen="1")
    assert answer.status_code == 409
    assert "Somebody else changed it while you were writing." in answer.text
    assert people.improvement(made).texts[0].we_did == "b"
