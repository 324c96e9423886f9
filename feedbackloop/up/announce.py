"""What `up` prints: what is in force, and what to open, in the order of the loop."""

from __future__ import annotations

import click
from flask import current_app
from flask_babel import force_locale
from sqlalchemy import func, select

from feedbackloop.checkins.models import CheckIn
from feedbackloop.complaints.models import Complaint
from feedbackloop.config import TRIAL_DEFAULTS, Settings
from feedbackloop.core import tokens
from feedbackloop.extensions import db
from feedbackloop.running import Running
from feedbackloop.sample import sign_in


def announce(found: Settings, here: Running) -> None:
    """Prints to standard output, once, when everything was started."""
    with force_locale("en"):
        lines = [f"{found.organisation} — feedbackloop runs at {here.public_url}/", ""]
        sample = _has_sample_data()
        if found.local_mail:
            lines += _trial(found, here, sample)
        else:
            lines.append(f"Mail goes to {found.mail_server}:{found.mail_port}.")
            if sample:
                lines.append("Sample data is loaded: its people are never mailed, and its staff cannot sign in.")
                lines.append("Take it out with `feedbackloop sample-data remove`.")
            lines += [f"  staff            {_address(here, 'overview_staff.home')}"]
            lines += [f"  improvement log  {_address(here, 'improvements.listing')}"]
    click.echo("\n".join([*lines, "", "Stop with Ctrl-C."]))


def _trial(found: Settings, here: Running, sample: bool) -> list[str]:
    lines = [
        "Mail stays here: every message goes to the local mailbox. While it does, these defaults are those of a trial:",
        "  " + ", ".join(f"{name.removeprefix('FEEDBACKLOOP_')}={value}" for name, value in TRIAL_DEFAULTS.items()),
        "",
        "Open, in this order:",
        f"  1 the mailbox          {_address(here, 'mailbox.listing')}",
    ]
    form = _open_form()
    if form is not None:
        token = tokens.make("check-in", form)
        lines.append(f"  2 the form of a mail   {_address(here, 'checkins.form', token=token)}")
    lines.append(f"  3 staff                {_address(here, 'staff.sign_in')}")
    account = sign_in.read(found.instance) if sample else None
    if account is not None:
        lines.append(f"      sign in as {account.email} with {account.password}")
    lines += [
        f"  4 the improvement log  {_address(here, 'improvements.listing')}",
        f"  5 a page with it       {_address(here, 'mailbox.example_site')}",
    ]
    return lines


def _address(here: Running, endpoint: str, **values: str) -> str:
    return here.public_url + current_app.url_map.bind("localhost").build(endpoint, values)


def _has_sample_data() -> bool:
    return db.session.scalar(select(Complaint.id).where(Complaint.sample).limit(1)) is not None


def _open_form() -> int | None:
    """A check-in that was sent and not answered yet: the newest."""
    return db.session.scalar(select(func.max(CheckIn.id)).where(CheckIn.status == "sent"))
