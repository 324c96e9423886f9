"""Every sentence that a person reads exists in Dutch too, with the same holes in it."""

from __future__ import annotations

import re
import tomllib
from functools import cache

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

from tests.support.source import PACKAGE, ROOT

LANGUAGES = ("nl",)  # the messages themselves are English
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "_l": None,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}
INFORMAL = re.compile(r"\b(je|jij|jou|jouw|jullie)\b", re.IGNORECASE)
HOLE = re.compile(r"%\((\w+)\)[a-z]")


@cache
def _said() -> Catalog:
    """Every message in the sources, as `make i18n` would find them."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    said = Catalog()
    for folder in ("feedbackloop", "templates"):
        found = extract_from_dir(
            ROOT / folder,
            [
                (one["pattern"].removeprefix(f"{folder}/"), one["method"])
                for one in mappings
                if one["pattern"].startswith(folder)
            ],
            {one["pattern"].removeprefix(f"{folder}/"): {"silent": "false"} for one in mappings},
            keywords=KEYWORDS,
        )
        for name, line, message, _comments, context in found:
            said.add(message, locations=[(f"{folder}/{name}", line)], context=context)
    return said


@cache
def _translated(language: str) -> Catalog:
    with (PACKAGE / "translations" / language / "LC_MESSAGES" / "messages.po").open("rb") as stream:
        return read_po(stream, locale=language)


def _strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def _ids(message: Message) -> list[str]:
    return [message.id] if isinstance(message.id, str) else list(message.id)


def test_sentences_are_found() -> None:
    assert len(_said()) > 100


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated(language: str) -> None:
    catalogue = _translated(language)
    missing = []
    for message in _said():
        if not message.id:
            continue
        found = catalogue.get(message.id, message.context)
        if found is None or not all(_strings(found)) or found.pluralizable != message.pluralizable:
            missing.append(f"{message.locations[0][0]}:{message.locations[0][1]}: {message.id!r}")
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_translated_that_nobody_says(language: str) -> None:
    unsaid = [m.id for m in _translated(language) if m.id and _said().get(m.id, m.context) is None]
    assert not unsaid, "make i18n takes these out:\n" + "\n".join(map(repr, unsaid))


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_a_guess(language: str) -> None:
    assert not [m.id for m in _translated(language) if m.fuzzy]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_same_holes(language: str) -> None:
    wrong = []
    for message in _translated(language):
        asked = {hole for text in _ids(message) for hole in HOLE.findall(text)}
        for text in _strings(message):
            if message.id and set(HOLE.findall(text)) - asked:
                wrong.append(f"{message.id!r}: {text!r}")
        if message.id and asked - set(HOLE.findall(_strings(message)[-1])):
            wrong.append(f"{message.id!r}: loses a value in {_strings(message)[-1]!r}")
    assert not wrong, "\n".join(wrong)


def test_dutch_is_spoken_calmly() -> None:
    said = [text for message in _translated("nl") if message.id for text in _strings(message)]
    assert not [text for text in said if "!" in text]
    assert not [text for text in said if INFORMAL.search(text)]
