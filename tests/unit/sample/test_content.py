"""The sample data tells one story: complete, in order at any hour of loading, and about nobody who exists."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from feedbackloop.checkins import proposal_rules
from feedbackloop.complaints.rules import CRISES
from tests.unit.sample.content import BY_ID, COMPLAINTS, IMPROVEMENTS, NOWS, ORGANISATION, Table, moment, texts

ANSWERS = {"yes", "partly", "no", "later"}
REASONS = {"not_done", "again", "amount", "manner", "other"}
CATEGORIES = {"bezorging", "reparatie", "webshop", "winkel", "factuur", "onderdelen", "service"}
CHANNELS = {"balie", "telefoon", "e-mail", "formulier", "chat", "brief", "review_site"}

REQUIRED = {
    "complaint": "external_id source category channel opened customer subject summary description",
    "cycle": "resolved resolution root_cause fault apology_given",
    "answer": "at satisfied rating recommend comment quote_consent",
    "opt_out": "at purposes",
    "put": "kind at text",
    "crisis": "at why",
    "review": "invited",
    "ambassador": "stage at",
    "improvement": "key category by locale complaints you_said step",
}
OPTIONAL = {
    "complaint": "handler rule cycle opt_out review ambassador put crisis",
    "cycle": "asked reminded prevention answer",
    "answer": "reason call_me meet",
    "opt_out": "",
    "put": "answered answer words",
    "crisis": "",
    "review": "clicked destination rating title text display_name decision decided refusal reply replied",
    "ambassador": "note next_step next_step_on reason until",
    "improvement": "published asked told reply",
}


def line(complaint: Table) -> list[str]:
    """The moments of one complaint in the order in which they have to follow each other."""
    found = [complaint["opened"]]
    for cycle in complaint.get("cycle", []):
        found += [cycle["resolved"], cycle.get("asked"), cycle.get("reminded"), cycle.get("answer", {}).get("at")]
    review = complaint.get("review", {})
    # A decision by marketing and one about the review are independent: the former is checked apart.
    found += [
        complaint.get("opt_out", {}).get("at"),
        review.get("invited"),
        review.get("clicked"),
        review.get("decided"),
    ]
    return [text for text in found if text]


def story(complaint: Table) -> str:
    """Where a complaint stands, in the words of the counts below."""
    cycles = complaint.get("cycle", [])
    if not cycles:
        return "open"
    last = cycles[-1]
    if "answer" in last:
        again = "again " if len(cycles) > 1 else ""
        if last["answer"]["satisfied"] == "later":
            return "cannot say yet"
        return f"{again}confirmed" if last["answer"]["satisfied"] == "yes" else "in recovery"
    if "email" not in complaint["customer"]:
        return "no address"
    if "asked" in last:
        return "reminded" if "reminded" in last else "asked"
    if complaint["external_id"] != first_of(complaint["customer"]["email"]):
        return "opted out"
    return "due" if len(cycles) == 1 else "due again"


def first_of(email: str) -> str:
    return str(next(c["external_id"] for c in COMPLAINTS if c["customer"].get("email") == email))


def answers() -> Iterator[Table]:
    return (cycle["answer"] for c in COMPLAINTS for cycle in c.get("cycle", []) if "answer" in cycle)


def test_every_status_is_there() -> None:
    assert Counter(map(story, COMPLAINTS)) == {
        "open": 8,
        "due": 8,
        "asked": 6,
        "cannot say yet": 2,
        "reminded": 3,
        "confirmed": 20,
        "in recovery": 6,
        "again confirmed": 4,
        "due again": 2,
        "no address": 1,
        "opted out": 1,
    }


def test_tables_hold_what_the_heads_of_the_files_say() -> None:
    found = [("complaint", complaint) for complaint in COMPLAINTS]
    found += [("improvement", improvement) for improvement in IMPROVEMENTS]
    for complaint in COMPLAINTS:
        found += [("cycle", cycle) for cycle in complaint.get("cycle", [])]
        found += [("put", put) for put in complaint.get("put", [])]
        kinds = ("opt_out", "review", "ambassador", "crisis")
        found += [(kind, complaint[kind]) for kind in kinds if kind in complaint]
    found += [("answer", answer) for answer in answers()]
    for kind, table in found:
        required, optional = set(REQUIRED[kind].split()), set(OPTIONAL[kind].split())
        assert required <= set(table), (kind, table)
        assert set(table) <= required | optional, (kind, table)
    assert all(text.strip() for _, table in found for text in texts(table))


def test_values_are_the_ones_that_the_product_knows() -> None:
    handlers = {person["key"] for person in ORGANISATION["staff"] + ORGANISATION["handler"]}
    for complaint in COMPLAINTS:
        assert complaint["source"] in {"winkel", "webshop", "telefoon"}
        assert complaint["category"] in CATEGORIES
        assert complaint["channel"] in CHANNELS
        assert complaint["customer"]["locale"] in {"nl", "en"}
        assert complaint.get("handler", "joris") in handlers
        assert set(complaint.get("opt_out", {}).get("purposes", [])) <= {"check_in", "review", "news"}
    assert {complaint["category"] for complaint in COMPLAINTS} == CATEGORIES
    faults = {cycle["fault"] for complaint in COMPLAINTS for cycle in complaint.get("cycle", [])}
    assert faults == {"us", "supplier", "customer", "nobody"}


def test_what_was_put_to_people_fits() -> None:
    puts = [put for complaint in COMPLAINTS for put in complaint.get("put", [])]
    assert {put["kind"] for put in puts} == set(proposal_rules.KINDS)
    for put in puts:
        assert len(put["text"]) <= proposal_rules.LIMITS[put["kind"]]
        assert ("answer" in put) == ("answered" in put), put
        assert put.get("answer") in (None, *proposal_rules.ANSWERS[put["kind"]])
        assert ("words" in put) == (put.get("answer") in proposal_rules.NEEDS_WORDS), put
    assert {complaint["crisis"]["why"] for complaint in COMPLAINTS if "crisis" in complaint} <= set(CRISES)


def test_answers_fit_the_form() -> None:
    given = list(answers())
    assert {answer["satisfied"] for answer in given} == ANSWERS
    assert {answer["reason"] for answer in given if "reason" in answer} == REASONS
    for answer in given:
        assert ("reason" in answer) == (answer["satisfied"] in ("partly", "no")), answer
        assert answer["rating"] in range(1, 6)
        assert answer["recommend"] in range(11)


def test_ids_follow_the_order_of_arrival() -> None:
    assert len(BY_ID) == len(COMPLAINTS)
    now = NOWS[0]
    ids = [c["external_id"] for c in sorted(COMPLAINTS, key=lambda c: moment(c["opened"], now))]
    assert ids == sorted(ids)


def test_nobody_exists() -> None:
    everybody = [c["customer"] for c in COMPLAINTS] + ORGANISATION["staff"] + ORGANISATION["handler"]
    assert all(person["email"].endswith(".example") for person in everybody if "email" in person)
    phones = [person["phone"] for person in everybody if "phone" in person]
    assert all(re.fullmatch(r"\+31 85 000 00 \d\d", phone) for phone in phones)
    assert len(phones) == len(set(phones))
    twice = [email for email, times in Counter(p.get("email") for p in everybody).items() if times > 1]
    assert len(twice) == 1, "only the person who opted out complains twice"
    for text in texts([ORGANISATION, COMPLAINTS, IMPROVEMENTS]):
        assert all(host.endswith(".example") for host in re.findall(r"(?:@|https?://)([\w.-]+)", text)), text


def test_the_organisation_has_one_account_for_each_role() -> None:
    roles = [person["role"] for person in ORGANISATION["staff"]]
    assert sorted(roles) == ["admin", "handler", "marketing", "quality"]
    assert [person["email"] for person in ORGANISATION["handler"]]
    assert all(place["url"].startswith("https://") for place in ORGANISATION["destination"])


def test_both_languages_are_spoken() -> None:
    english = [c for c in COMPLAINTS if c["customer"]["locale"] == "en"]
    assert 0.25 <= len(english) / len(COMPLAINTS) <= 0.35
    for complaint in COMPLAINTS:
        told = " ".join([complaint["description"], *(c["resolution"] for c in complaint.get("cycle", []))])
        words = Counter(re.findall(r"[a-z]+", told.lower()))
        dutch = sum(words[w] for w in ("ik", "de", "het", "een", "en", "niet", "van", "u", "mijn")) > sum(
            words[w] for w in ("i", "the", "a", "and", "not", "of", "you", "my", "to")
        )
        assert dutch == (complaint["customer"]["locale"] == "nl"), complaint["external_id"]


def test_words_fit_where_they_are_shown() -> None:
    for complaint in COMPLAINTS:
        assert len(complaint["subject"]) <= 60, complaint["subject"]
        assert len(complaint["summary"]) <= 120, complaint["summary"]
        assert len(complaint["description"]) <= 600, complaint["external_id"]
    for text in texts([COMPLAINTS, IMPROVEMENTS]):
        assert "!" not in text, text
        assert "€ " not in text, f"a hard space belongs before the figure: {text}"


@pytest.mark.parametrize("now", NOWS)
def test_complaints_happen_in_order(now: datetime) -> None:
    for complaint in COMPLAINTS:
        times = [moment(text, now) for text in line(complaint)]
        assert times[-1] <= now
        assert all(earlier < later for earlier, later in pairwise(times)), (complaint["external_id"], line(complaint))
        assert now - times[0] < timedelta(days=62)


def test_nothing_but_the_due_check_ins_waits_for_the_clock() -> None:
    """A check-in without an answer is reminded after five days, so the ones without a reminder are younger."""
    now = NOWS[0]
    for complaint in COMPLAINTS:
        for cycle in complaint.get("cycle", []):
            until = moment(cycle["answer"]["at"], now) if "answer" in cycle else now
            waited = until - moment(cycle["asked"], now) if "asked" in cycle else timedelta(0)
            assert waited < timedelta(days=5) or "reminded" in cycle or "opt_out" in complaint, complaint["external_id"]
            if "reminded" in cycle:
                assert moment(cycle["reminded"], now) - moment(cycle["asked"], now) >= timedelta(days=5)
    unhappy = [c["cycle"][-1]["answer"] for c in COMPLAINTS if story(c) == "in recovery"]
    ages = sorted(now - moment(answer["at"], now) for answer in unhappy)
    assert ages[-2] < timedelta(days=2), "one case is past its deadline, the others are not"
    assert ages[-1] > timedelta(days=6)
