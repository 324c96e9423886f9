"""What the invitation says, word for word: a change of wording shows as a change of these files."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from feedbackloop.reviews.texts import steering
from tests.support.complainant import masked
from tests.support.reviewer import Reviewer
from tests.support.smtp import Received

SNAPSHOTS = Path(__file__).parent / "snapshots"
ENGLISH = {"subject": "Order came too late", "name": "Grace Okafor", "locale": "en"}
BARE = {"subject": None, "name": None}


def invitation(people: Reviewer, **given: Any) -> Received:
    people.is_invited(given.pop("external_id", "K-1"), **given)
    return people.sink.messages[-1]


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("invitation.nl", {}),
        ("invitation.en", ENGLISH),
        ("invitation_bare.nl", {**BARE, "external_id": "3f0c9a7be51d4482a6bb"}),
        ("invitation_long.nl", {"subject": "Zo lang " * 30, "external_id": "3f0c9a7be51d4482a6bb0"}),
    ],
)
def test_the_invitation(people: Reviewer, name: str, given: dict[str, Any]) -> None:
    mail = invitation(people, **given)
    path = SNAPSHOTS / f"{name}.txt"
    said = f"Subject: {mail.subject}\n\n{masked(mail.text)}"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(said, encoding="utf-8")
    assert said == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("given", [{}, ENGLISH])
def test_it_steers_nobody(people: Reviewer, given: dict[str, Any]) -> None:
    """No stars, no condition, no reward, no picture; and one link, alone on its line."""
    mail = invitation(people, **given)
    html = mail.html.split("</head>")[-1]
    for words in (mail.subject, mail.text, re.sub(r"<[^>]+>", " ", html)):
        assert steering(words) == []
        assert not re.search(r"★|⭐|ster|tevreden|satisfied|happy|blij|korting|voucher|discount|win\b", words.lower())
    assert "<img" not in mail.html
    links = set(re.findall(r"https?://[^\s\"<]+/review/[^\s\"<]+", mail.text + html))
    assert len(links) == 1
    assert links <= set(mail.text.splitlines())


def test_opting_out_needs_no_sign_in(people: Reviewer) -> None:
    mail = invitation(people)
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = people.path(mail, "/unsubscribe/")
    assert people.opens(path).status_code == 200
    assert people.sends(path, **{"List-Unsubscribe": "One-Click"}).status_code == 200
    people.says_yes("K-2", email="k-1@postvak.example")
    assert people.states()[1] == ("suppressed", "opted_out")
