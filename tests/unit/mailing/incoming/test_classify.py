"""What a message is, from its own form alone."""

from __future__ import annotations

from typing import Any

import pytest

from feedbackloop.mailing.incoming import classify, reading
from tests.support import reports

UUID = "0b7d4a1e-8c1f-4a3b-9d2e-1234567890ab"
OURS = f"<{UUID}.check_in@ours.example>"


def test_a_delivery_report_gives_its_status_its_address_and_our_mail() -> None:
    found = classify.letter(reports.delivery_report(message_id=OURS, status="5.1.1", recipient="x@postvak.example"))
    assert (found.finding.kind, found.finding.status, found.finding.given_up) == ("bounce", "5.1.1", True)
    assert (found.mail_uuids, found.about, found.words) == ((UUID,), ("x@postvak.example",), None)


@pytest.mark.parametrize("action", ["delayed", "relayed", "delivered", "expanded"])
def test_an_action_that_is_no_failure_only_informs(action: str) -> None:
    found = classify.letter(reports.delivery_report(action=action, status="5.1.1")).finding
    assert (found.kind, found.informs) == ("bounce", True)


def test_a_status_in_prose_is_none() -> None:
    said = f"Hi. This is the qmail-send program.\n<x@postvak.example>:\n550 5.1.1 unknown user\nMessage-ID: {OURS}"
    found = classify.letter(reports.prose_report(said))
    assert (found.finding.kind, found.finding.status) == ("bounce", None)
    assert found.mail_uuids == (UUID,)


def test_fields_that_a_server_broke_are_read_all_the_same() -> None:
    raw = reports.delivery_report(status="5.7.1", diagnostic="550 no\nnot indented: at all\nreally")
    assert classify.letter(raw).finding.status == "5.7.1"


def test_a_report_about_another_message_inside_of_a_message_is_not_this_ones() -> None:
    inner = reports.delivery_report(status="5.1.1").decode()
    raw = (
        "From: Marleen <marleen@postvak.example>\nSubject: Fwd: Undelivered\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="o"\n\n--o\n\nKijk, dit kreeg ik.\n'
        f"--o\nContent-Type: message/rfc822\n\n{inner}\n--o--\n"
    )
    found = classify.letter(raw.encode())
    assert (found.finding.kind, found.finding.status) == ("reply", None)


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated (rejected)"},
        {"X_Autoreply": "yes"},
        {"X_Autorespond": "Re: x"},
        {"Precedence": "auto_reply"},
        {"Precedence": "bulk"},
        {"Return_Path": "<>"},
        {"subject": "Automatisch antwoord: Is het opgelost?"},
        {"subject": "Out of office: Re: Is het opgelost?"},
        {"subject": "Afwezig: terug op 5 mei"},
        {"subject": "Automatic reply: x"},
        {"sender": "postmaster@postvak.example"},
    ],
)
def test_a_programs_answer_is_told_from_a_persons(headers: dict[str, Any]) -> None:
    found = classify.letter(reports.reply("Ik ben er niet.", answers=OURS, **headers))
    assert (found.finding.kind, found.words) == ("automatic", None)


@pytest.mark.parametrize("subject", ["Re: Is het opgelost?", "Vakantie Griekenland", "Auto kapot", "Away with you"])
def test_a_person_is_not_taken_for_a_program(subject: str) -> None:
    found = classify.letter(reports.reply("Nee.", answers=OURS, subject=subject, Auto_Submitted="no"))
    assert found.finding.kind == "reply"
    assert found.mail_uuids == (UUID,)


def test_words_are_kept_and_files_are_named() -> None:
    said = "Nee, er mist nog iets.\n\nOp 3 nov schreef Testwinkel:\n> Is het opgelost?\n"
    words = classify.letter(reports.reply(said, answers=OURS, files=("foto één.jpg",))).words
    assert words is not None
    assert (words.text, words.quote_cut, words.attachments) == ("Nee, er mist nog iets.", True, ("foto één.jpg",))
    assert (words.sender_name, words.sender_address) == ("Marleen Osinga", "marleen@postvak.example")


def test_a_long_reply_is_shortened_and_says_so() -> None:
    words = classify.letter(reports.reply("a" * (classify.LONGEST_REPLY + 1))).words
    assert words is not None
    assert (len(words.text), words.shortened) == (classify.LONGEST_REPLY, True)


def test_html_alone_becomes_text_without_its_scripts() -> None:
    raw = (
        b"From: m@postvak.example\nSubject: Re\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n"
        b"<html><head><style>p{}</style></head><body><p>Nee &amp; nog eens <b>nee</b></p><script>x()</script>"
        b"<div class='gmail_quote'>Op 3 nov schreef<blockquote>Beste</blockquote></div></body></html>"
    )
    words = classify.letter(raw).words
    assert words is not None
    assert (words.text, words.quote_cut) == ("Nee & nog eens nee", True)


def test_a_complaint_is_read_with_its_type_and_the_link_in_what_it_returns() -> None:
    found = classify.letter(reports.complaint(OURS, unsubscribe="https://x.example/unsubscribe/12-check_in.abcdefghij"))
    assert (found.finding.kind, found.finding.feedback) == ("complaint", "abuse")
    assert (found.mail_uuids, found.opt_out_tokens) == ((UUID,), ("12-check_in.abcdefghij",))


def test_copies_of_one_message_are_one_whatever_way_they_took() -> None:
    raw = reports.reply("Nee.")
    other_way = b"Received: from a by b\r\nDelivered-To: x@y.example\r\n" + raw.replace(b"\n", b"\r\n")
    assert classify.letter(raw).identity == classify.letter(other_way).identity
    assert classify.letter(raw).identity != classify.letter(reports.reply("Ja.")).identity


@pytest.mark.parametrize("raw", [b"", b"\x00\x01\x02", b"no header at all", b"\n\nbody"])
def test_what_is_no_message_is_said_so(raw: bytes) -> None:
    with pytest.raises(reading.Unreadable):
        classify.letter(raw)


def test_what_is_too_large_is_said_so() -> None:
    with pytest.raises(reading.Unreadable, match="too_large"):
        classify.letter(b"From: a@b.example\n\n" + b"x" * reading.LARGEST)


def test_a_nest_of_parts_ends() -> None:
    deep = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(3000))
    with pytest.raises(reading.Unreadable):
        classify.letter(f"From: a@b.example\n{deep}".encode())


@pytest.mark.parametrize(
    "header",
    [
        b"Subject: =?utf-8?b?/////w==?=",
        b"Subject: =?x-none?q?a?=",
        b"From: \xff\xfe <a@\xff>",
        b"To: " + b"a@b," * 9000,
    ],
)
def test_broken_headers_are_read_as_far_as_they_go(header: bytes) -> None:
    found = classify.letter(header + b"\nMessage-ID: <x@y.example>\n\nhello")
    assert found.words is not None
    assert found.words.text == "hello"
