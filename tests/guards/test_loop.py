"""The map is whole: no event without what follows, no mail without its words, no job that nobody can run."""

from __future__ import annotations

import dataclasses
import inspect
import re
from importlib import import_module

import pytest

from feedbackloop import loop
from feedbackloop.core.queue import is_job
from feedbackloop.core.worker import OUR_NAME
from feedbackloop.mailing.kinds import MailKind
from feedbackloop.schedule import CLOCK, Periodic
from tests.support.source import TEMPLATES, modules, shown

PARTS_OF_A_MAIL = ("subject.txt", "body.txt", "body.html")
DOTTED = re.compile(r"feedbackloop(\.[a-z_]\w*){2,}")


def _events() -> list[type]:
    found = []
    for module in modules():
        if module.part == "events" and module.station:
            loaded = import_module(module.name)
            found += [cls for _, cls in inspect.getmembers(loaded, inspect.isclass) if cls.__module__ == module.name]
    return found


@pytest.mark.parametrize("event", _events(), ids=lambda event: event.__name__)
def test_something_follows_from_every_event(event: type) -> None:
    assert event in loop.FOLLOWS, f"loop.FOLLOWS does not say what follows from {event.__name__}"
    assert loop.FOLLOWS[event], f"nothing follows from {event.__name__}: then nobody needs to hear of it"


@pytest.mark.parametrize("event", _events(), ids=lambda event: event.__name__)
def test_events_are_frozen_and_carry_sets(event: type) -> None:
    assert dataclasses.is_dataclass(event)
    assert event.__dataclass_params__.frozen, f"{event.__name__} can be changed by a handler"  # type: ignore[attr-defined]
    kinds = [str(field.type) for field in dataclasses.fields(event)]
    assert any(kind.startswith(("tuple", "list", "Sequence", "Mapping")) for kind in kinds), (
        f"{event.__name__} carries no set of ids: an import emits thousands at once"
    )


def test_every_entry_is_an_event_of_ours() -> None:
    assert set(loop.FOLLOWS) <= set(_events())


@pytest.mark.parametrize("event", loop.FOLLOWS, ids=lambda event: event.__name__)
def test_every_handler_takes_the_event_alone(event: type) -> None:
    handlers = loop.FOLLOWS[event]
    assert len(set(handlers)) == len(handlers), "a handler is named twice"
    for handler in handlers:
        inspect.signature(handler).bind(object())


@pytest.mark.parametrize("kind", loop.MAILS, ids=lambda kind: kind.name)
def test_every_mail_has_its_words(kind: MailKind) -> None:
    missing = [part for part in PARTS_OF_A_MAIL if not (TEMPLATES / "mail" / kind.name / part).is_file()]
    assert not missing, f"templates/mail/{kind.name} lacks {', '.join(missing)}"


def test_every_mail_folder_belongs_to_a_kind() -> None:
    folders = {path.name for path in (TEMPLATES / "mail").iterdir() if path.is_dir()}
    assert folders <= {kind.name for kind in loop.MAILS}


def test_kinds_have_names_of_their_own() -> None:
    names = [kind.name for kind in loop.MAILS]
    assert len(set(names)) == len(names)


def test_every_dotted_name_leads_to_something() -> None:
    """Jobs and periodic work are named by text, which no type checker follows."""
    astray = []
    for module in modules():
        for text in module.strings:
            if DOTTED.fullmatch(text) and not _exists(text):
                astray.append(f"{shown(module.path)} names {text}")
    assert not astray, "\n".join(sorted(astray))


@pytest.mark.parametrize("work", CLOCK, ids=lambda work: work.name)
def test_a_worker_runs_what_the_clock_queues(work: Periodic) -> None:
    """By the worker's own rules, which run no other function that a name in Redis leads to."""
    assert OUR_NAME.fullmatch(work.job), "a job stands in a module called jobs"
    module, _, name = work.job.rpartition(".")
    assert is_job(getattr(import_module(module), name)), "it lacks core.queue.job"


def _exists(dotted: str) -> bool:
    names = dotted.split(".")
    for end in range(len(names), 0, -1):
        try:
            found = import_module(".".join(names[:end]))
        except ModuleNotFoundError:
            continue
        for name in names[end:]:
            if not hasattr(found, name):
                return False
            found = getattr(found, name)
        return True
    return False
