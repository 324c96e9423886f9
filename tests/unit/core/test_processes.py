"""Copies of a process, over real ones. Each test runs in a program of its own: this one has threads."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest


def program(code: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_a_copy_ends_with_the_status_of_its_work_and_a_failing_one_with_1() -> None:
    ended = program("""
        import time
        from feedbackloop.core.processes import Fork
        def fail(): raise ValueError
        for work in (lambda: 0, lambda: 7, fail):
            fork = Fork(work, lambda: None)
            while fork.poll() is None: time.sleep(0.01)
            print(fork.returncode, flush=True)
        """).communicate(timeout=30)
    assert ended[0].split() == ["0", "7", "1"], ended[1]


def test_a_signal_that_comes_before_the_copy_listens_is_not_lost() -> None:
    ended = program("""
        import signal, threading
        from feedbackloop.core.processes import Fork
        asked = threading.Event()
        for _ in range(20):
            fork = Fork(lambda: 5 if asked.wait(20) else 6, asked.set)
            fork.send_signal(signal.SIGTERM)
            while fork.poll() is None: pass
            print(fork.returncode, flush=True)
        """).communicate(timeout=60)
    assert ended[0].split() == ["5"] * 20, ended[1]


@pytest.mark.parametrize("system", [sys.platform, "another"])
def test_a_copy_is_asked_to_end_when_its_parent_is_killed(system: str, tmp_path: Path) -> None:
    """By the kernel on Linux; elsewhere the copy looks for itself."""
    said = tmp_path / "said"
    os.mkfifo(said)
    parent = program(f"""
        import sys, threading, time
        from feedbackloop.core.processes import Fork
        sys.platform = {system!r}
        asked = threading.Event()
        def work():
            with open({str(said)!r}, "w") as out:
                out.write("here "); out.flush()
                out.write("asked" if asked.wait(30) else "never")
            return 0
        Fork(work, asked.set)
        time.sleep(60)
        """)
    with said.open() as reading:
        assert reading.read(5) == "here "
        parent.send_signal(signal.SIGKILL)
        parent.communicate()
        assert reading.read() == "asked"
