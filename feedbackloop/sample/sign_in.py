"""The sample organisation's sign-in: a password made for this instance, kept where only its owner can read it."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class SampleSignIn:
    """The account to try first, and the password that all sample accounts of this instance share."""

    email: str
    password: str


def _path(instance: Path) -> Path:
    return instance / "sample-sign-in.json"


def read(instance: Path) -> SampleSignIn | None:
    """What `make` wrote; None without sample data."""
    try:
        return SampleSignIn(**json.loads(_path(instance).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def make(instance: Path, email: str) -> SampleSignIn:
    """Writes a new sign-in, readable by its owner only."""
    instance.mkdir(parents=True, exist_ok=True)
    made = SampleSignIn(email, f"{secrets.token_hex(3)}-{secrets.token_hex(3)}")
    remove(instance)
    handle = os.open(_path(instance), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(asdict(made), file)
    return made


def remove(instance: Path) -> None:
    _path(instance).unlink(missing_ok=True)
