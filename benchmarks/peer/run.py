"""What the peer is told, a line of JSON each on standard input; answers a line of JSON each on standard output.

`["migrate"]`, `["queue", file, how many]`, `["send", processes]` (answers the seconds it took), `["sent"]`.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.peer.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from post_office import mail  # noqa: E402
from post_office.models import STATUS, Email  # noqa: E402

_SENDER = "Fietsenmakerij De Bonte Spaak <service@bontespaak.example>"
_CHUNK = 2000


def migrate() -> bool:
    call_command("migrate", verbosity=0)
    return True


def queue(file: str, wanted: int) -> int:
    """Queues finished mails, each to a person of its own."""
    mails = json.loads(Path(file).read_text(encoding="utf-8"))
    for start in range(0, wanted, _CHUNK):
        mail.send_many(
            [
                {
                    "sender": _SENDER,
                    "recipients": [f"klant{place}@postvak.example"],
                    "subject": mails[place % len(mails)]["subject"],
                    "message": mails[place % len(mails)]["text"],
                    "html_message": mails[place % len(mails)]["html"],
                    "headers": mails[place % len(mails)]["headers"],
                }
                for place in range(start, min(start + _CHUNK, wanted))
            ]
        )
    return Email.objects.count()


def send(processes: int) -> float:
    """Its own command, as a cron line calls it, until nothing is queued any more."""
    started = time.monotonic()
    call_command("send_queued_mail", processes=processes, lockfile=f"{tempfile.mkdtemp()}/lock")
    return time.monotonic() - started


def sent() -> int:
    return int(Email.objects.filter(status=STATUS.sent).count())


_COMMANDS: dict[str, Any] = {"migrate": migrate, "queue": queue, "send": send, "sent": sent}

if __name__ == "__main__":
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        print(json.dumps(_COMMANDS[name](*arguments)), flush=True)
