"""What happened to recovery cases."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CasesClosed:
    """With an outcome, whatever it is."""

    case_ids: tuple[int, ...]
