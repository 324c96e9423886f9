"""Rows 30 and 39: an installation that was away for days, and a mail that cannot be made."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from feedbackloop.core import db as transactions
from feedbackloop.core import moments
from feedbackloop.staff import keyring
from tests.faults.knocking import knock
from tests.faults.matrix import row
from tests.faults.site import Site, address

_FAR = ZoneInfo("Asia/Tokyo")
_AWAY = timedelta(days=3)
_TOO_LONG = timedelta(days=40)
_SENSIBLE_FOR = timedelta(days=14)


def _zone() -> ZoneInfo:
    """A zone in which this day does not end within the row."""
    return ZoneInfo("UTC") if datetime.now(UTC).hour < 22 else _FAR


@row(
    30,
    "away for 3 days over a planned sending; a tenth of the mails waits for 40 days; a cap of half of them a minute",
    "not before the next window, once each, within the cap; what waited too long: expired, none sent",
)
def away_for_days(site: Site) -> None:
    zone = _zone()
    opens = (datetime.now(zone) + timedelta(seconds=75)).replace(second=0, microsecond=0)
    cap = site.size // 2
    site.environ["FEEDBACKLOOP_TIMEZONE"] = str(zone)
    site.environ["FEEDBACKLOOP_SEND_WINDOW"] = f"mon-sun {opens:%H:%M}-23:59"
    site.environ["FEEDBACKLOOP_HOLIDAYS"] = "off"
    site.environ["FEEDBACKLOOP_RATE_PER_MINUTE"] = str(cap)
    site.seed()
    old = [address(number) for number in range(0, site.size, 10)]
    site.not_mailed.update(old)
    now = datetime.now(UTC)
    for ago, addresses in (_AWAY, []), (_TOO_LONG, old):
        keys = [mail["id"] for mail in site.mails_to(addresses or site.addresses)]
        for key in keys:
            site.change(
                "UPDATE outbox SET due_at = :due, expires_at = :ends WHERE id = :key",
                due=now - ago,
                ends=now - ago + _SENSIBLE_FOR,
                key=key,
            )
    site.start(idle=False)
    site.wait(lambda: datetime.now(zone) >= opens, "the window does not open", 120)
    site.healed()
    site.settle()
    accepted = [event["ts"] for event in site.mail.log.of_kind("accepted")]
    early = sum(moment < opens.timestamp() for moment in accepted)
    site.expect(early == 0, f"{early} mails before the window opened")
    minutes = Counter(int(moment // 60) for moment in accepted)
    site.notes.append("a minute: " + ", ".join(str(number) for _, number in sorted(minutes.items())))
    # Counted when a mail is admitted, seen when it is accepted: some cross the minute in between.
    site.expect(max(minutes.values()) <= cap + cap // 10, f"{max(minutes.values())} mails in a minute, {cap} allowed")
    states = Counter((mail["status"], mail["reason"]) for mail in site.mails_to(old))
    site.expect(set(states) == {("expired", "too_late")}, f"what waited too long stands as {dict(states)}")


@row(
    39,
    "a mail whose words cannot be made (a date beyond the calendar); a name with a lone surrogate through the API",
    "all others sent; the one parked with its reason; the name refused with 400",
)
def poison(site: Site) -> None:
    broken = address(site.size // 2)
    site.not_mailed.update({broken, address(site.size)})
    site.seed()
    site.change(
        "UPDATE complaints SET opened_at = '9999-12-31 23:59:59+00' WHERE id = "
        "(SELECT complaint_id FROM outbox o JOIN customers c ON c.id = o.customer_id WHERE c.email = :email)",
        email=broken,
    )
    site.start_web()
    site.healed()
    site.start(idle=False)
    status = _bring_surrogate(site)
    site.expect(status == 400, f"a lone surrogate was answered {status}")
    site.settle()
    (mail,) = site.mails_to([broken])
    site.notes.append(f"{mail['status']}: {mail['reason']} after {mail['attempts']} tries")
    site.expect(mail["status"] == "parked" and bool(mail["reason"]), f"it stands as {mail['status']}")
    parked = site.standing().get("parked", 0)
    site.expect(parked == 1, f"{parked} are parked")


def _bring_surrogate(site: Site) -> int:
    with site.app.app_context(), transactions.transaction():
        token = keyring.create("faults", ["intake"])
    now = datetime.now(UTC)
    body = {
        "source": "faults",
        "external_id": "F-surrogate",
        "subject": "Te laat",
        "opened_at": moments.show(now - timedelta(days=2)),
        "resolved_at": moments.show(now - timedelta(minutes=1)),
        "customer": {"name": "Zo\ud800 Brouwer", "email": address(site.size)},
    }
    return knock(
        site.port,
        "POST",
        "/api/v1/complaints",
        json.dumps(body),
        Authorization=f"Bearer {token}",
        Content_Type="application/json",
    ).status
