"""RQ ends a job that takes too long by an exception, anywhere: who catches every exception lets that one pass."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.support.source import modules, shown

EVERYTHING = {"Exception", "BaseException"}
THE_TIME_OUT = "BaseTimeoutException"


def _names(handler: ast.ExceptHandler) -> set[str]:
    if handler.type is None:
        return {"BaseException"}
    return {one.id for one in ast.walk(handler.type) if isinstance(one, ast.Name)}


def _ends_with_raise(handler: ast.ExceptHandler) -> bool:
    return isinstance(handler.body[-1], ast.Raise)


def _swallowing(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Try):
            passed = False
            for handler in node.handlers:
                names = _names(handler)
                if names & EVERYTHING and not passed and not _ends_with_raise(handler):
                    yield handler.lineno
                passed |= THE_TIME_OUT in names and _ends_with_raise(handler)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            if called == "suppress" and any(isinstance(one, ast.Name) and one.id in EVERYTHING for one in node.args):
                yield node.lineno


OUTSIDE = {
    "feedbackloop.core.processes": "_be_the_copy",  # the way out of a process that is ending, whatever ended it
    "feedbackloop.mailing.smtp.pool": "_connect",  # a thread: the alarm rings in the main one
}


def _without(tree: ast.Module, function: str | None) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == function:
            node.body = []
    return tree


def test_nobody_swallows_a_time_out() -> None:
    found = [
        f"{shown(module.path)}:{line}"
        for module in modules()
        if module.part != "commands"  # no job calls them
        for line in _swallowing(_without(ast.parse(module.path.read_text(encoding="utf-8")), OUTSIDE.get(module.name)))
    ]
    assert not found, "\n".join(found)


def test_the_guard_sees_it() -> None:
    wrong = "try:\n    work()\nexcept ValueError:\n    pass\nexcept Exception:\n    log()\n"
    right = wrong.replace("ValueError:\n    pass", f"{THE_TIME_OUT}:\n    raise")
    assert list(_swallowing(ast.parse(wrong))) == [5]
    assert list(_swallowing(ast.parse(right))) == []
    assert list(_swallowing(ast.parse("with suppress(Exception):\n    work()\n"))) == [1]
