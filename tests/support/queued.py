"""Jobs that would go to Redis, held in the test's process: order and content can be looked at, then run."""

from __future__ import annotations

from collections import deque
from importlib import import_module
from typing import Any, NamedTuple

import pytest
from flask import Flask

from feedbackloop.core import queue


class Job(NamedTuple):
    """One queued job: RQ would import `name` and call it with `args`."""

    queue: str
    name: str
    args: tuple[Any, ...]


class Queued(deque[Job]):
    """The waiting jobs, oldest first."""

    def install(self, patch: pytest.MonkeyPatch) -> None:
        def push(name: str, job: str, *ids: Any) -> bool:
            assert name in queue.QUEUES, f"nobody works the queue '{name}'"
            self.append(Job(name, job, ids))
            return True

        patch.setattr(queue, "push", push)

    def run(self, app: Flask, limit: int = 1000) -> int:
        """Run every waiting job, and those that they queue; return how many ran. More than `limit` is a loop."""
        ran = 0
        while self:
            assert ran < limit, f"more than {limit} jobs: {self[0].name} seems to queue itself"
            job = self.popleft()
            module, _, function = job.name.rpartition(".")
            with app.app_context():
                getattr(import_module(module), function)(*job.args)
            ran += 1
        return ran
