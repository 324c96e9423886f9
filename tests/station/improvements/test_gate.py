"""Nothing that could tell who complained becomes public, unless a second person let that very thing stand."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feedbackloop.core import db as transactions
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.improvements import gate, queries, service
from feedbackloop.improvements.models import ImprovementVersion, Overruling, WaitingCorrection
from feedbackloop.improvements.service import Words
from tests.support.colleague import signed_in
from tests.support.forms import submit
from tests.support.improver import EN, NL, Improver

pytestmark = pytest.mark.takes_turns

LIST = "/staff/improvements/"
NAMED = Words("Te laat.", "Wij belden Hendrik Sloot.")


@pytest.fixture
def writer(people: Improver) -> FlaskClient:
    """Account 1, in whose name `people` acts as well."""
    return signed_in(people.app, "quality", "Noor")


@pytest.fixture
def second(people: Improver, writer: FlaskClient) -> FlaskClient:
    return signed_in(people.app, "quality", "Bram")


def _draft(people: Improver, texts: dict[str, Words] | None = None, **given: Any) -> str:
    return f"{LIST}{people.writes([people.complains(name='Hendrik Sloot', **given)], texts=texts or {'nl': NAMED})}"


def _number(path: str) -> int:
    return int(path.rpartition("/")[2])


def _post(client: FlaskClient, path: str, verb: str, **fields: str) -> TestResponse:
    """Sends what a button of the page would send, whether the page shows it or not."""
    token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).text)[0]
    return client.post(f"{path}/{verb}", data={"csrf_token": token, **fields}, follow_redirects=True)


def _refs(people: Improver, path: str) -> list[str]:
    with people.app.app_context():
        found = queries.by_id(_number(path))
        assert found is not None
        return [one.ref for one in gate.judged(found)]


def test_every_kind_is_marked_in_the_text_with_the_reason(people: Improver, writer: FlaskClient) -> None:
    said = "Ik stond al drie weken te wachten op een antwoord van iemand"
    complaint = people.complains(
        "K-2602",
        name="Hendrik Sloot",
        description=f"{said} bij u.",
        handler=("Samira Vink", "s@ours.example"),
        phone="0611223344",
    )
    text = (
        "Sloot belde Samira over K-2602. Zijn nummer is 06 11 22 33 44. Hij woont op Wilgenstraat 14b.\n\n"
        f"U schreef: {said}. Mail h@post.example, NL91 ABNA 0417 1643 00, BSN 123456782."
    )
    people.writes([complaint], texts={"nl": Words("Te laat.", text), "en": EN})
    page = writer.get(f"{LIST}1").text
    marks = dict(re.findall(r'<mark>([^<]+)</mark> <span class="why"[^>]*>\(([^)]+)', page))
    assert {name: " ".join(why.split()) for name, why in marks.items()} == {
        "Sloot": "what looks like somebody’s name",
        "Samira": "the name of a colleague who handled it",
        "K-2602": "an order, customer or case number",
        "06 11 22 33 44": "a telephone number",
        "Wilgenstraat 14b": "where somebody lives",
        said: "eight or more words copied from a complaint",
        "h@post.example": "an e-mail address",
        "NL91 ABNA 0417 1643 00": "an account number",
        "123456782": "a citizen service number (BSN",
    }
    assert "We did, Nederlands" in page


def test_who_wrote_it_cannot_publish_it_nor_overrule_the_gate(
    people: Improver, writer: FlaskClient, second: FlaskClient
) -> None:
    path = _draft(people)
    page = writer.get(path).text
    assert "You wrote these words yourself." in page
    assert "This may stand there" not in page
    assert ">Publish</button>" not in page
    assert "Not published" in _post(writer, path, "publish").text
    assert "You wrote these words yourself." in _post(writer, path, "overrule", ref=_refs(people, path)[0]).text
    assert people.count(Overruling) == 0
    assert not people.improvement(_number(path)).public


def test_a_second_person_lets_it_stand_and_then_it_is_published(
    people: Improver, writer: FlaskClient, second: FlaskClient
) -> None:
    path = _draft(people)
    submit(writer, path, form="/ask")
    assert "home page of your colleagues" in writer.get(path).text
    page = second.get(path).text
    assert "You are a second person here." in page
    submit(second, path, form="/overrule")
    assert "May stand there, says Bram." in writer.get(path).text
    submit(writer, path, form="/publish")
    found = people.improvement(_number(path))
    assert (found.public, found.asked_by) == (True, None)
    with people.app.app_context():
        row = db.session.query(History).filter_by(what="overruled").one()
        assert (row.actor, row.reason, (row.detail or {})["place"]) == ("staff:2", "name", "nl.we_did")
        assert "sloot" not in str(vars(row)).lower()
        assert "sloot" not in str([vars(one) for one in db.session.query(Overruling)]).lower()


def test_one_person_is_not_two_who_lets_it_stand_and_asks_for_it_as_well(
    people: Improver, writer: FlaskClient, second: FlaskClient
) -> None:
    path = _draft(people)
    submit(second, path, form="/overrule")
    assert "that is one person" in second.get(path).text
    assert "Not published" in _post(second, path, "publish").text
    assert not people.improvement(_number(path)).public
    submit(writer, path, form="/publish")
    assert people.improvement(_number(path)).public


def test_who_asked_cannot_overrule_any_more(people: Improver, writer: FlaskClient, second: FlaskClient) -> None:
    path = _draft(people)
    submit(second, path, form="/overrule")
    _post(second, path, "ask")
    assert "that is one person" in second.get(path).text
    assert (
        "You asked for this to be public yourself." in _post(second, path, "overrule", ref=_refs(people, path)[0]).text
    )


@pytest.mark.parametrize(
    "texts",
    [
        {"nl": Words("Te laat.", "Wij belden Hendrik Sloot op 06-12345678.")},
        {"nl": Words("Te laat, zei Hendrik Sloot.", "Wij belden Hendrik Sloot.")},
        {"nl": NAMED, "en": Words("Late.", "We called Hendrik Sloot.")},
    ],
    ids=["other words", "another part", "another language"],
)
def test_what_was_overruled_covers_nothing_new(
    people: Improver, writer: FlaskClient, second: FlaskClient, texts: dict[str, Words]
) -> None:
    path = _draft(people)
    submit(second, path, form="/overrule")
    people.changes(_number(path), texts=texts)
    with pytest.raises(gate.PersonalDataFound) as stopped:
        people.publishes(_number(path))
    assert len(stopped.value.findings) == 1
    people.changes(_number(path), texts={"nl": NAMED, "en": None})
    people.publishes(_number(path))


def test_a_team_of_one_is_told_what_to_do(people: Improver, writer: FlaskClient) -> None:
    signed_in(people.app, "handler", "Kees")
    path = _draft(people)
    page = writer.get(path).text
    assert "Nobody else here may judge this" in page
    assert "Ask a colleague" not in page
    people.changes(_number(path), texts={"nl": NL})
    submit(writer, path, form="/publish")
    assert people.improvement(_number(path)).public


def test_a_finding_that_is_gone_cannot_be_overruled(people: Improver, second: FlaskClient) -> None:
    path = _draft(people)
    ref = _refs(people, path)[0]
    people.changes(_number(path), texts={"nl": NL})
    assert _post(second, path, "overrule", ref=ref).status_code == 409
    assert _post(second, path, "overrule", ref="<x>").status_code == 409


def test_no_token_overrules_and_what_staff_let_stand_it_may_publish(
    people: Improver, client: FlaskClient, second: FlaskClient
) -> None:
    path = _draft(people)
    api = f"/api/v1/improvements/{_number(path)}/publish"
    headers = people.key("improvements", "read")
    refused = client.post(api, headers=headers, json={"overrule": True})
    assert refused.status_code == 409
    assert (refused.json or {})["findings"] == [{"kind": "name", "field": "we_did", "text": "Hendrik Sloot"}]
    with people.app.app_context(), transactions.transaction(), pytest.raises(gate.NotByYou):
        service.overrule(_number(path), _refs(people, path)[0], "api:1")
    submit(second, path, form="/overrule")
    assert client.post(api, headers=headers).status_code == 200


def test_a_category_and_an_address_tell_nobody_either(people: Improver, second: FlaskClient) -> None:
    complaint = people.complains(name="Hendrik Sloot")
    made = people.writes([complaint], texts={"nl": Words("Sloot kwam te laat.", "x")}, category="Fiets van Sloot")
    assert people.slug(made) == "sloot-kwam-te-laat"
    people.changes(made, texts={"nl": Words("De bus kwam te laat.", "x")})
    with pytest.raises(gate.PersonalDataFound) as stopped:
        people.publishes(made)
    assert [one.field for one in stopped.value.findings] == ["category"]
    people.changes(made, category="Fietsen")
    people.publishes(made)
    assert people.slug(made) == "de-bus-kwam-te-laat"


def test_linking_a_complaint_to_public_words_that_tell_of_it_is_refused(people: Improver, writer: FlaskClient) -> None:
    made = people.public(texts={"nl": Words("Te laat.", "Met Bakelandt Transport rijden wij vaker.")})
    people.complains("K-7", name="Rik Bakelandt")
    answer = _post(writer, f"{LIST}{made}", "complaints", complaints="K-7")
    assert answer.status_code == 409
    assert "Change them first" in answer.text
    with people.app.app_context():
        assert queries.complaint_ids([made])[made] == []


# Corrections of what is public


def _correct(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    return submit(client, f"{path}/edit", form=LIST, **{"note_nl": "Duidelijker.", **fields})


def _ask(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Saves with the button that asks a colleague, which stands on the page once the gate has stopped the words."""
    stopped = _correct(client, path, **fields)
    assert 'name="ask"' in stopped.text
    token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', stopped.text)[0]
    words = {"you_said_nl": NL.you_said, "note_nl": "Duidelijker.", "status": "planned", **fields}
    return client.post(f"{path}/edit", data={"csrf_token": token, "ask": "1", **words})


def test_the_gate_stops_a_correction_and_its_note(people: Improver, writer: FlaskClient, second: FlaskClient) -> None:
    path = f"{LIST}{people.public([people.complains(name='Hendrik Sloot')])}"
    answer = _correct(writer, path, we_did_nl="Bel 06-12345678.")
    assert answer.status_code == 409
    assert "<mark>06-12345678</mark>" in answer.text
    assert "Bel 06-12345678." in answer.text
    assert _correct(writer, path, we_did_nl="Bel ons.", note_nl="Op verzoek van Sloot").status_code == 409
    assert people.improvement(_number(path)).texts[0].we_did == NL.we_did
    assert _correct(writer, path, we_did_nl="Bel ons.").status_code == 303
    assert people.improvement(_number(path)).texts[0].we_did == "Bel ons."


def test_a_correction_waits_for_a_second_person_while_the_page_stays(
    people: Improver, client: FlaskClient, writer: FlaskClient, second: FlaskClient
) -> None:
    path = f"{LIST}{people.public()}"
    public = f"/improvements/{people.slug(1)}"
    assert _ask(writer, path, we_did_nl="Bel 06-12345678.", status="done").status_code == 303
    assert "A correction waits for a second person" in writer.get(path).text
    assert "06-12345678" not in client.get(public).text
    assert "Bel 06-12345678." in writer.get(f"{path}/preview?waiting=1").text
    assert "Bel 06-12345678." in writer.get(f"{path}/edit").text
    assert "This may stand there" not in writer.get(path).text
    assert "Not made public" in _post(writer, path, "waiting/publish").text
    assert people.improvement(1).status == "planned"
    submit(second, path, form="/waiting/overrule")
    submit(writer, path, form="/waiting/publish")
    assert "06-12345678" in client.get(public).text
    assert "Duidelijker." in client.get(public).text
    found = people.improvement(1)
    assert (found.status, found.asked_by, people.count(WaitingCorrection)) == ("done", None, 0)


def test_a_waiting_correction_is_withdrawn_or_overtaken(
    people: Improver, writer: FlaskClient, second: FlaskClient
) -> None:
    path = f"{LIST}{people.public()}"
    _ask(writer, path, we_did_nl="Bel 06-12345678.")
    submit(writer, path, form="/waiting/withdraw")
    assert people.count(WaitingCorrection) == 0
    assert people.improvement(1).asked_by is None
    assert _post(writer, path, "waiting/withdraw").status_code == 409
    _ask(writer, path, we_did_nl="Bel 06-12345678.")
    assert _correct(writer, path, we_did_nl="Bel ons.").status_code == 303
    assert people.count(WaitingCorrection) == 0
    assert people.improvement(1).texts[0].we_did == "Bel ons."


def test_what_waits_stands_on_the_home_page_of_quality(
    people: Improver, writer: FlaskClient, second: FlaskClient
) -> None:
    path = _draft(people)
    assert "wait for a second person" not in second.get("/staff/").text
    submit(writer, path, form="/ask")
    home = second.get("/staff/").text
    assert "Improvement that waits for a second person" in home
    assert f"{LIST}?visible=asked" in home
    assert "Te laat." in second.get(f"{LIST}?visible=asked").text


def test_an_erasure_takes_the_person_out_of_public_words_drafts_and_what_waits(
    people: Improver, client: FlaskClient, writer: FlaskClient, second: FlaskClient
) -> None:
    path = _draft(people, email="hendrik@postvak.example")
    submit(second, path, form="/overrule")
    submit(writer, path, form="/publish")
    public = f"/improvements/{people.slug(1)}"
    assert "Hendrik Sloot" in client.get(public).text
    _ask(writer, path, you_said_nl="Te laat.", we_did_nl="Wij bedankten Sloot uit Ede.")
    draft = people.writes([1], texts={"nl": Words("Te laat.", "Hendrik Sloot helpt mee.")})
    other = people.writes(texts={"nl": Words("Te laat.", "Wij zagen Hendrik Sloot.")})
    assert people.app.test_cli_runner().invoke(args=["erase-person", "hendrik@postvak.example"]).exit_code == 0
    assert "Wij belden […]." in client.get(public).text
    assert people.improvement(draft).texts[0].we_did == "[…] helpt mee."
    assert people.improvement(other).texts[0].we_did == "Wij zagen Hendrik Sloot."  # nobody's complaint is behind it
    with people.app.app_context():
        kept = [str(vars(one)) for kind in (ImprovementVersion, WaitingCorrection) for one in db.session.query(kind)]
        assert "Wij bedankten […] uit Ede." in kept[-1]
        assert not any("Sloot" in one for one in kept)
        redacted = db.session.query(History).filter_by(what="redacted").order_by(History.id)
        assert [one.subject_id for one in redacted] == [1, draft]
