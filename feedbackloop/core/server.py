"""The web server: gunicorn with threads, over the app that the command has made; kept pages come first."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from feedbackloop.core.kept.door import MemoryWorker
from feedbackloop.core.kept.pages import declared
from feedbackloop.core.kept.serving import Front
from feedbackloop.extensions import db

_THREADS = 8
_SLOWEST_S = 60
# All that was started ends within 15 s of a signal.
_END_S = 10


class _Quiet(Logger):
    """Speaks through the product's own log. Requests are logged there, without what stands in their paths."""

    def setup(self, cfg: Any) -> None:
        self.loglevel = logging.INFO
        for found in (self.error_log, self.access_log):
            found.handlers.clear()
            found.propagate = True
        self.error_log.setLevel(logging.INFO)
        self.access_log.disabled = True


class Server(BaseApplication):
    """Serves `app` at `bind` (`host:port`, or `fd://3` for a socket that was handed down) until SIGINT or SIGTERM."""

    def __init__(self, app: Flask, bind: str, workers: int) -> None:
        self._app = app
        self._options = {
            "bind": [bind],
            "workers": workers,
            "worker_class": MemoryWorker,
            "threads": _THREADS,
            "timeout": _SLOWEST_S,
            "graceful_timeout": _END_S,
            "keepalive": 5,
            "logger_class": _Quiet,
            "worker_tmp_dir": _memory_folder(),
            "post_fork": self._after_fork,
            "control_socket_disable": True,
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            if value is not None and name in self.cfg.settings:  # an older gunicorn has no control socket to turn off
                self.cfg.set(name, value)

    def load(self) -> Flask | Front:
        return Front(self._app) if declared(self._app).pages else self._app

    def _after_fork(self, _server: Any, _worker: Any) -> None:
        # Two processes on one database connection would read each other's answers.
        with self._app.app_context():
            db.engine.dispose(close=False)


def _memory_folder() -> str | None:
    """Where a worker shows that it lives: not on a disk, where writing may wait."""
    folder = Path("/dev/shm")  # noqa: S108 - the name of a kernel's file system
    return str(folder) if os.access(folder, os.W_OK) else None
