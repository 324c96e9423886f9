"""The supervisor, over real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from feedbackloop.up.supervisor import Part, Supervisor, command, own_environment


def part(name: str, code: str, *, last: bool = False) -> Part:
    return Part(name, command([sys.executable, "-c", textwrap.dedent(code)], own_environment({})), last=last)


def wait_until(true: Callable[[], bool], limit_s: float = 30.0) -> None:
    until = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < until, "it did not come true in time"
        time.sleep(0.02)


def tend_in_background(supervisor: Supervisor) -> threading.Thread:
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    return thread


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_part_that_is_killed_is_back_within_five_seconds() -> None:
    sleeper = part("sleeper", "import time; time.sleep(60)")
    supervisor = Supervisor([sleeper])
    supervisor.start([sleeper])
    assert sleeper.process is not None
    first = sleeper.process.pid
    thread = tend_in_background(supervisor)
    try:
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: sleeper.process is not None and sleeper.process.pid != first and not sleeper.is_dead())
    finally:
        supervisor.stopping = True
        thread.join()
        supervisor.end()
    assert sleeper.is_dead()


def test_a_part_that_keeps_dying_is_tried_again_and_again_but_not_in_a_rush(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    failing = part("failing", f"open({str(starts)!r}, 'a').write('x'); raise SystemExit(1)")
    supervisor = Supervisor([failing])
    supervisor.start([failing])
    thread = tend_in_background(supervisor)
    time.sleep(2.5)
    supervisor.stopping = True
    thread.join()
    supervisor.end()
    assert 2 <= len(starts.read_text()) <= 6


def test_the_first_time_it_is_started_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each wait, as `tend` chose it: a sender that is killed is back at once, one that cannot live does not rush."""
    failing = part("failing", "raise SystemExit(1)")
    supervisor = Supervisor([failing])
    supervisor.start([failing])
    waits = []
    for _ in range(7):
        wait_until(failing.is_dead)
        supervisor.tend()
        waits.append(failing.wait_s)
        failing.started_at -= 5  # the wait is over
        supervisor.tend()
    supervisor.end()
    assert waits[0] <= 0.01
    assert waits[1:] == sorted(waits[1:])
    assert waits[-1] == 3.0


def test_what_serves_the_others_is_ended_after_them(tmp_path: Path) -> None:
    ends = tmp_path / "ends"
    code = """
        import signal, sys, time
        def end(*_):
            time.sleep({slow})
            open({path!r}, "a").write("{name} ")
            sys.exit(0)
        signal.signal(signal.SIGTERM, end)
        open({path!r} + ".ready", "a").write("x")
        time.sleep(60)
    """
    queue = part("queue", code.format(path=str(ends), name="queue", slow=0), last=True)
    sender = part("sender", code.format(path=str(ends), name="sender", slow=0.4))
    supervisor = Supervisor([queue, sender])
    supervisor.start([queue, sender])
    wait_until(lambda: Path(f"{ends}.ready").exists() and len(Path(f"{ends}.ready").read_text()) == 2)
    supervisor.end()
    assert ends.read_text().split() == ["sender", "queue"]


def test_a_part_that_does_not_listen_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedbackloop.up.supervisor._STOP_S", 0.5)
    deaf = part("deaf", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)")
    supervisor = Supervisor([deaf])
    supervisor.start([deaf])
    time.sleep(0.3)
    supervisor.end()
    wait_until(deaf.is_dead)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends the parts of a killed parent on Linux only")
def test_parts_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(f"""
            import sys, time
            from feedbackloop.up.supervisor import Part, command, own_environment
            words = [sys.executable, "-c", "import time; time.sleep(60)"]
            child = Part("child", command(words, own_environment({{}})))
            child.start()
            open({str(pid_file)!r}, "w").write(str(child.process.pid))
            time.sleep(60)
            """),
        ]
    )
    wait_until(lambda: pid_file.exists() and bool(pid_file.read_text()))
    child = int(pid_file.read_text())
    assert alive(child)
    parent.kill()
    parent.wait()
    wait_until(lambda: not alive(child) or _is_zombie(child))


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True
