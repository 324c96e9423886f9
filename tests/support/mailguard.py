"""No test mails anyone: a connection to a mail server other than the test's own sink fails the test."""

from __future__ import annotations

import smtplib
from typing import Any

import pytest


class MailGuard:
    """Knows the ports that tests opened themselves, and notes every attempt at anything else."""

    def __init__(self) -> None:
        self.allowed: set[tuple[str, int]] = set()
        self.strays: list[str] = []

    def allow(self, host: str, port: int) -> None:
        self.allowed.add((host, port))

    def install(self, patch: pytest.MonkeyPatch) -> None:
        real_connect = smtplib.SMTP.connect

        def connect(smtp: smtplib.SMTP, host: str = "localhost", port: int = 0, *rest: Any, **named: Any) -> Any:
            if (host, port) not in self.allowed:
                self.strays.append(f"{host}:{port}")
                raise ConnectionRefusedError(f"a test may only mail its own sink, not {host}:{port}")
            return real_connect(smtp, host, port, *rest, **named)

        patch.setattr(smtplib.SMTP, "connect", connect)
