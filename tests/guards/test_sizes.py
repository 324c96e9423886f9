"""A file fits on a few screens: over 400 lines it holds two things. (A migration is one thing, however long.)"""

from __future__ import annotations

import pytest

from tests.support.source import ROOT, modules, shown

LONGEST = 400
FOLDERS = ("feedbackloop", "tests", "benchmarks")


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_file_holds_two_things(folder: str) -> None:
    long = []
    for module in modules(ROOT / folder):
        lines = len(module.path.read_text(encoding="utf-8").splitlines())
        if lines > LONGEST:
            long.append(f"{shown(module.path)}: {lines} lines, {LONGEST} at most")
    assert not long, "\n".join(long)
