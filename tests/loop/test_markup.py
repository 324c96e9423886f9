"""The pages of people and of the log, as the Nu HTML checker reads them: FEEDBACKLOOP_VNU names a `vnu.jar`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedbackloop import create_app
from tests.support.clock import Clock
from tests.support.crawl import HttpVisitor, sign_in_to_sample
from tests.support.improver import EN, NL, Improver
from tests.support.measured import both, done, opens
from tests.support.sample import LANGUAGES, sample_site
from tests.support.scenes import scenes
from tests.support.shared import SharedFolder
from tests.support.site import Site
from tests.support.smtp import Sink

CHECKER = os.environ.get("FEEDBACKLOOP_VNU", "")


pytestmark = pytest.mark.skipif(
    not (CHECKER and Path(CHECKER).is_file() and shutil.which("java")),
    reason="FEEDBACKLOOP_VNU names no vnu.jar, or there is no java",
)


def test_the_markup_has_no_errors(site: Site, tmp_path: Path) -> None:
    visitor, found = HttpVisitor(site.url), {}
    for number, said in enumerate(("yes", "partly", "later")):
        person = f"markup-{said}@postvak.example"
        site.machine.resolved(f"M-{number}", person, prevention="Wij tellen elke bestelling na.")
        path = site.letters.wait_for(person).link("/check-in/")
        for locale in ("nl", "en"):
            found[f"form-{said}-{locale}"] = visitor.get(f"{path}?satisfied=no&lang={locale}").text
            found[f"error-{said}-{locale}"] = visitor.post(f"{path}?lang={locale}", {"rating": "9"}).text
        site.sends(path, {"satisfied": said, "comment": "Mijn <woorden>."})
        found[f"thanks-{said}"] = visitor.get(f"{path}/thanks").text
        found[f"again-{said}"] = visitor.get(path).text
    check(found, tmp_path)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_log_has_no_errors(app: Flask, client: FlaskClient, sink: Sink, clock: Clock, tmp_path: Path) -> None:
    people, found = Improver(app, sink, clock), {}
    found["empty"] = client.get("/improvements/").text
    slug = people.slug(done(people, texts={"nl": NL, "en": EN}))
    opens(people, [*both(), clock.now])
    for locale in ("nl", "en"):
        for name, path in {
            "log": "/improvements/?q=bus+van",
            "entry": f"/improvements/{slug}?",
            "handling": "/improvements/how-we-handle-complaints?",
            "wrong": "/improvements/?status=none",
            "embed": "/embed/improvements?",
        }.items():
            found[f"{name}-{locale}"] = client.get(f"{path}&lang={locale}").text
    check(found, tmp_path)


def test_every_page_of_the_sample_has_no_errors(shared_folder: SharedFolder, tmp_path: Path) -> None:
    with sample_site(shared_folder, tmp_path) as instance:
        visitor, found = HttpVisitor(instance.url), {}
        sign_in_to_sample(visitor, instance.folder / "instance")
        app = create_app(instance.environ)
        for locale in LANGUAGES:
            for scene in scenes(app, locale):
                if not scene.mails:
                    found[f"{scene.name}-{locale}"] = visitor.get(scene.path).text
    check(found, tmp_path)


def check(found: Mapping[str, str], folder: Path) -> None:
    """Fails with what the checker says of these pages."""
    files = []
    for name, text in found.items():
        files.append(folder / f"{name}.html")
        files[-1].write_text(text, encoding="utf-8")
    # Stacked on a phone a table is none to a screen reader any more, unless its parts say what they are.
    known = ["--filterpattern", ".*“role” attribute must not be used on a “t[rdh]” element.*"]
    command = ["java", "-jar", CHECKER, "--errors-only", *known, *map(str, files)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
