"""Stories from memory: the same answers as Flask's, and what a person takes back is gone within seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from flask import Flask

from tests.support.clock import Clock
from tests.support.fronts import Fronts, said
from tests.support.smtp import Sink
from tests.support.storyteller import Storyteller

PROMISED_S = 5.0


@pytest.fixture
def people(app: Flask, sink: Sink, clock: Clock) -> Storyteller:
    return Storyteller(app, sink, clock)


@pytest.fixture
def fronts(app: Flask) -> Iterator[Fronts]:
    made = Fronts(app)
    yield made
    made.stop()


def test_what_is_kept_is_the_same_and_goes_with_the_person(people: Storyteller, fronts: Fronts) -> None:
    story_id, path = people.told()
    slug = people.told_of(story_id).slug
    front, browser = fronts()
    _other, elsewhere = fronts()
    paths = [one for one in people.everywhere(slug) if one != "/sitemap.xml"] + [f"/stories/{slug}/picture.png"]
    client = people.app.test_client()
    for one in paths:
        for asked in (browser, browser, elsewhere):
            found, flask = asked.get(one), client.get(one)
            assert (found.status, found.data, said(found)) == (flask.status, flask.data, said(flask)), one
    assert len(front.memory) == len(paths)
    assert slug in browser.get("/sitemap.xml").text
    people.sends(path, answer="no")
    began = time.monotonic()
    while any(
        slug.encode() in asked.get(one).data for asked in (browser, elsewhere) for one in (*paths, "/sitemap.xml")
    ):
        assert time.monotonic() - began < PROMISED_S
        time.sleep(0.05)
    assert elsewhere.get(f"/stories/{slug}/picture.png").status_code == 404
