"""What came of the sample complaints: reviews, ambassadors and improvements fit the people and moments behind them."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from itertools import pairwise

import pytest

from tests.unit.sample.content import BY_ID, COMPLAINTS, IMPROVEMENTS, NOWS, ORGANISATION, Table, moment

REVIEWS: list[Table] = [complaint["review"] for complaint in COMPLAINTS if "review" in complaint]
WRITTEN = [review for review in REVIEWS if review.get("destination") == "own"]


def milestones(improvement: Table) -> dict[str, str]:
    """The moment of each milestone that complainants are told about; none while it is an idea."""
    if "published" not in improvement:
        return {}
    later = improvement["step"][1:]
    found = {"published": improvement["published"]}
    done = [step["at"] for step in later if step["status"] == "done"]
    if done and moment(done[0], NOWS[0]) > moment(improvement["published"], NOWS[0]):
        found["done"] = done[0]
    return found


def reachable(complaint: Table) -> bool:
    """Whether news may be mailed to this person."""
    return "email" in complaint["customer"] and "news" not in complaint.get("opt_out", {}).get("purposes", [])


def confirmed_at(complaint: Table) -> str | None:
    answer = complaint.get("cycle", [{}])[-1].get("answer", {})
    return str(answer["at"]) if answer.get("satisfied") == "yes" else None


def test_reviews_are_few_and_honest() -> None:
    assert len(REVIEWS) == 21
    assert sum("clicked" in review for review in REVIEWS) == 9
    assert len(WRITTEN) == 7
    assert Counter(review["decision"] for review in WRITTEN) == {"published": 5, "pending": 1, "refused": 1}
    ratings = [review["rating"] for review in WRITTEN if review["decision"] == "published"]
    assert min(ratings) <= 2
    assert max(ratings) == 5
    assert len(set(ratings)) > 2


def test_reviews_are_whole() -> None:
    places = {"own", *(place["key"] for place in ORGANISATION["destination"])}
    for review in REVIEWS:
        assert ("clicked" in review) == ("destination" in review)
        assert review.get("destination", "own") in places
        own = review.get("destination") == "own"
        assert all((field in review) == own for field in ("rating", "title", "text", "decision")), review
        assert ("decided" in review) == (review.get("decision") in ("published", "refused")), review
        assert ("refusal" in review) == (review.get("decision") == "refused"), review


def test_reviews_elsewhere_are_of_a_known_place() -> None:
    places = {place["key"] for place in ORGANISATION["destination"]}
    told = ORGANISATION["outside_review"]
    assert {one["destination"] for one in told} <= places
    assert min(one["rating"] for one in told) <= 2, "one that asks for help"
    assert len({one["id"] for one in told}) == len(told)
    assert all(moment(one["written"], now) < now for one in told for now in NOWS)


def test_a_published_review_names_nobody() -> None:
    names = {person["name"].split()[0] for person in ORGANISATION["staff"] + ORGANISATION["handler"]}
    for review in WRITTEN:
        if review["decision"] == "published":
            assert not names & set(re.findall(r"\w+", review["text"]))
            assert not re.search(r"\d{3}", review["text"])


@pytest.mark.parametrize("now", NOWS)
def test_only_confirmed_complaints_lead_to_reviews_and_ambassadors(now: datetime) -> None:
    for complaint in COMPLAINTS:
        yes = confirmed_at(complaint)
        later = [complaint[kind] for kind in ("review", "ambassador") if kind in complaint]
        assert yes or not later, complaint["external_id"]
        for table in later:
            assert moment(table.get("invited") or table["at"], now) > moment(yes or "", now), complaint["external_id"]


def test_marketing_moves_people_with_a_reason_and_a_date() -> None:
    moved = [complaint["ambassador"] for complaint in COMPLAINTS if "ambassador" in complaint]
    assert Counter(move["stage"] for move in moved) == {"ambassador": 4, "not_now": 2}
    for move in moved:
        kept = ("note", "next_step", "next_step_on") if move["stage"] == "ambassador" else ("reason", "until")
        assert set(move) == {"stage", "at", *kept}
        assert re.fullmatch(r"\+[1-9]\d?d", move[kept[-1]])


def test_improvements_of_every_kind() -> None:
    public = [improvement for improvement in IMPROVEMENTS if "published" in improvement]
    stands = Counter(improvement["step"][-1]["status"] for improvement in public)
    assert stands == {"planned": 2, "in_progress": 2, "done": 3, "not_possible": 2}
    assert len(IMPROVEMENTS) - len(public) == 1
    counts = [len(improvement["complaints"]) for improvement in public]
    assert min(counts) < 5 <= max(counts), "both a count that is shown and one that is not"


def test_improvements_are_written_in_both_languages() -> None:
    assert len({improvement["key"] for improvement in IMPROVEMENTS}) == len(IMPROVEMENTS)
    staff = {person["key"] for person in ORGANISATION["staff"]}
    for improvement in IMPROVEMENTS:
        assert improvement["by"] in staff
        for text in (improvement["you_said"], *(step["we_did"] for step in improvement["step"])):
            assert set(text) == {"nl", "en"}
        assert len(improvement["you_said"]["nl"]) <= 120
        if improvement["step"][-1]["status"] == "not_possible":
            assert ", want " in improvement["step"][-1]["we_did"]["nl"]


def test_the_complaints_behind_an_improvement_exist() -> None:
    for improvement in IMPROVEMENTS:
        behind = improvement["complaints"]
        assert len(set(behind)) == len(behind)
        assert all(external_id in BY_ID for external_id in behind), improvement["key"]


@pytest.mark.parametrize("now", NOWS)
def test_improvements_happen_in_order(now: datetime) -> None:
    for improvement in IMPROVEMENTS:
        steps = [moment(step["at"], now) for step in improvement["step"]]
        assert all(earlier < later for earlier, later in pairwise(steps)), improvement["key"]
        assert steps[-1] <= now
        assert all(moment(BY_ID[key]["opened"], now) < steps[0] for key in improvement["complaints"]), improvement[
            "key"
        ]
        if "published" in improvement:
            assert steps[0] < moment(improvement["published"], now) <= now


@pytest.mark.parametrize("now", NOWS)
def test_people_hear_what_was_done_and_say_whether_it_helps(now: datetime) -> None:
    for improvement in IMPROVEMENTS:
        told = {telling["milestone"]: telling["at"] for telling in improvement.get("told", [])}
        reached = milestones(improvement)
        for milestone, at in told.items():
            assert moment(reached[milestone], now) < moment(at, now) <= now, improvement["key"]
        replies = improvement.get("reply", [])
        assert len({(reply["complaint"], reply["milestone"]) for reply in replies}) == len(replies)
        for reply in replies:
            assert reply["complaint"] in improvement["complaints"], (improvement["key"], reply)
            assert reachable(BY_ID[reply["complaint"]])
            assert reply["helps"] in {"yes", "no"}
            assert moment(told[reply["milestone"]], now) < moment(reply["at"], now) <= now


def test_one_improvement_is_still_to_be_told() -> None:
    waiting = [
        improvement["key"]
        for improvement in IMPROVEMENTS
        if set(milestones(improvement)) != {telling["milestone"] for telling in improvement.get("told", [])}
    ]
    assert waiting == ["leesbare-rekening"]


def test_people_are_told_after_their_own_case_was_resolved_once() -> None:
    for improvement in IMPROVEMENTS:
        for milestone, at in milestones(improvement).items():
            for external_id in improvement["complaints"]:
                resolved = BY_ID[external_id]["cycle"][0]["resolved"]
                assert moment(resolved, NOWS[0]) < moment(at, NOWS[0]), (improvement["key"], milestone, external_id)
