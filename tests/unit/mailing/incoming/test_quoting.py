"""What a person wrote is kept whole; what their program put under it is left out where that is plain."""

from __future__ import annotations

import pytest

from feedbackloop.mailing.incoming.quoting import own_words

QUOTED = "> Beste Marleen,\n> Is het opgelost?\n"


@pytest.mark.parametrize(
    "under",
    [
        f"Op di 3 nov 2026 om 10:00 schreef Testwinkel <loop@ours.example>:\n\n{QUOTED}",
        f"Op 3 nov. 2026 om 10:00 heeft Testwinkel <loop@ours.example> het volgende geschreven:\n{QUOTED}",
        f"> Op 3 nov. 2026 om 10:00 heeft Testwinkel het volgende geschreven:\n>\n{QUOTED}",
        f"On Tue, Nov 3, 2026 at 10:00 AM Testwinkel <loop@ours.example>\nwrote:\n\n{QUOTED}",
        f"Am 03.11.2026 um 10:00 schrieb Testwinkel:\n{QUOTED}",
        "On 3 Nov 2026, at 10:00, Testwinkel wrote:\n\nBeste Marleen,\nIs het opgelost?\n",
        (
            "________________________________\nVan: Testwinkel <loop@ours.example>\nVerzonden: dinsdag 3 november\n"
            "Aan: Marleen\nOnderwerp: Is het opgelost?\n\nBeste Marleen\n"
        ),
        "From: Testwinkel <loop@ours.example>\nSent: Tuesday\nTo: Marleen\nSubject: Solved?\n\nDear Marleen",
        "-----Oorspronkelijk bericht-----\nVan: Testwinkel\nAan: Marleen\n\nBeste Marleen",
        "-----Original Message-----\nFrom: x\nSent: y\n\nDear",
        QUOTED,
    ],
)
def test_the_mail_below_is_cut(under: str) -> None:
    own = "Nee, het is niet opgelost.\n\nGroet, Marleen"
    assert own_words(f"{own}\n\n{under}") == (own, True)


@pytest.mark.parametrize(
    "text",
    [
        "Van: mij\nmaar dat is geen kop van een bericht.",
        "Op maandag schreef ik dit al:\nniemand antwoordde.\n\nEn nu nog steeds niet, zie boven.",
        "> Is het opgelost?\nNee.\n> Wilt u gebeld worden?\nJa, op 06-12345678.",
        "- niets geleverd\n- geen geld terug\n\n-- \nPiet",
        "Het antwoord staat hieronder.\n_____\nen hier",
    ],
)
def test_what_is_not_plainly_quoted_stays(text: str) -> None:
    assert own_words(text) == (text, False)


def test_answers_between_quoted_lines_stay_with_their_introduction() -> None:
    text = "Op 3 nov schreef Testwinkel:\n> Is het opgelost?\nNee!\n> Gebeld?\nJa."
    assert own_words(text) == (text, False)


def test_a_message_that_is_nothing_but_a_quotation_is_kept() -> None:
    assert own_words(QUOTED) == (QUOTED.strip(), False)


@pytest.mark.parametrize("bait", ["On " * 7000, "Op di " * 4000, "\n" * 20000, "> " * 10000, "From: a\n" * 3000])
def test_any_text_comes_out_as_long_as_it_was_or_shorter(bait: str) -> None:
    assert len(own_words(bait)[0]) <= len(bait)
