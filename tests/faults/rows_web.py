"""Rows 34 to 36: thousands of answers at once, fifty to one question, and a web part killed while it records."""

from __future__ import annotations

import random
import signal
import time
from functools import partial
from itertools import pairwise
from threading import Thread
from urllib.parse import urlencode

from tests.faults.knocking import Answer, at_once, knock, share
from tests.faults.matrix import SQLITE, row
from tests.faults.servers import wait_for
from tests.faults.site import Site, ready
from tests.support import processes

_COPIES = 5
_AT_ONCE = 64
_KILLS = 100
_POSTS_A_KILL = 4


def answer(site: Site, token: str, satisfied: str, rating: int) -> Answer:
    """One answer, as the form sends it."""
    return knock(site.port, "POST", f"/check-in/{token}", urlencode({"satisfied": satisfied, "rating": rating}))


def _tokens(site: Site, count: int) -> dict[int, str]:
    """Links of so many check-ins, by the id of the check-in. Nobody is mailed in these rows."""
    site.seed(count)
    site.not_mailed.update(site.addresses)
    ids = [found["id"] for found in site.query("SELECT id FROM check_ins ORDER BY id")]
    return {one: site.link("check-in", one) for one in ids}


def _count(site: Site, sql: str) -> int:
    return int(site.query(f"SELECT count(*) AS number FROM {sql}")[0]["number"])  # noqa: S608


@row(
    34,
    "two answers a mail of the base run, each posted 5 times, 64 at once (10,000 posts to 2,000 links)",
    "one answer a link; reopened = dissatisfied links; no 5xx; 99 % within 2 s (SQLite: slower)",
    sqlite=True,
)
def many_answers(site: Site) -> None:
    tokens = _tokens(site, site.size * 2 if site.ground.full else site.size)
    site.start_web()
    calls = [
        partial(answer, site, token, "no" if one % 2 else "yes", 1 if one % 2 else 5)
        for one, token in tokens.items()
        for _ in range(_COPIES)
    ]
    began = time.monotonic()
    answers = at_once(calls, _AT_ONCE)
    took = time.monotonic() - began
    site.notes.append(f"{len(answers) / took:.0f} posts/s, 99 % within {share(answers, 99):.2f} s")
    statuses = {found.status for found in answers}
    site.expect(statuses == {303}, f"answered {sorted(statuses)}")
    if site.ground.database != SQLITE:
        site.within(share(answers, 99), 2, "99 % of the posts within")
    dissatisfied = sum(one % 2 for one in tokens)
    kept, latest = _count(site, "answers"), _count(site, "answers WHERE latest")
    site.expect(kept == latest == len(tokens), f"{kept} answers, {latest} that count, to {len(tokens)} links")
    reopened = _count(site, "complaints WHERE status = 'reopened'")
    moves = _count(site, "history WHERE subject = 'complaint' AND what = 'reopened'")
    site.expect(reopened == moves == dissatisfied, f"{reopened} reopened in {moves} moves, {dissatisfied} dissatisfied")


@row(
    35,
    "50 posts to one link at once, half 'yes' with a 5, half 'no' with a 1",
    "one answer counts; at most one case; reopened once by each turn to 'no'; the history is of a piece",
)
def one_link(site: Site) -> None:
    tokens = _tokens(site, 1)
    ((check_in, token),) = tokens.items()
    site.start_web()
    answers = at_once(
        [partial(answer, site, token, *(("no", 1) if number % 2 else ("yes", 5))) for number in range(50)], 50
    )
    statuses = {found.status for found in answers}
    site.expect(statuses <= {303, 409}, f"answered {sorted(statuses)}")
    latest = site.query("SELECT version, satisfied FROM answers WHERE latest AND check_in_id = :id", id=check_in)
    versions = [one["version"] for one in site.query("SELECT version FROM answers ORDER BY version")]
    site.expect(len(latest) == 1, f"{len(latest)} answers count")
    site.expect(versions == list(range(1, len(versions) + 1)), f"versions {versions}")
    site.expect(latest[0]["version"] == versions[-1], "the last version is not the one that counts")
    status = site.query("SELECT status FROM complaints")[0]["status"]
    wanted = "reopened" if latest[0]["satisfied"] == "no" else "confirmed"
    site.expect(status == wanted, f"the complaint is {status}, the answer {latest[0]['satisfied']}")
    cases = _count(site, "recovery_cases")
    site.expect(cases <= 1, f"{cases} recovery cases")
    reopened = _count(site, "history WHERE subject = 'complaint' AND what = 'reopened'")
    said = ["yes", *(one["satisfied"] for one in site.query("SELECT satisfied FROM answers ORDER BY version"))]
    turns = sum(before == "yes" and after == "no" for before, after in pairwise(said))
    site.expect(reopened == turns, f"reopened {reopened} times by {turns} turns to 'no'")
    site.notes.append(f"{len(versions)} versions, reopened {reopened} times")
    moves = site.query("SELECT from_state, to_state FROM history WHERE subject = 'complaint' ORDER BY id")
    torn = [pair for pair in pairwise(moves) if pair[0]["to_state"] != pair[1]["from_state"]]
    site.expect(not torn, f"the history has a gap: {torn[:1]}")


@row(
    36,
    "kill -9 of the web part in the middle of posts, 100 times, every tenth time with its parent",
    "each answer is there with its history, its case and its mail, or not at all",
)
def web_killed(site: Site) -> None:
    chance = random.Random(36)  # noqa: S311 - the same in every run
    kills = _KILLS if site.ground.full else _KILLS // 10
    tokens = _tokens(site, kills * _POSTS_A_KILL)
    web = site.start_web()
    heard: dict[int, int] = {}
    for number, group in enumerate(_groups(list(tokens), _POSTS_A_KILL)):
        calls = [partial(_remember, site, one, tokens[one], heard) for one in group]
        posting = Thread(target=at_once, args=(calls, len(calls)))
        posting.start()
        time.sleep(chance.uniform(0.0, 0.08))
        children = set(processes.children(web.pid))
        if number % 10 == 9:
            web.kill()
            web.start()
        else:
            web.signal(signal.SIGKILL, children)
        posting.join(60)
        wait_for(lambda: ready(site.port), "the web part does not come back", 60)
    lost = [one for one, status in heard.items() if status == 303 and not _there(site, one)]
    site.expect(not lost, f"{len(lost)} answers were thanked for and are not there")
    torn = [one for one in tokens if not _whole(site, one)]
    site.expect(not torn, f"{len(torn)} answers are there in part, such as check-in {torn[:1]}")
    broken = sum(status == 0 for status in heard.values())
    site.notes.append(f"{len(heard)} posts, {broken} without a reply, {_count(site, 'answers')} answers kept")
    site.expect(broken > 0, "no post was hit")


def _groups(ids: list[int], size: int) -> list[list[int]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def _remember(site: Site, one: int, token: str, heard: dict[int, int]) -> Answer:
    found = answer(site, token, "no", 1)
    heard[one] = found.status
    return found


def _there(site: Site, check_in: int) -> bool:
    return bool(site.query("SELECT 1 AS one FROM answers WHERE check_in_id = :id", id=check_in))


def _whole(site: Site, check_in: int) -> bool:
    """An answer with all that follows from it, or nothing of it."""
    parts = site.query(
        """
        SELECT (SELECT count(*) FROM answers a WHERE a.check_in_id = c.id) AS answers,
               (SELECT count(*) FROM answers a JOIN history h ON h.subject = 'answer' AND h.subject_id = a.id
                WHERE a.check_in_id = c.id) AS told,
               (SELECT count(*) FROM recovery_cases r WHERE r.check_in_id = c.id) AS cases,
               (SELECT count(*) FROM outbox o WHERE o.kind = 'answer_receipt' AND o.complaint_id = c.complaint_id)
                AS receipts,
               CASE WHEN c.status = 'answered' THEN 1 ELSE 0 END AS answered,
               CASE WHEN p.status = 'reopened' THEN 1 ELSE 0 END AS reopened
        FROM check_ins c JOIN complaints p ON p.id = c.complaint_id WHERE c.id = :id
        """,
        id=check_in,
    )[0]
    return set(parts.values()) in ({0}, {1})
