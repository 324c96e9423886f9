"""The pages behind a check-in, as the Nu HTML checker reads them. Where it is, FEEDBACKLOOP_VNU says: a `vnu.jar`."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.crawl import HttpVisitor
from tests.support.site import Site

CHECKER = os.environ.get("FEEDBACKLOOP_VNU", "")


def test_the_markup_has_no_errors(site: Site, tmp_path: Path) -> None:
    if not (CHECKER and Path(CHECKER).is_file() and shutil.which("java")):
        pytest.skip("FEEDBACKLOOP_VNU names no vnu.jar, or there is no java")
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
    files = []
    for name, text in found.items():
        files.append(tmp_path / f"{name}.html")
        files[-1].write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["java", "-jar", CHECKER, "--errors-only", *map(str, files)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
