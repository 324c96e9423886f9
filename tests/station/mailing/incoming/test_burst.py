"""The same events many times over, in parallel and in any order, have one effect each."""

from __future__ import annotations

import contextvars
import random
import threading

from tests.station.mailing.incoming.conftest import Post
from tests.support import relays
from tests.support.clock import Clock

MAILS, COPIES = 20, 5


def test_a_burst_of_copies_has_one_effect_each(post: Post, clock: Clock) -> None:
    ids = [post.people.brings(f"K-{number}") for number in range(MAILS)]
    post.people.is_asked(ids[0])
    asked = [post.mail_about(complaint_id) for complaint_id in ids]
    calls = []
    for number, one in enumerate(asked):
        address = f"k-{number}@postvak.example"
        arrived = {"event": "delivered", "email": address, "sg_event_id": f"d{number}", "smtp-id": one.message_id}
        batch = [*relays.bounce("sendgrid", one.uuid, address, number), arrived]
        calls.append(relays.call("sendgrid", batch, clock.now))
        calls.append(relays.call("sendgrid", batch[::-1], clock.now))
    answers: list[int] = []

    def caller(order: list[relays.Sent]) -> None:
        answers.extend(post.hears("sendgrid", sent).status_code for sent in order)

    threads = []
    for copy in range(COPIES):
        order = random.Random(copy).sample(calls, len(calls))  # noqa: S311 - an order, not a secret
        threads.append(threading.Thread(target=contextvars.copy_context().run, args=(caller, order)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * (COPIES * len(calls))
    assert len(post.received()) == 2 * MAILS
    assert [post.check_in(one.complaint_id) for one in asked] == ["bounced"] * MAILS
    assert [post.people.story(one.complaint_id, "mail").count("came_back") for one in asked] == [1] * MAILS
