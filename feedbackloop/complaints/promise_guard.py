"""The promise guard: who writes that it will not happen again knows why it did, and what was changed. Values in,
decision out; Dutch and English.

What is looked for is a promise in so many words. One that is expressly not made ('we cannot promise that …') is none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

ROOT_CAUSE, PREVENTION = "root_cause", "prevention"

# What a promise lacks, as the complaint keeps it where a source made that promise.
FLAGS: Mapping[tuple[str, ...], str] = {
    (ROOT_CAUSE,): "no_root_cause",
    (PREVENTION,): "no_prevention",
    (ROOT_CAUSE, PREVENTION): "nothing_behind_it",
}

# Within a sentence, and not far: what is between the two halves of a promise.
_SOME = r"[^.!?;:]{0,60}?"
_NOT_NL = r"(?:niet|nooit|geen)"
_AGAIN_NL = r"(?:meer|weer|nogmaals|opnieuw|nog eens|nog een keer|een tweede keer|een volgende keer|in de toekomst)"
_HAPPENS_NL = r"(?:gebeur(?:t|en)|voorkom(?:t|en)|voorval(?:t|len)|overkom(?:t|en)|plaatsvind(?:t|en)|herhaal[dt])"
_NOT_EN = r"(?:not|never|n't|no longer)"
_AGAIN_EN = r"(?:again|any ?more|a second time|in (?:the )?future|next time)"
_HAPPENS_EN = r"(?:happen|occur|take place|come up|go wrong)(?:s|ing)?"
_NEXT_TIME_NL = r"(?:zorg(?:en|t|de|den)?|beloven|beloof|belooft|garanderen|garandeert|verzekeren)"
_NEXT_TIME_EN = r"(?:make sure|making sure|ensur(?:e|ed|es|ing)|guarantee|promise|see to it|assure)"

_PROMISES = re.compile(
    "|".join(
        (
            # 'dit zal niet meer gebeuren', 'wij zorgen ervoor dat dit nooit meer voorkomt'
            rf"\b(?:{_NEXT_TIME_NL}\b{_SOME}\b)?{_NOT_NL} {_AGAIN_NL}\b{_SOME}\b{_HAPPENS_NL}\b",
            # 'dit gebeurt niet weer', 'het overkomt u geen tweede keer'
            rf"\b(?:gebeurt|overkomt)\b{_SOME}\b{_NOT_NL} (?:{_AGAIN_NL}|tweede keer)\b(?! (?:dan|vandaag|deze))",
            # 'het komt niet meer voor'
            rf"\bkomt\b{_SOME}\b{_NOT_NL} {_AGAIN_NL}\b{_SOME}\bvoor\b(?! (?:u|de|het|een|in)\b)",
            # 'wij zorgen ervoor dat dit niet gebeurt', 'wij beloven dat het niet weer misgaat'
            rf"\b{_NEXT_TIME_NL}\b{_SOME}\b{_NOT_NL}\b{_SOME}\b(?:{_HAPPENS_NL}|misga(?:at|n))\b",
            # 'om te voorkomen dat dit opnieuw gebeurt', 'dit nooit meer'
            rf"\bvoorkom(?:en|t)? dat\b{_SOME}\b{_AGAIN_NL}\b{_SOME}\b{_HAPPENS_NL}\b",
            r"\b(?:dit|dat|zoiets) (?:is )?(?:eens maar )?nooit (?:meer|weer)\b(?! (?:te|een)\b)",
            # 'it will not happen again', 'this won't ever occur again', 'we make sure that it does not happen'
            rf"(?:\b{_NEXT_TIME_EN}\b{_SOME})?(?:\b|(?=n't)){_NOT_EN}\b{_SOME}\b{_HAPPENS_EN}\b{_SOME}\b{_AGAIN_EN}\b",
            rf"\b{_NEXT_TIME_EN}\b{_SOME}(?:\b|(?=n't)){_NOT_EN}\b{_SOME}\b{_HAPPENS_EN}\b",
            rf"\bwon't\b{_SOME}\b{_HAPPENS_EN}\b{_SOME}\b{_AGAIN_EN}\b",
            r"(?:\b(?:not|never)|n't) (?:ever )?(?:recur|reoccur|be repeated|repeat itself)\b",
            rf"\bprevent(?:s|ed|ing)?\b{_SOME}\b(?:happening|occurring|recurring)\b(?: again)?",
            r"\bnever again\b",
        )
    )
)
# No promise is without one of these, and few sentences have one: an import reads many texts.
_TRIGGER = re.compile(r"niet|nooit|geen|voorko|not|never|no longer|n['’‘]t|prevent", re.IGNORECASE)
_ENDS = re.compile(r"[.!?;:]")
_NOT_PROMISED = re.compile(
    r"\b(?:(?:kunnen|kan|durven) (?:u |wij |we |ik |helaas |dat |het )*(?:niet|nooit|geen)\b[^.!?;]{0,40}"
    r"\b(?:beloven|belofte|garanderen|garantie|toezeggen|uitsluiten)"
    r"|(?:cannot|can not|can't|could not|couldn't|unable to|not able to)\b[^.!?;]{0,30}"
    r"\b(?:promise|guarantee|rule out|assure|ensure)"
    r"|(?:geen garantie|no guarantee|no promise))\b[^.!?;]*"
)
_WORD = re.compile(r"[^\W\d_]{3,}")
# What a bare promise is dressed with; a step that is named has words besides.
_DRESSED_WITH = """
    wij ons onze uw dit dat het deze die zoiets zal zullen zou zouden gaat gaan kan kunnen moet moeten mag echt
    zeker natuurlijk uiteraard beslist zorg zorgen zorgt zorgden ervoor voor beloven beloof belooft belofte
    garanderen garandeert garantie verzekeren toekomst voortaan alles aan doen doet daarom hierbij mij maar ook
    nog eens meer weer niet nooit geen van met een wat als zodat omdat spijt excuses sorry best beste volgende
    keer tweede opnieuw nogmaals worden wordt herhaling maatregelen maatregel genomen nemen hebben heeft stappen
    voorkomen gebeuren gebeurt dank begrip onder andere hoor the this that our your you its will shall would
    should can could must make making sure ensure ensures ensured see promise promised guarantee assure going not
    never ever again any more anymore future happen happens happening occur such thing things problem mistake
    error fout fouten probleem and for with from now are have has had been being very really certainly took take
    taken steps step measures measure course please apologies apologise apologize regret everything anything
    something
"""
_DRESSING = frozenset(_DRESSED_WITH.split())
_FEWEST_WORDS = 2


@dataclass(frozen=True)
class Unfounded:
    """A promise without what it rests on: the field that holds it, and the fields that are missing or say nothing."""

    field: str
    missing: tuple[str, ...]

    @property
    def flag(self) -> str:
        return FLAGS[self.missing]


def promises(text: str | None) -> bool:
    """Whether the text says that it will not happen again."""
    if not text or not _TRIGGER.search(text):
        return False
    sentences = _ENDS.split(_plain(text))
    return any(_TRIGGER.search(one) and _PROMISES.search(one) for one in sentences)


def has_step(prevention: str | None) -> bool:
    """Whether this names what was or will be changed. A promise alone is no step."""
    plain = _plain(prevention)
    if not promises(prevention):
        return bool(_WORD.search(plain))
    rest = set(_WORD.findall(_PROMISES.sub(" ", plain))) - _DRESSING
    return len(rest) >= _FEWEST_WORDS


def unfounded(texts: Mapping[str, str | None], root_cause: str | None, prevention: str | None) -> Unfounded | None:
    """The first of these texts (by field) that promises without both a root cause and a step; None where none does."""
    field = next((name for name, text in texts.items() if promises(text)), None)
    if field is None:
        return None
    missing = []
    if not (root_cause or "").strip():
        missing.append(ROOT_CAUSE)
    if not has_step(prevention):
        missing.append(PREVENTION)
    return Unfounded(field, tuple(missing)) if missing else None


def flag(resolution: str | None, prevention: str | None, root_cause: str | None) -> str | None:
    """What a complaint keeps of a promise that a source made: a code of FLAGS, or None."""
    found = unfounded({"resolution": resolution, PREVENTION: prevention}, root_cause, prevention)
    return found.flag if found else None


def _plain(text: str | None) -> str:
    """In small letters, with plain apostrophes and single spaces, without what is expressly not promised."""
    if not text:
        return ""
    plain = unicodedata.normalize("NFKC", text).lower().replace("’", "'").replace("‘", "'")
    if not plain.isascii():
        plain = "".join(one for one in plain if unicodedata.category(one) != "Cf")
    return _NOT_PROMISED.sub(" ", " ".join(plain.split()))
