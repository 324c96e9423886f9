"""The sources as syntax trees, for the tests that guard habits."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from feedbackloop import STATIONS

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "feedbackloop"
TEMPLATES = ROOT / "templates"


@dataclass(frozen=True)
class Module:
    """A module of ours. `station` is "" outside of the stations; `part` is its last name: service, rules, …"""

    path: Path

    @property
    def name(self) -> str:
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def place(self) -> str:
        """What it lies in: a station, `core`, or its own name."""
        parts = self.name.split(".")
        return parts[1] if len(parts) > 1 else ""

    @property
    def station(self) -> str:
        return self.place if self.place in STATIONS else ""

    @property
    def part(self) -> str:
        return self.name.rpartition(".")[2]

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text(encoding="utf-8"), str(self.path))

    @cached_property
    def imports(self) -> frozenset[str]:
        """Every module it imports, anywhere in the file; a name taken from a module counts as that module."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.update(_imported(node.module, alias.name) for alias in node.names)
        return frozenset(found)

    @cached_property
    def strings(self) -> frozenset[str]:
        """Every text constant in it."""
        return frozenset(
            node.value for node in ast.walk(self.tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )


def _imported(module: str, name: str) -> str:
    inner = ROOT.joinpath(*module.split("."), name)
    is_module = inner.with_suffix(".py").exists() or (inner / "__init__.py").exists()
    return f"{module}.{name}" if is_module or module == "feedbackloop" else module


def modules(folder: Path = PACKAGE) -> Iterator[Module]:
    """Every module below `folder`, in the order of their names."""
    return map(_module, sorted(folder.rglob("*.py")))


@cache
def _module(path: Path) -> Module:
    """Read once: its tree takes longer than what a test asks of it."""
    return Module(path)


def templates(*suffixes: str) -> Iterator[Path]:
    """Every template, or those that end in one of `suffixes`."""
    for path in sorted(TEMPLATES.rglob("*")):
        if path.is_file() and (not suffixes or path.suffix in suffixes):
            yield path


def shown(path: Path) -> str:
    """A path as a person would name it."""
    return path.relative_to(ROOT).as_posix()
