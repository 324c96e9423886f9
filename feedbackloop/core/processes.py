"""Processes that end with the one that started them, however that one ends."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_LOOK_EVERY_S = 1.0


class Fork:
    """A copy of this process that runs `work` and ends with the status that it returns; SIGINT and SIGTERM call `stop`,
    or end it at once where there is none and until `work` listens itself.

    It is there within milliseconds, because nothing is loaded again. Made by a process with one thread and without
    open connections, which two processes would otherwise share. The copy is in a session of its own: Ctrl-C in the
    terminal reaches the parent alone.
    """

    def __init__(self, work: Callable[[], int], stop: Callable[[], None] | None = None) -> None:
        self.returncode: int | None = None
        sys.stdout.flush()
        sys.stderr.flush()
        # A signal that comes before the copy has its own handlers waits until it has them.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            _be_the_copy(parent, work, stop)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)

    def poll(self) -> int | None:
        """The exit status once it has ended (minus the signal that killed it), None before."""
        if self.returncode is None:
            found, status = os.waitpid(self.pid, os.WNOHANG)
            if found:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def _be_the_copy(parent: int, work: Callable[[], int], stop: Callable[[], None] | None) -> None:
    status = 1
    try:
        os.setsid()
        for number in _SIGNALS:
            signal.signal(number, (lambda *_given: stop()) if stop else signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        end_with(parent)
        status = work()
    except BaseException as problem:
        log.exception("process_failed", extra={"kind": type(problem).__name__})
    finally:
        # The parent's way out of the program is not ours.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def call_this(name: str) -> None:
    """What the system's lists of processes show for this one, where they can (Linux: 15 letters)."""
    if sys.platform == "linux":
        set_name = 15
        ctypes.CDLL(None).prctl(set_name, name.encode()[:15])


def end_with(parent: int) -> None:
    """This process gets a SIGTERM when its parent (this process id) is gone: at once on Linux, else within a second."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)
    else:
        threading.Thread(target=_watch, args=(parent,), name="parent", daemon=True).start()
    if os.getppid() != parent:  # it ended before we asked
        os.kill(os.getpid(), signal.SIGTERM)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY_S)
    os.kill(os.getpid(), signal.SIGTERM)
