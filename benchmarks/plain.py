"""The plain way with Flask-Mail: one kept connection, a Message built for each mail. `plain FILE PORT HOW_MANY`.

Says `ready` once the connection is open, and goes when its standard input ends.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from flask import Flask
from flask_mail import Mail, Message

from benchmarks.stage import HOST

SENDER = ("Fietsenmakerij De Bonte Spaak", "service@bontespaak.example")


def message(mail: dict[str, str | dict[str, str]], place: int) -> Message:
    """A mail of the sample to a person of their own, as Flask-Mail takes it."""
    headers = mail["headers"]
    assert isinstance(headers, dict)
    return Message(
        subject=str(mail["subject"]),
        recipients=[(f"Zoë Núñez {place}", f"klant{place}@postvak.example")],
        body=str(mail["text"]),
        html=str(mail["html"]),
        sender=SENDER,
        extra_headers=headers,
    )


def main(file: str, port: str, wanted: str) -> None:
    app = Flask(__name__)
    app.config.update(MAIL_SERVER=HOST, MAIL_PORT=int(port))
    mail = Mail(app)
    mails = json.loads(Path(file).read_text(encoding="utf-8"))
    with app.app_context(), mail.connect() as connection:
        print("ready", flush=True)
        sys.stdin.read()
        for place in range(int(wanted)):
            connection.send(message(mails[place % len(mails)], place))


if __name__ == "__main__":
    main(*sys.argv[1:])
