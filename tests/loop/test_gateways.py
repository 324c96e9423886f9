"""Mail gateways open every link and press every button before the person does: none of it is an answer."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.support.gateway import Gateway
from tests.support.letters import Letter
from tests.support.moments import days_ago
from tests.support.rows import rows
from tests.support.site import Site, on_postgresql
from tests.support.source import ROOT

# A scanner that is kept beside some checkouts.
SCANNER = ROOT.parent / "shared" / "tools" / "scanner.py"
OPT_OUT = "/unsubscribe/"

pytestmark = on_postgresql


@pytest.fixture(scope="module")
def mail(site: Site) -> list[Letter]:
    """Mail of each kind, and nothing on its way any more."""
    machine, letters = site.machine, site.letters
    asked, unhappy, glad, mended = (f"{one}@gateway.example" for one in ("asked", "unhappy", "glad", "mended"))
    follows, wonders = "follows@gateway.example", "wonders@gateway.example"
    machine.resolved("G-1", asked)
    machine.resolved("G-2", unhappy)
    machine.resolved("G-3", glad, handler={"name": "Handler", "email": "handler@ours.example"})
    machine.resolved("G-4", mended)
    for reader in (follows, wonders):
        site.sends("/follow/", {"address": reader})
    site.sends(letters.wait_for(follows).link("/follow/"), {"answer": "yes"})
    site.answers(letters.wait_for(unhappy), "partly", comment="Er misten zes broodjes.")
    site.answers(letters.wait_for(glad), "no", comment="Nog niet.")
    handled = letters.wait_for("handler@ours.example")
    machine.post("/api/v1/complaints", {"source": "shop", "external_id": "G-3", "resolved_at": days_ago(0)})
    site.answers(letters.wait_for(glad, 3), "yes")
    site.answers(letters.wait_for(mended), "no")
    letters.wait_for("teun-g-4@ours.example")
    site.answers(letters.to(mended)[0], "yes")
    made = machine.post(
        "/api/v1/improvements",
        {"you_said": "Te laat.", "we_did": "Twee bussen.", "complaints": [machine.complaint("G-3")["id"]]},
        201,
    )
    machine.post(f"/api/v1/improvements/{made['id']}/publish")
    letters.wait_for(glad, 5)
    site.makes_digest()
    letters.wait_for(follows, 2)
    letters.wait_for(wonders)
    for kind in ("summary", "step"):
        site.puts(machine.complaint("G-1")["id"], kind, "Voortaan bellen wij vooraf.")
    letters.wait_for(asked, 3)
    site.asks(machine.complaint("G-3")["id"], "story")
    site.sends(letters.wait_for(glad, 6).link("/ask/"), {"story": "yes"})
    site.settles()
    mine = {
        asked,
        unhappy,
        glad,
        mended,
        follows,
        wonders,
        handled.to,
        "teun-g-2@ours.example",
        "teun-g-4@ours.example",
    }
    return [one for one in letters.all() if one.to in mine]


def test_opening_every_link_and_pressing_every_button_changes_nothing(site: Site, mail: list[Letter]) -> None:
    before = rows(site.database_url)
    gateway = Gateway(site.url, leaves_alone=OPT_OUT)
    for letter in mail:
        gateway.looks_at(letter.links())
    site.settles()
    assert rows(site.database_url) == before
    pressed = Counter(path.split("/")[1] for method, path, status in gateway.done if (method, status) == ("POST", 400))
    assert set(pressed) == {
        "check-in",
        "summary",
        "agreement",
        "case",
        "review",
        "told",
        "follow",
        "staff",
        "ask",
        "agreements",
    }
    assert [one for one in gateway.done if one[2] >= 500] == []


def test_a_scanner_of_others_changes_nothing(site: Site, mail: list[Letter], tmp_path: Path) -> None:
    if not SCANNER.exists():
        pytest.skip("the scanner is not kept beside this checkout")
    files = [tmp_path / f"{letter.id}.eml" for letter in mail]
    for file, letter in zip(files, mail, strict=True):
        file.write_bytes(letter.message.as_bytes())
    state = shlex.join([sys.executable, "-m", "tests.support.rows", site.database_url])
    command = [sys.executable, str(SCANNER), "--press", "--strict", "--no-press", OPT_OUT]
    command += [
        "--skip",
        "/improvements/",
        "--passes",
        "1",
        "--max-requests",
        "20000",
        "--state-cmd",
        state,
        *(word for one in files for word in ("--eml", str(one))),
    ]
    scanned = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert scanned.returncode == 0, scanned.stdout + scanned.stderr
    assert "state same; 0 failed, 0 weak" in scanned.stdout
