"""Words that were taken over from somebody else's text, in a row. Values in, places out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator

Run = tuple[str, ...]

SHORTEST = 8  # words in a row
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def shared(ours: Iterable[str], theirs: Iterable[str]) -> frozenset[Run]:
    """The runs of SHORTEST words that stand in one of our texts and in one of theirs.

    Case, accents, punctuation and markup between the words count for nothing. Only what our texts hold is kept in
    memory, however many texts are theirs.
    """
    wanted = {run for one in ours for run in _runs_of(one)}
    return frozenset(run for one in theirs for run in _runs_of(one) if run in wanted) if wanted else frozenset()


def places(text: str, found: Collection[Run]) -> Iterator[tuple[int, int]]:
    """Where these runs stand in the text, each as long as it goes on."""
    matches = list(_WORD.finditer(text)) if found else []
    ours = [plain(match[0]) for match in matches]
    at = 0
    while at + SHORTEST <= len(ours):
        if tuple(ours[at : at + SHORTEST]) not in found:
            at += 1
            continue
        end = at + SHORTEST
        while end < len(ours) and tuple(ours[end - SHORTEST + 1 : end + 1]) in found:
            end += 1
        yield matches[at].start(), matches[end - 1].end()
        at = end


def plain(word: str) -> str:
    """A word without case and accents."""
    if word.isascii():
        return word.casefold()
    apart = unicodedata.normalize("NFKD", word.casefold())
    return "".join(one for one in apart if not unicodedata.combining(one)).replace("’", "'")


def _runs_of(text: str) -> Iterator[Run]:
    said = [plain(word) for word in _WORD.findall(text)]
    return zip(*(said[shift:] for shift in range(SHORTEST)), strict=False)
