"""Every mail of the published samples gets its class: a table of how they were published and what we made of them."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from flask import Flask

from feedbackloop.mailing.incoming import classify
from tests.station.mailing.incoming.conftest import Post
from tests.support.source import ROOT

SAMPLES = ROOT.parent / "shared" / "data" / "mail-samples"
KINDS = ("bounce", "complaint", "automatic", "reply")
EXPECTED = {"dsn": "bounce", "arf": "complaint", "auto-reply": "automatic", "not-a-bounce": "reply"}
# Read otherwise than they were published, and why: docs/decisions/0008-bounces.md.
OTHERWISE = {
    "dsn/lhost-apachejames-01.eml": "automatic",
    "dsn/lhost-fml-02.eml": "reply",
    "arf/arf-26.eml": "automatic",
}


def _samples() -> list[tuple[str, str]]:
    if not (SAMPLES / "MANIFEST.csv").is_file():
        pytest.skip("there are no published mail samples beside this checkout")
    with (SAMPLES / "MANIFEST.csv").open(newline="") as stream:
        return [(row["file"], row["kind"]) for row in csv.DictReader(stream)]


def test_every_sample_gets_its_class(capsys: pytest.CaptureFixture[str]) -> None:
    table: Counter[tuple[str, str]] = Counter()
    wrong = {}
    for name, kind in _samples():
        found = classify.letter(Path(SAMPLES, name).read_bytes()).finding.kind
        table[kind, found] += 1
        if found != EXPECTED[kind]:
            wrong[name] = found
    with capsys.disabled():
        print(f"\n{'published as':14}" + "".join(f"{one:>11}" for one in KINDS))  # noqa: T201
        for kind in EXPECTED:
            print(f"{kind:14}" + "".join(f"{table[kind, one]:>11}" for one in KINDS))  # noqa: T201
    assert wrong == OTHERWISE


def test_no_sample_moves_anything_because_none_is_about_a_mail_of_ours(app: Flask, post: Post) -> None:
    asked = post.asks()
    for name, _kind in _samples():
        post.takes(Path(SAMPLES, name).read_bytes())
    assert {row.verdict for row in post.received()} == {"nothing"}
    assert post.check_in(asked.complaint_id) == "sent"
    assert post.people.delivers() == []
