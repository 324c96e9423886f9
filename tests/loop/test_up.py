"""`feedbackloop up` as an operator meets it: started by hand, killed in part and as a whole, and stopped."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import databases
from tests.support.instance import Instance
from tests.support.letters import eventually
from tests.support.processes import family, living, names
from tests.support.shared import SharedFolder
from tests.support.site import Site, running

BACK_WITHIN_S = 5
STOPPED_WITHIN_S = 15
# What the system's list of processes calls each part, or begins to.
PARTS = {
    "web": "web",
    "sender": "sender ",
    "worker": "worker",
    "clock": "clock",
    "queue server": "valkey",
    "mailbox": "mailbox",
}

pytestmark = [
    pytest.mark.xdist_group("loop-up"),
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are not shown as files here"),
]


@pytest.fixture(scope="module")
def site(shared_folder: SharedFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("up")
    with databases.sqlite_copy(shared_folder, folder) as url, running(shared_folder, folder, url) as started:
        yield started


def test_started_on_nothing_it_says_so_in_one_line(shared_folder: SharedFolder, tmp_path: Path) -> None:
    too_soon = Instance(shared_folder, tmp_path, {}).run("up")
    assert too_soon.returncode == 3
    assert len(too_soon.stderr.strip().splitlines()) == 1, too_soon.stderr


def test_a_second_up_is_refused_in_one_line(site: Site) -> None:
    second = site.instance.run("up")
    assert second.returncode == 2
    assert "another `feedbackloop up` runs" in second.stderr
    assert len(second.stderr.strip().splitlines()) == 1, second.stderr
    assert site.machine.get("/api/v1/complaints?limit=1")["next"] is None


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_killed_is_back_and_mail_goes_on(site: Site, part: str) -> None:
    def running_now() -> set[int]:
        return {pid for pid, name in names(site.instance.running.pid).items() if name.startswith(PARTS[part])}

    before = running_now()
    assert before, names(site.instance.running.pid)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    eventually(
        lambda: len(running_now() - before) == len(before),
        BACK_WITHIN_S,
        lambda: f"{part} is not back: {site.instance.log[-2000:]}",
    )
    eventually(_serves(site), 20, lambda: f"the web is not back: {site.instance.log[-2000:]}")
    number = f"U-{part.replace(' ', '-')}"
    site.machine.resolved(number, f"{number.lower()}@postvak.example")
    site.letters.wait_for(f"{number.lower()}@postvak.example")


def _serves(site: Site) -> Callable[[], bool]:
    def serves() -> bool:
        try:
            site.machine.get("/api/v1/complaints?limit=1")
        except OSError:
            return False
        return True

    return serves


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL], ids=lambda one: one.name)
def test_all_of_it_ends_and_nothing_is_lost(shared_folder: SharedFolder, tmp_path: Path, how: signal.Signals) -> None:
    person = "last@postvak.example"
    with databases.sqlite_copy(shared_folder, tmp_path) as url, running(shared_folder, tmp_path, url) as site:
        everybody = family(site.instance.running.pid)
        site.machine.resolved("U-1", person)
        began = time.monotonic()
        status = site.instance.stop(how)
        eventually(lambda: not living(everybody), STOPPED_WITHIN_S, lambda: f"still there: {living(everybody)}")
        assert time.monotonic() - began < STOPPED_WITHIN_S
        assert (status == 0) is (how is not signal.SIGKILL), site.instance.log[-2000:]
        site.instance.start()
        site.letters.wait_for(person, seconds=60)
        site.settles()
        assert len(site.letters.to(person)) == 1
