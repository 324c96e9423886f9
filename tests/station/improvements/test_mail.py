"""What a told-you-so mail says: their words and date first, then what was done; one link, one way out."""

from __future__ import annotations

import re

from feedbackloop.improvements.service import Words
from tests.support.improver import EN, NL, Improver

RICH = Words("Te laat.", "Dit **werkt**:\n\n- een\n- [twee](https://a.example/b)\n\n<script>x</script>")


def test_it_begins_with_what_they_said_and_when(people: Improver) -> None:
    ids = [people.complains(f"K-{n}", name="Hendrik Sloot" if n == 0 else "Iemand Anders") for n in range(6)]
    people.public(ids, status="done", texts={"nl": NL, "en": EN})
    mail = next(one for one in people.tells() if one.recipients == ("k-0@postvak.example",))
    assert mail.subject == "U zei iets. Dit deden wij ermee."
    lines = mail.text.splitlines()
    assert lines[0] == "Beste Hendrik Sloot,"
    assert "Op 27 oktober vertelde u ons:" in lines
    place = [
        mail.text.index(part) for part in ("De bestelling voor", "DIT DEDEN WIJ ERMEE", NL.we_did, "5 andere mensen")
    ]
    assert place == sorted(place)
    link = people.path(mail, "/told/")
    assert f"http://localhost{link}" in lines
    assert "uw klacht K-0" in mail.text
    assert mail.message["List-Unsubscribe"]
    assert "Stuur mij geen nieuws over verbeteringen" in mail.html
    assert re.search(r'href="http://localhost/unsubscribe/', mail.html)
    assert "Iemand" not in mail.text + mail.html


def test_few_others_are_not_counted(people: Improver) -> None:
    people.public([people.complains(f"K-{n}") for n in range(4)])
    assert all("andere mensen" not in mail.text + mail.html for mail in people.tells())


def test_it_speaks_the_persons_language_and_marks_words_in_another_one(people: Improver) -> None:
    people.public([people.complains(locale="en")])
    mail = people.tells()[0]
    assert mail.subject == "You told us something. This is our answer."
    assert "This is what we are going to do" in mail.html
    assert re.search(rf'lang="nl"[^>]*>\s*<p[^>]*>{NL.we_did}', mail.html)


def test_markup_is_safe_in_html_and_gone_in_text(people: Improver) -> None:
    people.public([people.complains()], texts={"nl": RICH})
    mail = people.tells()[0]
    assert "Dit werkt:\n\n- een\n- twee (https://a.example/b)" in "\n".join(mail.text.splitlines())
    assert "<strong>werkt</strong>" in mail.html
    assert "<script" not in mail.html
    assert not re.search(r"<img|<link|src=", mail.html)


def test_several_improvements_each_have_their_own_link(people: Improver) -> None:
    complaint = people.complains()
    people.public([complaint], status="done")
    people.public([complaint], status="planned", texts={"nl": EN})
    mail = people.tells()[0]
    links = set(re.findall(r"/told/[\w.-]+", mail.text))
    assert len(links) == 2
    assert links == set(re.findall(r"/told/[\w.-]+", mail.html))
    assert mail.subject == "U zei iets. Dit deden wij ermee."
    assert mail.text.count("uw klacht K-1") == 1
