"""Who may import whom: architecture rule 1, read from the syntax trees."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator

import pytest

from feedbackloop import STATIONS
from tests.support.source import Module, modules

ENTRY_POINTS = {"views", "api", "jobs", "commands", "cli", "forms"}
"""What the outside comes in by. Nothing else imports them, and no other station does."""

BELOW_SERVICE = {"queries", "models", "rules", "events"}

IMPURE = (
    "flask",
    "sqlalchemy",
    "redis",
    "rq",
    "smtplib",
    "feedbackloop.config",
    "feedbackloop.extensions",
    "feedbackloop.core.clock",
    "feedbackloop.core.db",
    "feedbackloop.core.queue",
    "feedbackloop.core.links",
    "feedbackloop.core.tokens",
    "feedbackloop.core.web",
)
"""What a rule never touches: values in, decision out."""

STARTERS = {"feedbackloop.cli", "feedbackloop.__main__"}
"""Who may make an app: the command, and the processes that it starts."""


def _station(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "feedbackloop" and parts[1] in STATIONS else ""


def _later_station(module: Module) -> Iterator[str]:
    if module.station:
        order = STATIONS.index(module.station)
        for name in module.imports:
            if (other := _station(name)) and STATIONS.index(other) > order:
                yield f"{name}: a later station, which hears of it through an event"


def _core_stays_below(module: Module) -> Iterator[str]:
    if module.place == "core":
        for name in module.imports:
            if _station(name) or name in {"feedbackloop.loop", "feedbackloop.schedule", "feedbackloop.cli"}:
                yield f"{name}: core knows no station"


def _others_entry_points(module: Module) -> Iterator[str]:
    for name in module.imports:
        other = _station(name)
        if other and module.station and other != module.station and name.rpartition(".")[2] in ENTRY_POINTS:
            yield f"{name}: another station is called through its service or queries"


def _upwards(module: Module) -> Iterator[str]:
    if module.station:
        own = {name.rpartition(".")[2] for name in module.imports if _station(name) == module.station}
        if module.part not in ENTRY_POINTS | {"__init__"}:
            yield from (
                f"{part}: only an entry point imports an entry point" for part in own & (ENTRY_POINTS - {"forms"})
            )
        if module.part in BELOW_SERVICE and "service" in own:
            yield f"service: {module.part} is below it"
        if module.part in {"models", "rules", "events"} and "queries" in own:
            yield f"queries: {module.part} is below it"


def _pure_rules(module: Module) -> Iterator[str]:
    if module.station and module.part == "rules":
        for name in module.imports:
            if name.startswith("flask_") or any(name == bad or name.startswith(f"{bad}.") for bad in IMPURE):
                yield f"{name}: a rule is given what it decides on"
            if _station(name) and name.rpartition(".")[2] in {"models", "queries", "service"}:
                yield f"{name}: a rule takes values, not rows"


def _nobody_imports_the_top(module: Module) -> Iterator[str]:
    for name in module.imports:
        if _station(name) == "overview" and module.station != "overview":
            yield f"{name}: pages over all stations, which nobody imports"
        if name == "feedbackloop.create_app" and module.name not in STARTERS:
            yield f"{name}: only what starts a process makes an app"


RULES: list[Callable[[Module], Iterator[str]]] = [
    _later_station,
    _core_stays_below,
    _others_entry_points,
    _upwards,
    _pure_rules,
    _nobody_imports_the_top,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__.strip("_"))
def test_imports_follow_the_direction_of_the_loop(rule: Callable[[Module], Iterator[str]]) -> None:
    broken = [f"{module.name} imports {what}" for module in modules() for what in rule(module)]
    assert not broken, "\n".join(broken)


def test_the_guards_see_a_wrong_import(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guard that finds nothing because it looks at nothing would be no guard."""
    by_name = {module.name: module for module in modules()}
    first, last = by_name[f"feedbackloop.{STATIONS[0]}"], STATIONS[-1]
    wrong = frozenset({f"feedbackloop.{last}.views", "feedbackloop.create_app"})
    monkeypatch.setitem(first.__dict__, "imports", wrong)
    for rule in (_later_station, _others_entry_points, _nobody_imports_the_top):
        assert list(rule(first)), rule.__name__


def test_what_is_imported_is_declared() -> None:
    """Every library that the product imports is in its lock file, so that a fresh machine has it."""
    from importlib.metadata import packages_distributions

    from tests.support.source import ROOT

    locked = {line.partition("==")[0] for line in (ROOT / "requirements.txt").read_text().splitlines() if "==" in line}
    owners = packages_distributions()
    missing = set()
    for module in modules():
        for name in module.imports:
            top = name.partition(".")[0]
            if top in sys.stdlib_module_names or top == "feedbackloop":
                continue
            names = {re.sub(r"[._]", "-", owner.lower()) for owner in owners.get(top, [])}
            if not names & locked:
                missing.add(f"{module.name} imports {top}")
    assert not missing, "\n".join(sorted(missing))
