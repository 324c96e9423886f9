"""Reviews that were left on other sites: brought in from a file, and whose they may be."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask.testing import FlaskClient
from sqlalchemy import select

from feedbackloop.complaints.models import Complaint
from feedbackloop.extensions import db
from feedbackloop.people.events import PeopleErased
from feedbackloop.reviews import service
from feedbackloop.reviews.models import OutsideReview
from tests.support.colleague import signed_in
from tests.support.forms import submit
from tests.support.reviewer import DAY, Reviewer

HEADER = "id,rating,title,text,author,written_at,url"


def clicks(people: Reviewer, external_id: str, name: str, site: int) -> int:
    """Somebody who was invited and chose the other site; the complaint's id."""
    complaint = people.says_yes(external_id, name=name)
    people.sends(people.path_of(people.invitations()[-1].id), destination=str(site))
    return complaint


def sheet(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "reviews.csv"
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


def brings_in(people: Reviewer, path: Path, *options: str, destination: str = "Winkelspiegel") -> Result:
    arguments = ["import-reviews", str(path), "--destination", destination, *options]
    return people.app.test_cli_runner().invoke(args=arguments)


def outside(people: Reviewer) -> list[OutsideReview]:
    with people.app.app_context():
        return list(db.session.scalars(select(OutsideReview).order_by(OutsideReview.id)))


@pytest.fixture
def site(people: Reviewer) -> int:
    return people.offers()


def test_reviews_come_in_once_and_are_matched_where_one_person_fits(
    people: Reviewer, site: int, tmp_path: Path
) -> None:
    marleen = clicks(people, "K-1", "Marleen Osinga", site)
    clicks(people, "K-2", "Wim de Boer", site)
    day = (people.clock.now + DAY).date().isoformat()
    people.clock.advance(3 * DAY)
    rows = (
        f'r1,4,Netjes,"Goed geholpen, echt",Marleen O.,{day},https://winkelspiegel.example/r1',
        f"r2,1,Slecht,Nooit meer,Boze klant,{day},",
    )
    path = sheet(tmp_path, *rows)
    tried = brings_in(people, path, "--dry-run")
    assert tried.stdout == "read 2, created 2, updated 0, unchanged 0, rejected 0, matched 1\n"
    assert outside(people) == []
    done = brings_in(people, path)
    assert (done.exit_code, done.stdout) == (
        0,
        "read 2, created 2, updated 0, unchanged 0, rejected 0, matched 1\n",
    )
    first, second = outside(people)
    assert (first.rating, first.title, first.author, first.match_reason) == (4, "Netjes", "Marleen O.", "first_name")
    assert (first.invitation_id, second.invitation_id) == (1, None)
    assert people.states()[0] == ("reviewed", None)
    assert (people.stage(marleen), people.stage(2)) == ("reviewed", "clicked")

    before = len(people.story(marleen, "outside_review"))
    again = brings_in(people, path)
    assert again.stdout == "read 2, created 0, updated 0, unchanged 2, rejected 0, matched 0\n"
    assert len(people.story(marleen, "outside_review")) == before
    changed = brings_in(people, sheet(tmp_path, rows[0].replace("Netjes", "Zeer netjes"), rows[1]))
    assert changed.stdout == "read 2, created 0, updated 1, unchanged 1, rejected 0, matched 0\n"
    assert outside(people)[0].title == "Zeer netjes"


def test_what_is_no_review_is_rejected_with_the_reason(people: Reviewer, site: int, tmp_path: Path) -> None:
    day = people.clock.now.date().isoformat()
    path = sheet(
        tmp_path,
        f"r1,4,,,,{day},",
        f"r2,6,,,,{day},",
        "r3,4,,,,gisteren,",
        f"r4,4,,,,{day},javascript:alert(1)",
        f"r5,,,,,{(people.clock.now + timedelta(days=9)).date().isoformat()},",
        f"r6,8/10,=1+1,,,{day}",
        f"=r7,9,,,,{day},",
        f"r8,7/10,,,,{day},",
    )
    done = brings_in(people, path)
    assert done.exit_code == 1
    assert "read 8, created 2, updated 0, unchanged 0, rejected 6, matched 0" in done.stdout
    assert [one.rating for one in outside(people)] == [4, 4]
    rejects = list(csv.reader((tmp_path / "reviews.csv.rejects.csv").open(encoding="utf-8")))
    assert rejects[0] == ["line", "reason", *HEADER.split(",")]
    reasons = [row[1] for row in rejects[1:]]
    assert "rating: must be a whole figure from 1 to 5, or of ten such as 8/10, and is '6'" in reasons[0]
    assert "written_at: must be a date or a moment" in reasons[1]
    assert "url: must be a link" in reasons[2]
    assert "rating" in reasons[3]
    assert "future" in reasons[3]
    assert "has 6 fields where the header has 7" in reasons[4]
    assert rejects[6][2] == "'=r7", "a spreadsheet would work it out"


def test_without_a_number_the_row_itself_is_the_number(people: Reviewer, site: int, tmp_path: Path) -> None:
    day = people.clock.now.date().isoformat()
    path = sheet(tmp_path, f"{day},5,Prima", f"{day},5,Prima", f"{day},5,Anders", header="Date,Rating,Text")
    assert "created 2, updated 0, unchanged 1" in brings_in(people, path, "--dry-run").stdout
    assert "created 2, updated 0, unchanged 1" in brings_in(people, path).stdout


@pytest.mark.parametrize(
    ("header", "destination", "said"),
    [
        ("id,text", "Winkelspiegel", "it has no column rating and no column written_at"),
        ("rating,stars,written_at", "Winkelspiegel", "its columns rating and stars both hold the rating"),
        (HEADER, "Google", "there is no place called 'Google'; there are: 'Winkelspiegel'"),
    ],
)
def test_what_cannot_be_read_at_all_is_one_line(
    people: Reviewer, site: int, tmp_path: Path, header: str, destination: str, said: str
) -> None:
    done = brings_in(people, sheet(tmp_path, header=header), destination=destination)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.fixture
def matched(people: Reviewer, site: int, tmp_path: Path) -> FlaskClient:
    """A low review elsewhere that was matched to Marleen, and quality."""
    clicks(people, "K-1", "Marleen Osinga", site)
    day = people.clock.now.date().isoformat()
    path = sheet(tmp_path, f"r1,1,Te laat,Zes broodjes misten.,Marleen Osinga,{day},https://winkelspiegel.example/r1")
    assert "matched 1" in brings_in(people, path).stdout
    return signed_in(people.app, "quality")


def test_a_guess_can_be_undone_and_is_not_made_again(people: Reviewer, matched: FlaskClient, tmp_path: Path) -> None:
    page = matched.get("/staff/reviews/elsewhere?state=matched").text
    assert "the same name, and they chose this site around that day" in page
    assert submit(matched, "/staff/reviews/elsewhere", form="/unmatch").status_code == 303
    (one,) = outside(people)
    assert (one.invitation_id, one.customer_id, one.match_reason) == (None, None, None)
    assert people.states() == [("clicked", None)]
    assert people.stage(1) == "clicked"
    assert "Te laat" not in matched.get("/staff/reviews/elsewhere?state=matched").text
    assert "a colleague undid the guess" in matched.get("/staff/reviews/elsewhere?state=unmatched").text
    assert "matched 0" in brings_in(people, tmp_path / "reviews.csv").stdout
    assert outside(people)[0].invitation_id is None
    assert matched.get("/staff/reviews/elsewhere?state=nothing").status_code == 404


def test_a_low_one_becomes_a_complaint_of_its_writer_once(people: Reviewer, matched: FlaskClient) -> None:
    page = matched.get("/staff/reviews/elsewhere?state=low").text
    assert "Make it a complaint" in page
    done = submit(matched, "/staff/reviews/elsewhere", form="/complaint")
    assert (done.status_code, done.location) == (303, "/staff/complaints/2")
    with people.app.app_context():
        made = db.session.get_one(Complaint, 2)
        assert (made.source, made.external_id, made.customer_id) == ("review", "outside-1", 1)
    assert "Make it a complaint" not in matched.get("/staff/reviews/elsewhere").text
    case = matched.get("/staff/complaints/2").text
    assert "Winkelspiegel" in case
    assert 'href="/staff/reviews/elsewhere/1"' in case
    assert "/staff/complaints/2" in matched.get("/staff/reviews/elsewhere/1").text


def test_an_erasure_takes_the_words_and_no_file_brings_them_back(
    people: Reviewer, matched: FlaskClient, tmp_path: Path
) -> None:
    with people.writing():
        service.erase(PeopleErased((1,)))
    (one,) = outside(people)
    assert (one.title, one.text, one.author, one.url, one.rating) == (None, None, None, None, 1)
    changed = (tmp_path / "reviews.csv").read_text().replace("Te laat", "Veel te laat")
    (tmp_path / "reviews.csv").write_text(changed)
    assert "unchanged 1" in brings_in(people, tmp_path / "reviews.csv").stdout
    assert outside(people)[0].title is None


def test_marketing_reads_them_and_no_complaint(people: Reviewer, matched: FlaskClient) -> None:
    page = signed_in(people.app, "marketing").get("/staff/reviews/elsewhere").text
    assert "Zes broodjes misten." in page
    for hidden in ("Bestelling te laat", "postvak.example", "/staff/complaints/"):
        assert hidden not in page
