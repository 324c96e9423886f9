"""The memory of kept pages: one rendering for each change, bounded, and the last version where none is newer."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from feedbackloop.core.kept.memory import Kept, Key, Memory, Rendered

KEY = Key("/log", "", "nl", "")
TOPIC = "log"


def _page(body: str = "één", status: str = "200 OK", **headers: str) -> Rendered:
    known = {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "public, max-age=1",
        "ETag": f'"{body[:10]}"',
        "Vary": "Accept-Encoding",
        "X-Request-ID": "of the one who asked first",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return Rendered(status, [(name, value) for name, value in known.items() if value], body.encode())


def _renew(memory: Memory, rendered: Rendered | Callable[[], Rendered], key: Key = KEY) -> Kept | Rendered:
    return memory.renew(key, "log.list", TOPIC, rendered if callable(rendered) else lambda: rendered)


def _body(found: Kept | Rendered | None) -> str:
    assert isinstance(found, Kept)
    return found.answer((), None).body.decode()


def test_a_page_is_at_hand_until_something_changes() -> None:
    memory = Memory()
    assert memory.at_hand(KEY) is None
    assert _body(_renew(memory, _page("one"))) == "one"
    assert _body(memory.at_hand(KEY)) == "one"
    memory.notice(TOPIC, {"a": "1"})
    assert memory.at_hand(KEY) is None
    assert _body(_renew(memory, _page("two"))) == "two"
    memory.notice(TOPIC, {"a": "1"})
    memory.notice("something else", {"b": "1"})
    assert _body(memory.at_hand(KEY)) == "two"


def test_what_changes_while_it_is_rendered_is_rendered_again() -> None:
    memory = Memory()

    def changing() -> Rendered:
        memory.notice(TOPIC, {"a": "1"})
        return _page("one")

    _renew(memory, changing)
    assert memory.at_hand(KEY) is None


def test_one_renders_and_the_others_get_the_old_one_meanwhile() -> None:
    memory = Memory()
    _renew(memory, _page("old"))
    memory.notice(TOPIC, {"a": "1"})
    began, go_on, rendered = threading.Event(), threading.Event(), []

    def slowly() -> Rendered:
        rendered.append(1)
        began.set()
        assert go_on.wait(10)
        return _page("new")

    one = threading.Thread(target=_renew, args=(memory, slowly))
    one.start()
    assert began.wait(10)
    assert _body(memory.at_hand(KEY)) == "old"
    assert [_body(_renew(memory, slowly)) for _ in range(20)] == ["old"] * 20
    go_on.set()
    one.join()
    assert (_body(memory.at_hand(KEY)), rendered) == ("new", [1])


def test_the_first_ones_wait_for_one_of_them() -> None:
    memory, rendered, found = Memory(), [], []
    all_here = threading.Barrier(8)

    def slowly() -> Rendered:
        rendered.append(1)
        threading.Event().wait(0.3)
        return _page("new")

    def ask() -> None:
        all_here.wait(10)
        found.append(_body(_renew(memory, slowly)))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (found, rendered) == (["new"] * 8, [1])


def test_the_old_page_stands_where_no_new_one_can_be_made() -> None:
    memory = Memory()
    _renew(memory, _page("old"))
    memory.notice(TOPIC, {"a": "1"})
    assert _body(_renew(memory, _page("We are away", "503 SERVICE UNAVAILABLE"))) == "old"
    assert _body(memory.at_hand(KEY)) == "old", "it is not tried again at once"
    memory.notice(TOPIC, {"a": "2"})
    memory.reachable = False
    assert _body(memory.at_hand(KEY)) == "old"


def test_what_is_gone_is_gone() -> None:
    memory = Memory()
    _renew(memory, _page("old"))
    memory.notice(TOPIC, {"a": "1"})
    found = _renew(memory, _page("taken off", "410 GONE"))
    assert isinstance(found, Rendered)
    assert (memory.at_hand(KEY), len(memory), memory.size) == (None, 0, 0)


@pytest.mark.parametrize(
    "rendered",
    [
        _page(status="404 NOT FOUND"),
        _page(Set_Cookie="a=b"),
        _page(Cache_Control="no-store"),
        _page(Cache_Control="private"),
        _page(Vary="Cookie"),
        _page(Vary="Accept-Encoding, Cookie"),
        _page(Vary="*"),
        _page(ETag=""),
        _page(ETag='W/"a"'),
        _page(Content_Encoding="gzip"),
    ],
)
def test_what_is_not_for_everybody_is_not_kept(rendered: Rendered) -> None:
    memory = Memory()
    assert _renew(memory, rendered) is rendered
    assert len(memory) == 0


def test_no_answer_carries_what_was_of_another() -> None:
    found = _renew(Memory(), _page())
    assert isinstance(found, Kept)
    answers = [found.answer((), None), found.answer((), '"één"')]
    assert [one.status for one in answers] == ["200 OK", "304 NOT MODIFIED"]
    for one in answers:
        assert "x-request-id" not in {name.lower() for name, _ in one.headers}
        assert b"of the one who asked first" not in one.head


def test_memory_is_bounded_and_what_is_asked_for_stays() -> None:
    page = _page("x" * 1000)
    memory = Memory(most_bytes=20_000, most_pages=1000)
    _renew(memory, page)
    for number in range(100):
        assert memory.at_hand(KEY) is not None
        _renew(memory, page, Key("/log", f"after={number}", "nl", ""))
        assert memory.size <= 20_000
    assert len(memory) < 20
    few = Memory(most_pages=3)
    for number in range(10):
        _renew(few, page, Key("/log", f"after={number}", "nl", ""))
    assert len(few) == 3


def test_one_of_very_many_addresses_is_kept_when_it_comes_again() -> None:
    memory = Memory()
    assert memory.was_asked_before(KEY) is False
    assert memory.was_asked_before(KEY) is True
    for number in range(5000):
        assert memory.was_asked_before(Key("/log", f"after={number}", "nl", "")) is False
    assert memory.was_asked_before(KEY) is False, "it does not remember without end"


def test_answers_are_counted_once() -> None:
    memory = Memory()
    found = _renew(memory, _page())
    assert isinstance(found, Kept)
    for if_none_match in (None, None, '"één"'):
        memory.note(found.answer((), if_none_match))
    assert sorted(memory.take_counts()) == [("log.list", "200 OK", 2), ("log.list", "304 NOT MODIFIED", 1)]
    assert memory.take_counts() == []
