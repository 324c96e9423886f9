"""What a person wrote themselves, without the mail that their program put under it."""

from __future__ import annotations

import re
from collections.abc import Sequence

# A line that introduces what was answered: 'On … wrote:', 'Op … schreef …:', 'Am … schrieb …:', 'Le … a écrit :'.
_WROTE = re.compile(r"\b(wrote|schreef|geschreven|schrieb|geschrieben|a écrit)\b[^\n]{0,200}:$", re.IGNORECASE)
_BEGINS = re.compile(r"^(on|op|am|le|in|>? ?on|>? ?op)\b", re.IGNORECASE)
_RULE = re.compile(r"^(_{10,}|-{2,} ?[^-\n]{3,40} ?-{2,})$")
_FORWARD = re.compile(
    r"original message|oorspronkelijk|original-?nachricht|ursprüngliche|message d.origine|forwarded|doorgestuurd",
    re.IGNORECASE,
)
_FROM = re.compile(r"^\*?(from|van|von|de)\*?\s?:\*?\s", re.IGNORECASE)
_HEADERS = re.compile(
    r"^\*?(sent|date|to|subject|verzonden|datum|aan|onderwerp|gesendet|an|betreff|envoyé|à|objet)\*?\s?:", re.IGNORECASE
)
_LONGEST_INTRODUCTION = 3
_HEADERS_WITHIN = 4


def own_words(text: str) -> tuple[str, bool]:
    """The text without a quotation at its end, and whether one was cut. Answers between quoted lines stay whole.

    Where it is not plain what is quoted, nothing is cut: too much is better than a word lost.
    """
    lines = text.split("\n")
    end = _introduction(lines)
    if end is None:
        end = _trailing_quote(lines)
    kept = "\n".join(lines[:end]).rstrip()
    if not kept or end == len(lines):
        return text.strip(), False
    return kept, True


def _introduction(lines: Sequence[str]) -> int | None:
    """Where a program's own line or block begins that introduces the whole message below it."""
    for place, line in enumerate(lines):
        bare = line.strip().lstrip("> ").strip()
        if not bare:
            continue
        if _RULE.match(bare) and (_FORWARD.search(bare) or _is_header_block(lines, place + 1)):
            return place
        if _FROM.match(bare) and _is_header_block(lines, place):
            return place
        if _BEGINS.match(bare) and (length := _wrote(lines, place)) and _only_quoted(lines[place + length :]):
            return place
    return None


def _wrote(lines: Sequence[str], place: int) -> int:
    """How many lines 'On … wrote:' takes here; programs break it where it is long. 0 where it is none."""
    said = ""
    for length, line in enumerate(lines[place : place + _LONGEST_INTRODUCTION], 1):
        said = f"{said} {line.strip().lstrip('> ').strip()}".strip()[:600]
        if _WROTE.search(said):
            return length
    return 0


def _is_header_block(lines: Sequence[str], place: int) -> bool:
    """Whether 'From:' and another header of a mail stand right here."""
    block = [line.strip().lstrip("> ").strip() for line in lines[place : place + _HEADERS_WITHIN] if line.strip()]
    return any(_FROM.match(line) for line in block) and any(_HEADERS.match(line) for line in block)


def _only_quoted(lines: Sequence[str]) -> bool:
    """Whether nothing of the person's own follows: all is quoted, or nothing is (a program that does not mark it)."""
    written = [line.lstrip() for line in lines if line.strip()]
    marked = sum(line.startswith(">") for line in written)
    return marked in (0, len(written))


def _trailing_quote(lines: Sequence[str]) -> int:
    """Where the marked lines at the very end begin; the number of lines where there are none."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith(">")):
        end -= 1
    return end if any(line.lstrip().startswith(">") for line in lines[end:]) else len(lines)
