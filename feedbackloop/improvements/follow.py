"""Following the log by mail: asked for, confirmed by the mailbox itself, ended at once; and its quiet news."""

from __future__ import annotations

from collections.abc import Collection

from feedbackloop.config import settings
from feedbackloop.core import clock, history
from feedbackloop.core.errors import Gone, NotFound
from feedbackloop.core.history import Change
from feedbackloop.core.keys import address_key
from feedbackloop.extensions import db
from feedbackloop.improvements import follow_queries as queries
from feedbackloop.improvements import follow_rules as rules
from feedbackloop.improvements.follow_models import Follower
from feedbackloop.mailing import optouts
from feedbackloop.mailing import service as mailing
from feedbackloop.people.events import AddressesErased
from feedbackloop.setting_types import Mailbox

CONFIRMATION, DIGEST = "follow_confirmation", "follow_digest"
KINDS = (CONFIRMATION, DIGEST)
FORGET_BATCH = 500
_PLAN_BATCH = 1000


def ask(address: str, locale: str) -> None:
    """Sends a mail to confirm; to one who follows already, a mail that says so. At most one a day to an address.

    Whoever asks learns nothing from it: what happens is seen in the mailbox alone.
    """
    key, now = address_key(address), clock.now()
    new = {
        "address": address,
        "address_key": key,
        "locale": locale,
        "status": rules.ASKED,
        "asked_at": now,
        "asked": 1,
        "sample": False,
    }
    follower_id = queries.insert(new)
    if follower_id is not None:
        _record("system", follower_id, "asked", None, rules.ASKED)
        _plan_confirmation(follower_id, address, 1)
        return
    known = queries.lock_by_key(key)
    if known is None or not rules.may_ask(known.asked_at, now, settings().scaled(rules.ASK_AGAIN)):
        return
    known.asked_at, known.asked = now, known.asked + 1
    if known.status == rules.ASKED:
        known.locale = locale
    db.session.flush()
    _plan_confirmation(known.id, known.address or address, known.asked)


def confirm(follower_id: int) -> None:
    """The mailbox said yes. Saying it twice is saying it once. Raises NotFound, Gone where the link is too old."""
    follower = _live(follower_id)
    if follower.status == rules.FOLLOWING:
        return
    follower.status, follower.confirmed_at = rules.FOLLOWING, clock.now()
    db.session.flush()
    if follower.address is not None:
        optouts.take_back(follower.address, "follow")  # what they said of it before, at a relay
    _record(f"follower:{follower_id}", follower_id, "confirmed", rules.ASKED, rules.FOLLOWING)


def check_link(follower: Follower) -> None:
    """Raises Gone where this one can't be confirmed any more."""
    within = settings().scaled(rules.CONFIRM_WITHIN)
    if not rules.may_confirm(follower.status, follower.asked_at, clock.now(), within):
        raise Gone


def decline(follower_id: int) -> None:
    """The mailbox says that it never asked: nothing of it is kept."""
    _end([follower_id], "declined", f"follower:{follower_id}")


def leave(follower_id: int) -> None:
    """Ends it at once, what was planned included. Doing it again changes nothing."""
    _end([follower_id], "left", f"follower:{follower_id}")


def remove(address: str, actor: str) -> bool:
    """Staff take an address out; False where nobody follows with it."""
    return bool(_end(queries.by_keys([address_key(address)]), "removed", actor))


def forget_unconfirmed() -> int:
    """Forgets who never confirmed while their link lived; how many, at most FORGET_BATCH."""
    before = clock.now() - settings().scaled(rules.CONFIRM_WITHIN)
    return len(_end(queries.unconfirmed(before, FORGET_BATCH), "forgotten", "system"))


def erase(event: AddressesErased) -> None:
    """Nothing is left of an address that was erased."""
    _end(queries.by_keys(event.keys), "erased", "system")


def make_digest() -> int:
    """Makes an issue and plans its mails, where a week went by and there is news; how many mails.

    What became known is left to rest for FEEDBACKLOOP_NEWS_BATCH first, so that one busy day is one piece of news.
    """
    now, last = clock.now(), queries.last_digest()
    if not rules.is_due(last.made_at if last else None, now, settings().scaled(rules.BETWEEN_DIGESTS)):
        return 0
    began = queries.first_confirmed_at()
    if began is None:
        return 0
    after, until = last.until_at if last else began, now - settings().news_batch
    newest = queries.newest_news_at(after, until)
    # Nobody who came after the last of it has news in it.
    if newest is None or newest <= began:
        return 0
    number = last.number + 1 if last else 1
    issue = {"number": number, "from_at": after, "until_at": until, "made_at": now, "sample": False}
    if not queries.insert_digest(issue):
        return 0
    planned, last_id = 0, 0
    while found := queries.following(newest, last_id, _PLAN_BATCH):
        mails = [mailing.NewMail(DIGEST, one.id, now, number, to=Mailbox("", one.address)) for one in found]
        mailing.plan_mails(mails)
        planned, last_id = planned + len(mails), found[-1].id
    return planned


def _plan_confirmation(follower_id: int, address: str, cycle: int) -> None:
    mailing.plan_mails([mailing.NewMail(CONFIRMATION, follower_id, clock.now(), cycle, to=Mailbox("", address))])


def _live(follower_id: int) -> Follower:
    follower = queries.lock(follower_id)
    if follower is None:
        raise NotFound
    check_link(follower)
    return follower


def _end(ids: Collection[int], status: str, actor: str) -> list[int]:
    ended = queries.end(ids, status, clock.now())
    for kind in KINDS:
        mailing.cancel_unsent(kind, ended, "unfollowed")
    mailing.forget_addresses(KINDS, ended)
    history.record_many(Change(actor, "follower", one, "ended", to_state=status) for one in ended)
    return ended


def _record(actor: str, follower_id: int, what: str, before: str | None, after: str) -> None:
    history.record(Change(actor, "follower", follower_id, what, from_state=before, to_state=after))
