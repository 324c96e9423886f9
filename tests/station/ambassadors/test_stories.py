"""Stories: only the very words that their person agreed to are public, and only for as long as they agree."""

from __future__ import annotations

import json

import feedparser
import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedbackloop.ambassadors import stories, story_answers
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.people import privacy
from tests.support.clock import Clock
from tests.support.colleague import signed_in
from tests.support.forms import forms_of, submit
from tests.support.smtp import Sink
from tests.support.storyteller import MARKETING, SAID, TOLD, Storyteller


def press(desk: FlaskClient, page: str, action: str, **fields: str) -> None:
    """One of the buttons of a page, of those that lead to the same address."""
    forms = [one for one in forms_of(desk.get(page).text) if one.action.endswith(action)]
    wanted = [one for one in forms if set(fields.items()) <= set(one.fields)]
    assert len(wanted) == 1, [one.fields for one in forms]
    assert desk.post(wanted[0].action, data=dict(wanted[0].fields)).status_code == 303


SHORT = "Ik was boos… u belde zelf, en het is netjes opgelost."


@pytest.fixture
def people(app: Flask, sink: Sink, clock: Clock) -> Storyteller:
    return Storyteller(app, sink, clock)


def test_an_allowed_quote_is_public_as_it_was_written(people: Storyteller) -> None:
    story_id = people.quoted()
    assert people.state(story_id) == ("agreed", "quoted")
    slug = people.told_of(story_id).slug
    assert not any(SAID in text for text in people.everywhere(slug).values())
    people.publishes(story_id)
    found = people.everywhere(slug)
    for path, text in found.items():
        assert slug in text, path
        if path != "/sitemap.xml":
            assert SAID in text, path
            assert "Door ons gekozen" in text, path
        assert "Marleen" not in text, "a quote is without a name"
    picture = people.sees(f"/stories/{slug}/picture.png")
    assert (picture.status_code, picture.mimetype, picture.data[:4]) == (200, "image/png", b"\x89PNG")


@pytest.mark.parametrize("how", ["consent", "erased", "changed"])
def test_a_quote_that_is_taken_back_is_gone_everywhere(people: Storyteller, how: str) -> None:
    answer_path = people.is_asked(people.brings("K-1"))
    people.answers(answer_path, "yes", comment=SAID, quote_consent="1")
    with people.writing():
        story_id = stories.quote("answer", 1, MARKETING).id
    people.publishes(story_id)
    slug = people.told_of(story_id).slug
    if how == "consent":
        people.answers(answer_path, "yes", comment=SAID)
    elif how == "changed":
        people.answers(answer_path, "yes", comment="Toch niet.", quote_consent="1")
    else:
        with people.writing():
            person = privacy.find("k-1@postvak.example")
            assert person is not None
            privacy.erase(person, "test")
    for path, text in people.everywhere(slug).items():
        assert SAID not in text, path
        assert slug not in text, path
    assert people.sees(f"/stories/{slug}/picture.png").status_code == 404
    page = signed_in(people.app, "marketing").get(f"/staff/stories/{story_id}").text
    if how == "changed":
        assert "Not shown now" in page
    else:
        assert people.state(story_id)[0] == "withdrawn"
        assert SAID not in page
    if how == "erased":
        assert people.told_of(story_id).text is None
        assert all(one.text is None for one in people.told_of(story_id).versions)


def test_a_quote_may_be_shortened_and_then_needs_its_person(people: Storyteller) -> None:
    story_id = people.quoted()
    people.publishes(story_id)
    for wrong in ("Ik was blij.", "u belde zelf…", SAID + " Top."):
        with pytest.raises(stories.NotTheirWords):
            people.edits(story_id, wrong)
    assert people.state(story_id)[0] == "published"
    people.edits(story_id, SHORT)
    assert people.state(story_id) == ("draft", "edited")
    with pytest.raises(Conflict):
        people.publishes(story_id)
    with people.writing(), pytest.raises(Conflict):
        stories.settle(story_id, MARKETING)
    path = people.asks(story_id)
    assert SHORT in people.sees(path).text
    people.sends(path, answer="yes", naming="without")
    people.publishes(story_id)
    assert SHORT in people.sees("/stories/").text
    # It stands on this agreement now, and on the first one no more.
    people.takes_back(story_id, "quote")
    assert SHORT in people.sees("/stories/").text
    people.takes_back(story_id, "story")
    assert SHORT not in people.sees("/stories/").text
    # Whole again, the words need the consent that ended.
    with pytest.raises(Conflict, match="Conflict"):
        people.edits(story_id, SAID)


def test_the_person_reads_the_very_text_and_a_get_records_nothing(people: Storyteller) -> None:
    story_id, path = people.asked()
    page = people.sees(path)
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    for line in ("Wij brachten de taart alsnog.", "De volgende keer bellen wij eerder.", "Toch nog taart"):
        assert line in page.text
    assert "Door ons gekozen" in page.text
    assert "checked" not in page.text, "nothing is chosen for them"
    for method in ("GET", "HEAD"):
        people.app.test_client().open(path, method=method)
    assert people.state(story_id) == ("asked", None)
    assert people.consent_texts(story_id) == {}
    for wrong in (
        {},
        {"answer": "maybe"},
        {"answer": "yes"},
        {"answer": "yes", "naming": "with"},
        {"answer": "changes"},
    ):
        answer = people.sends(path, **wrong)
        assert (answer.status_code, people.state(story_id)[0]) == (400, "asked"), wrong
        assert "Fout: " in answer.text


def test_a_yes_is_a_consent_with_its_words_and_the_name_is_another(people: Storyteller) -> None:
    story_id, path = people.asked()
    people.sends(path, answer="yes", naming="with", name="Marleen O.")
    assert people.state(story_id) == ("agreed", "said_yes")
    texts = people.consent_texts(story_id)
    assert texts["story"].startswith("story-1: U mag mijn verhaal tonen, in precies deze woorden")
    assert texts["name"].startswith("story-name-1: U mag de naam die ik gaf")
    assert "Wij mogen dit tonen" in people.sees(path).text
    people.publishes(story_id)
    slug = people.told_of(story_id).slug
    assert all("Marleen O." in text for name, text in people.everywhere(slug).items() if name != "/sitemap.xml")
    people.takes_back(story_id, "name")
    assert people.state(story_id)[0] == "published"
    for name, text in people.everywhere(slug).items():
        assert "Marleen" not in text, name
        assert slug in text, name


def test_what_was_agreed_to_is_the_very_text(people: Storyteller) -> None:
    story_id, path = people.told()
    people.edits(story_id, TOLD.text + " Gratis.", TOLD.title)
    assert people.state(story_id) == ("draft", "edited")
    assert not any("taart" in text for text in people.everywhere(people.told_of(story_id).slug).values())
    # The link opens the text that it was sent for: it says nothing about another one.
    old = people.sees(path)
    assert "Er is een nieuwere tekst" in old.text
    assert "Gratis" not in old.text
    assert people.sends(path, answer="yes", naming="without").status_code == 409
    assert people.state(story_id) == ("draft", "edited")
    people.sends(people.asks(story_id), answer="yes", naming="without")
    people.publishes(story_id)
    assert "Gratis." in people.sees("/stories/").text
    # And it takes a 'no' for all of it.
    assert people.sends(path, answer="no").status_code == 303
    assert people.state(story_id) == ("withdrawn", "said_no")
    assert "Gratis" not in people.sees("/stories/").text


def test_their_own_words_come_back_and_are_taken_as_they_are(people: Storyteller) -> None:
    story_id, path = people.asked()
    people.sends(path, answer="changes", words="Na een telefoontje kwam er taart.", naming="with", name="Marleen")
    assert people.state(story_id) == ("draft", "said_changes")
    desk = signed_in(people.app, "marketing")
    page = desk.get(f"/staff/stories/{story_id}").text
    assert "Na een telefoontje kwam er taart." in page
    version = people.told_of(story_id).versions[-1].id
    press(desk, f"/staff/stories/{story_id}", "/words", version=str(version), decision="take")
    story = people.told_of(story_id)
    assert (story.text, story.status, story.shown_name) == ("Na een telefoontje kwam er taart.", "agreed", "Marleen")
    with people.writing(), pytest.raises(Conflict):
        stories.take_words(story_id, version, True, MARKETING)
    people.publishes(story_id)
    assert "Na een telefoontje" in people.sees("/stories/").text
    people.sends(path, answer="no")
    assert people.state(story_id) == ("withdrawn", "said_no")


def test_a_no_is_kept_and_only_they_change_it(people: Storyteller) -> None:
    story_id, path = people.told()
    assert people.sends(path, answer="no").status_code == 303
    assert "Wij tonen uw verhaal niet" in people.sees(path).text
    assert people.allowed(story_id) == set()
    for again in (lambda: people.edits(story_id, "Anders.", "Titel"), lambda: people.asks(story_id)):
        with pytest.raises(Conflict):
            again()
    desk = signed_in(people.app, "marketing")
    for address in ("/staff/stories/", f"/staff/stories/{story_id}"):
        assert "taart" not in desk.get(address).text
    assert desk.get(f"/staff/stories/{story_id}/picture.png").status_code == 404
    assert people.sends(path, answer="yes", naming="without").status_code == 303
    assert people.state(story_id) == ("agreed", "said_yes")


def test_the_link_ends_with_time_or_never(people: Storyteller) -> None:
    _story_id, path = people.asked()
    told, answered = people.told("K-2")
    people.clock.set(people.clock.now.replace(year=2028))
    assert people.sees(path).status_code == 410
    assert people.sends(path, answer="yes", naming="without").status_code == 410
    assert people.sees(answered).status_code == 200
    assert people.sends(answered, answer="no").status_code == 303
    assert people.state(told) == ("withdrawn", "said_no")
    assert people.sees("/story/1.forged").status_code == 404
    assert people.sees(path.replace("/story/", "/agreement/")).status_code == 404


def test_who_is_not_mailed_is_not_asked_and_it_says_why(people: Storyteller) -> None:
    story_id = people.drafted()
    people.reopens(people.told_of(story_id).complaint_id or 0)
    with people.writing():
        assert stories.ask(story_id, MARKETING).reason == "open_again"
    assert people.state(story_id)[0] == "draft"
    assert people.outbox("story_agreement") == []
    desk = signed_in(people.app, "marketing")
    assert "Their complaint is open again: wait" in desk.get(f"/staff/stories/{story_id}").text


def test_a_complaint_that_opens_again_takes_the_story_off(people: Storyteller) -> None:
    story_id, _path = people.told()
    people.reopens(people.told_of(story_id).complaint_id or 0)
    assert people.state(story_id) == ("agreed", "open_again")
    assert "taart" not in people.sees("/stories/").text
    with pytest.raises(Conflict):
        people.publishes(story_id)


def test_an_exception_that_worked_is_found_with_its_reason(people: Storyteller) -> None:
    complaint = people.says_yes("K-7", rule="Retour binnen 14 dagen", name="Aleida Vos")
    people.brings("K-8", rule="Retour binnen 14 dagen")
    desk = signed_in(people.app, "marketing")
    page = desk.get("/staff/stories/candidates?of=exceptions").text
    assert ("K-7" in page, "K-8" in page) == (True, False)
    assert "Retour binnen 14 dagen" in page
    assert "It names a rule and was solved all the same" in page
    assert "Aleida" not in page
    assert "een uur te laat" not in page, "what was complained of is not for marketing"
    new = f"/staff/stories/new?exception={complaint}"
    assert submit(desk, new, form="/new", title="Na 15 dagen", text="x").status_code == 400
    given = {"title": "Na 15 dagen", "text": "Aleida Vos kreeg haar geld op dag 15.", "who": "nobody"}
    answer = submit(desk, new, form="/new", **given)
    assert answer.status_code == 303, answer.text
    story = answer.location
    assert "K-7" not in desk.get("/staff/stories/candidates?of=exceptions").text
    assert submit(desk, story, form="/settle").status_code == 303
    page = desk.get(story).text
    assert "It names nobody, so that nobody was asked" in page
    assert "Aleida Vos" in page.partition("This may tell who it is about")[2]
    assert submit(desk, story, form="/publish").status_code == 400
    assert "Na 15 dagen" not in people.sees("/stories/").text
    edited = submit(desk, f"{story}/edit", form="/edit", text="Een klant kreeg het geld op dag 15.")
    assert edited.status_code == 303, edited.text
    for action in ("/settle", "/publish"):
        assert submit(desk, story, form=action).status_code == 303
    assert "op dag 15" in people.sees("/stories/").text
    with people.writing():
        person = privacy.find("k-7@postvak.example")
        assert person is not None
        privacy.erase(person, "test")
    assert "op dag 15" not in people.sees("/stories/").text


def test_quotes_come_in_by_one_press_and_once(people: Storyteller) -> None:
    people.allows_quote("K-1")
    people.says_yes("K-2", {"comment": "Dit blijft onder ons."})
    desk = signed_in(people.app, "marketing")
    page = desk.get("/staff/stories/candidates")
    assert SAID in page.text
    assert "onder ons" not in page.text
    answer = submit(desk, "/staff/stories/candidates", form="/quote")
    assert answer.status_code == 303
    assert SAID not in desk.get("/staff/stories/candidates").text
    with people.writing(), pytest.raises(NotFound):
        stories.quote("answer", 1, MARKETING)
    with people.writing(), pytest.raises(NotFound):
        stories.quote("answer", 2, MARKETING)
    listed = desk.get("/staff/stories/?status=agreed&kind=quote&locale=nl").text
    assert SAID[:40] in listed
    for other in ("status=draft", "kind=story", "locale=en", "category=x"):
        assert SAID[:40] not in desk.get(f"/staff/stories/?{other}").text
    assert SAID[:40] in desk.get("/staff/stories/?status=nonsense&after=").text


def test_a_review_may_be_quoted_where_its_writer_allows(people: Storyteller) -> None:
    people.says_yes("K-1", {"comment": "Goed.", "quote_consent": "1"})
    path = people.link_of_invitation()
    assert people.writes(path, 4, text="Heel netjes geregeld.").status_code == 303
    people.shows(1)
    with people.writing():
        story_id = stories.quote("review", 1, MARKETING).id
    people.publishes(story_id)
    assert "Heel netjes geregeld." in people.sees("/stories/").text
    people.takes_back(story_id, "quote")
    assert "Heel netjes geregeld." not in people.sees("/stories/").text


def test_the_feeds_say_the_same_and_stay_inert(people: Storyteller, client: FlaskClient) -> None:
    nasty = stories.Words("Te laat <script>alert(1)</script> ]]> & \u2028.", "Toch <b>taart</b>")
    people.told("K-1", words=nasty)
    people.told("K-2")
    answer = client.get("/stories/feed.atom?lang=nl")
    atom = feedparser.parse(answer.data, response_headers={"content-type": answer.headers["Content-Type"]})
    assert not atom.bozo
    feed = json.loads(client.get("/stories/feed.json?lang=nl").data)
    assert [(one.id, one.title) for one in atom.entries] == [(one["id"], one["title"]) for one in feed["items"]]
    assert "Door ons gekozen" in atom.entries[0].content[0].value
    assert "<script" not in atom.entries[1].content[0].value
    assert b"<script" not in client.get("/stories.json").data
    assert "<script>alert" not in client.get("/stories/").text
    for path, found in (("/stories/toch-b-taart-b-1", 200), ("/stories/none-1", 404), ("/stories/", 404)):
        answer = client.get(f"/oembed.json?url=http://localhost{path}")
        assert answer.status_code == found, path
        if found == 200:
            assert "Door ons gekozen" in (answer.json or {})["html"]
            assert "<script" not in (answer.json or {})["html"]
    policy = client.get("/embed/stories").headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert "frame-ancestors 'none'" in client.get("/stories/").headers["Content-Security-Policy"]
    for path in ("/stories/", "/embed/stories", "/stories.json", "/stories/feed.atom"):
        assert "Set-Cookie" not in client.get(path).headers
    assert (
        "Access-Control-Allow-Origin"
        not in client.get("/stories.json", headers={"Origin": "https://x.example"}).headers
    )
    assert client.get("/stories/none-such").status_code == 404
    assert client.get("/stories/?after=x").status_code == 400


def test_what_is_copied_is_escaped_and_labelled(people: Storyteller) -> None:
    story_id, _path = people.told(words=stories.Words("Tekst <b>vet</b> & meer.", "Titel"))
    page = signed_in(people.app, "marketing").get(f"/staff/stories/{story_id}").text
    snippet = page.partition("data-copied>")[2].partition("</textarea>")[0]
    assert "&amp;lt;b&amp;gt;vet" in snippet
    assert "Chosen by us" in snippet
    assert signed_in(people.app, "quality").post(f"/staff/stories/{story_id}/off").status_code in (400, 403)


def test_two_who_write_at_once_do_not_overwrite_each_other(people: Storyteller) -> None:
    story_id = people.drafted()
    one, other = signed_in(people.app, "marketing"), signed_in(people.app, "admin")
    page = f"/staff/stories/{story_id}/edit"
    assert submit(one, page, form="/edit", text="De eerste.").status_code == 303
    late = submit(other, page, form="/edit", text="De tweede.", version="1")
    assert late.status_code == 409
    assert people.told_of(story_id).text == "De eerste."


def test_a_draft_begins_for_who_wants_their_story_told_and_once(people: Storyteller) -> None:
    complaint = people.says_yes()
    for _again in range(2):
        with people.writing():
            made = story_answers.begin_for([(1, complaint), (2, complaint)])
    assert made == [], "the second time there is one"
    assert people.state(1) == ("draft", None)
    assert people.told_of(1).text == "U kreeg al uw geld terug, € 48,60."
    assert people.outbox("story_agreement") == []
    people.sends(people.asks(1), answer="yes", naming="without")
    assert people.state(1) == ("agreed", "said_yes")
