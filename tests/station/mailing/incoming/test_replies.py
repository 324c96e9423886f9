"""What people write back reaches their case, and who handles it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedbackloop.core import db as transactions
from feedbackloop.core import tokens
from feedbackloop.mailing.incoming import replies
from feedbackloop.mailing.models import Outbox
from feedbackloop.staff import service as accounts
from tests.station.mailing.incoming.conftest import Post
from tests.support import reports
from tests.support.clock import Clock
from tests.support.forms import submit

PASSWORD = "correct horse battery"
NO = "Nee, er mist nog een taart.\n\nOp 3 nov 2026 om 10:00 schreef Testwinkel:\n> Is het opgelost?\n"


def signed_in(app: Flask, role: str, email: str = "") -> FlaskClient:
    address = email or f"{role}@ours.example"
    with app.app_context(), transactions.transaction():
        accounts.create(address, "Noor Hendriks", role, PASSWORD)
    client = app.test_client()
    assert submit(client, "/staff/sign-in", email=address, password=PASSWORD).status_code == 303
    return client


def exported(app: Flask, email: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(app.test_cli_runner().invoke(args=["export-person", email]).stdout)
    return found


def test_a_reply_is_on_the_case_without_what_it_quoted(app: Flask, post: Post) -> None:
    asked = post.asks()
    taken = post.takes(
        reports.reply(NO, sender=f"Marleen <{asked.address}>", answers=asked.message_id, files=("a.jpg",))
    )
    assert (taken.verdict, taken.reason) == ("attached", "answers_mail")
    (kept,) = post.replies()
    assert (kept.complaint_id, kept.written_by, kept.text) == (
        asked.complaint_id,
        "customer",
        "Nee, er mist nog een taart.",
    )
    assert (kept.quote_cut, kept.attachments) == (True, ["a.jpg"])
    page = signed_in(app, "handler").get(f"/staff/complaints/{asked.complaint_id}", query_string={"lang": "en"}).text
    assert "The customer replied by e-mail" in page
    assert "Nee, er mist nog een taart." in page
    assert "a.jpg" in page
    assert post.people.story(asked.complaint_id, "reply") == ["received"]


def test_its_handler_is_mailed_the_words_and_where_to_find_them(app: Flask, post: Post) -> None:
    asked = post.asks()
    post.takes(reports.reply(NO, sender=f"Marleen <{asked.address}>", answers=asked.message_id))
    (mail,) = post.people.delivers()
    assert post.people.recipient(mail) == "youssef@ours.example"
    assert "K-1" in str(mail.message["Subject"])
    assert "Nee, er mist nog een taart." in mail.text
    assert asked.address in mail.text
    path = post.people.path(mail, "/reply/")
    page = app.test_client().get(path)
    assert page.status_code == 200
    assert "Nee, er mist nog een taart." in page.text


def test_a_handler_with_an_account_is_led_to_the_case(app: Flask, post: Post) -> None:
    asked = post.asks()
    signed_in(app, "handler", "youssef@ours.example")
    post.takes(reports.reply(NO, answers=asked.message_id))
    (mail,) = post.people.delivers()
    assert f"/staff/complaints/{asked.complaint_id}" in mail.text


def test_the_link_to_a_reply_ends_with_its_life_and_with_the_words(app: Flask, post: Post, clock: Clock) -> None:
    asked = post.asks()
    post.takes(reports.reply(NO, sender=asked.address, answers=asked.message_id))
    with app.app_context():
        path = f"/reply/{tokens.make('reply', 1)}"
    client = app.test_client()
    assert client.get(path).status_code == 200
    assert client.get(f"{path}x").status_code == 404
    with app.app_context():
        assert client.get(f"/reply/{tokens.make('case', 1)}").status_code == 404
    clock.advance(timedelta(days=90))
    assert client.get(path).status_code == 410
    app.test_cli_runner().invoke(args=["erase-person", asked.address])
    assert client.get(path).status_code == 404


def test_who_answers_from_another_address_is_shown_as_that(app: Flask, post: Post) -> None:
    asked = post.asks()
    post.takes(
        reports.reply("Ik schrijf namens mijn moeder.", sender="Kees <kees@elders.example>", answers=asked.message_id)
    )
    assert post.replies()[0].written_by == "other"
    (mail,) = post.people.delivers()
    assert "kees@elders.example" in mail.text
    page = signed_in(app, "quality").get(f"/staff/complaints/{asked.complaint_id}", query_string={"lang": "en"}).text
    assert "Somebody replied by e-mail" in page
    assert "kees@elders.example" in page


def test_who_writes_anew_is_known_by_their_address(post: Post) -> None:
    asked = post.asks()
    taken = post.takes(reports.reply("Nog een vraag.", sender=asked.address.upper()))
    assert (taken.verdict, taken.reason) == ("attached", "known_sender")
    assert post.replies()[0].complaint_id == asked.complaint_id


def test_an_automatic_answer_is_no_reply(post: Post) -> None:
    asked = post.asks()
    taken = post.takes(reports.reply("Ik ben er niet.", answers=asked.message_id, Auto_Submitted="auto-replied"))
    assert (taken.verdict, taken.reason) == ("nothing", "automatic")
    assert post.replies() == []
    assert post.check_in(asked.complaint_id) == "sent"
    assert post.received()[0].mail_id == asked.mail_id


def test_a_reply_changes_neither_the_check_in_nor_the_complaint(post: Post) -> None:
    asked = post.asks()
    post.takes(reports.reply("Ja, het is opgelost.", sender=asked.address, answers=asked.message_id))
    assert post.check_in(asked.complaint_id) == "sent"
    assert post.people.status(asked.complaint_id) == "resolved"


def test_the_same_reply_twice_is_one(post: Post) -> None:
    asked = post.asks()
    raw = reports.reply(NO, sender=asked.address, answers=asked.message_id)
    assert [post.takes(raw).new, post.takes(b"Received: from x\n" + raw).new] == [True, False]
    assert len(post.replies()) == 1
    assert [status for status, _reason in post.people.outbox("reply_for_handler")] == ["queued"]


def test_a_colleagues_reply_stays_on_the_case_and_goes_round_no_more(post: Post) -> None:
    asked = post.asks()
    post.takes(reports.reply(NO, sender=asked.address, answers=asked.message_id))
    (told,) = post.people.delivers()
    raw = reports.reply(
        "Ik bel haar.", sender="youssef@ours.example", answers=str(told.message["Message-ID"]), own_id="<c@x>"
    )
    assert post.takes(raw).verdict == "attached"
    assert post.replies()[-1].written_by == "colleague"
    assert post.people.delivers() == []


def test_a_flood_reaches_the_page_and_not_the_handlers_mailbox(post: Post) -> None:
    asked = post.asks()
    for number in range(replies.TOLD_A_DAY + 4):
        post.takes(
            reports.reply(f"Bericht {number}", sender=asked.address, answers=asked.message_id, own_id=f"<{number}@x>")
        )
    assert len(post.replies()) == replies.TOLD_A_DAY + 4
    assert len(post.people.outbox("reply_for_handler")) == replies.TOLD_A_DAY


def test_what_has_no_case_waits_for_a_colleague_who_puts_it_on_one(app: Flask, post: Post) -> None:
    asked = post.asks()
    taken = post.takes(reports.reply("Waar blijft mijn geld?", sender="vreemd@elders.example"))
    assert (taken.verdict, taken.reason) == ("nothing", "no_case")
    client = signed_in(app, "handler")
    page = client.get("/staff/incoming/", query_string={"lang": "en"}).text
    assert "Waar blijft mijn geld?" in page
    wrong = submit(client, "/staff/incoming/", form="/attach", number="K-99")
    assert wrong.status_code == 303
    assert post.replies()[0].complaint_id is None
    answer = submit(client, "/staff/incoming/", form="/attach", number="K-1")
    assert answer.location.endswith(f"/staff/complaints/{asked.complaint_id}")
    assert (post.replies()[0].complaint_id, post.received()[0].reason) == (asked.complaint_id, "by_staff")
    assert [post.people.recipient(mail) for mail in post.people.delivers()] == ["youssef@ours.example"]


def test_home_counts_what_nobody_has_read(app: Flask, post: Post) -> None:
    asked = post.asks()
    post.takes(reports.reply(NO, sender=asked.address, answers=asked.message_id))
    client = signed_in(app, "handler")
    assert "Reply by e-mail that nobody has read" in client.get("/staff/", query_string={"lang": "en"}).text
    case = f"/staff/complaints/{asked.complaint_id}"
    assert submit(client, case, form="/read").location.endswith(case)
    assert (post.replies()[0].read_by or "").startswith("staff:")
    assert "Reply by e-mail that nobody has read" not in client.get("/staff/", query_string={"lang": "en"}).text
    assert post.people.delivers() == []
    assert ("cancelled", "read_before") in post.people.outbox("reply_for_handler")


@pytest.mark.parametrize(("role", "status"), [("admin", 200), ("handler", 200), ("quality", 200), ("marketing", 403)])
def test_the_page_shows_each_verdict_with_its_reason_to_whom_it_concerns(
    app: Flask, post: Post, role: str, status: int
) -> None:
    asked = post.asks()
    post.takes(reports.delivery_report(message_id=asked.message_id, recipient=asked.address, status="5.2.2"))
    post.takes(reports.delivery_report(recipient="nobody@elsewhere.example", own_id="<2@x.example>"))
    page = signed_in(app, role).get("/staff/incoming/", query_string={"lang": "en"})
    assert page.status_code == status
    shown = re.sub(r"\s+", " ", page.text)
    for words in ("This mail counts as not arrived", "(5.2.2)", "it names no mail that we sent", "K-1"):
        assert (words in shown) is (status == 200)


def test_the_list_is_filtered_by_its_address(app: Flask, post: Post) -> None:
    post.takes(reports.delivery_report())
    client = signed_in(app, "quality")
    for query, found in (("kind=bounce", True), ("kind=complaint", False), ("verdict=nothing", True)):
        page = client.get(f"/staff/incoming/?{query}&lang=en").text.partition('id="all"')[2]
        assert ("it names no mail that we sent" in page) is found
    assert client.get("/staff/incoming/?kind=x").status_code == 404
    assert client.get("/staff/incoming/?before=x").status_code == 400


def test_a_persons_export_holds_what_they_wrote_and_an_erasure_takes_it(app: Flask, post: Post) -> None:
    asked = post.asks()
    post.takes(reports.reply(NO, sender=f"Marleen <{asked.address}>", answers=asked.message_id, files=("taart.jpg",)))
    post.takes(reports.reply("Namens haar.", sender="kees@elders.example", answers=asked.message_id, own_id="<2@x>"))
    found = exported(app, asked.address)
    assert [row["text"] for row in found["replies"]] == ["Nee, er mist nog een taart.", "Namens haar."]
    assert len(found["received"]) == 2
    assert app.test_cli_runner().invoke(args=["erase-person", asked.address]).exit_code == 0
    for kept in post.replies():
        assert (kept.text, kept.subject, kept.sender_name, kept.sender_address, kept.sender_key) == (None,) * 5
        assert kept.attachments is None
    page = signed_in(app, "handler").get(f"/staff/complaints/{asked.complaint_id}", query_string={"lang": "en"}).text
    assert "taart" not in page
    assert "The words were erased." in page


def test_what_a_stranger_wrote_is_found_once_they_are_known(app: Flask, post: Post) -> None:
    post.takes(reports.reply("Geheim verhaal.", sender="later@postvak.example"))
    post.people.brings("K-7", email="later@postvak.example")
    assert exported(app, "later@postvak.example")["replies_without_a_case"][0]["text"] == "Geheim verhaal."
    app.test_cli_runner().invoke(args=["erase-person", "later@postvak.example"])
    assert post.replies()[0].text is None


def test_a_reply_of_an_erased_person_is_kept_without_a_word(app: Flask, post: Post) -> None:
    asked = post.asks()
    app.test_cli_runner().invoke(args=["erase-person", asked.address])
    assert post.takes(reports.reply("Nog iets", sender=asked.address, answers=asked.message_id)).verdict == "attached"
    assert (post.replies()[0].text, post.replies()[0].sender_address) == (None, None)
    assert post.people.outbox("reply_for_handler") == []


def test_a_reply_that_is_erased_before_it_is_told_is_not_told(app: Flask, post: Post) -> None:
    asked = post.asks()
    post.takes(reports.reply(NO, sender=asked.address, answers=asked.message_id))
    app.test_cli_runner().invoke(args=["erase-person", asked.address])
    assert post.people.delivers() == []
    assert post.people.outbox("reply_for_handler") == [("cancelled", "erased")]


def test_words_of_others_cannot_break_a_page_or_a_mail(app: Flask, post: Post) -> None:
    asked = post.asks()
    said = "<script>alert(1)</script> {{ 7*191 }} \u202eomgekeerd\x07"
    post.takes(reports.reply(said, sender=asked.address, answers=asked.message_id, subject="Re: <b>x</b>"))
    page = signed_in(app, "handler").get(f"/staff/complaints/{asked.complaint_id}").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    (mail,) = post.people.delivers()
    assert "1337" not in mail.text
    assert "<script>alert" not in mail.html
    assert post.replies()[0].text == "<script>alert(1)</script> {{ 7*191 }} omgekeerd"
    assert post.count(Outbox) >= 2
