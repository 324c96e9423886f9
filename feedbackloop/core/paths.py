"""Where the folders are that stand beside the package in a checkout and inside it in a wheel."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


def folder(name: str) -> Path:
    """The folder `templates` or `migrations`. Raises FileNotFoundError where neither place has it."""
    for place in (PACKAGE / name, PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"the folder '{name}' is neither in nor beside the package")
