"""The lock files name packages and hashes, and nobody's server."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.support.source import ROOT

SHIPPED, TESTED = "requirements.txt", "requirements-test.txt"
LOCKS = (SHIPPED, TESTED, "benchmarks/requirements.txt")


def _pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text().splitlines()
    found = [re.match(r"([a-z0-9._-]+)==([^ ;\\]+)", line) for line in lines]
    return {pin[1]: pin[2] for pin in found if pin}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_names_no_host(name: str) -> None:
    assert "://" not in (ROOT / name).read_text()


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_its_hashes(name: str) -> None:
    text = (ROOT / name).read_text()
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    without = [block.split("==")[0] for block in blocks if "--hash=sha256:" not in block]
    assert blocks
    assert not without


def test_tests_run_on_the_versions_that_are_shipped() -> None:
    shipped, tested = (_pins(name) for name in (SHIPPED, TESTED))
    different = {name for name, version in shipped.items() if tested.get(name) != version}
    assert not different


def test_everything_declared_is_locked() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.split(r"[\[<>=;! ]", line)[0].lower() for line in declared}
    assert names <= set(_pins("requirements.txt"))
