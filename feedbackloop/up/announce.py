"""What `up` prints: what is in force, and what to open, in the order of the loop."""

from __future__ import annotations

import click
from sqlalchemy import func, select

from feedbackloop.checkins.models import CheckIn
from feedbackloop.config import TRIAL_DEFAULTS, Settings
from feedbackloop.core import tokens
from feedbackloop.extensions import db
from feedbackloop.running import Running
from feedbackloop.sample import loader, sign_in


def announce(found: Settings, here: Running) -> None:
    """Prints to standard output, once, when everything was started."""
    lines = [f"{found.organisation}: feedbackloop runs at {here.public_url}/", ""]
    sample = loader.is_loaded()
    if found.local_mail:
        lines += _trial(found, here, sample)
    else:
        lines.append(f"Mail goes to {found.mail_server}:{found.mail_port}.")
        if sample:
            lines.append("Sample data is loaded: its people are never mailed, and its staff cannot sign in.")
            lines.append("Take it out with `feedbackloop sample-data remove`.")
        lines += [f"  staff            {here.public_url}/staff/"]
        lines += [f"  improvement log  {here.public_url}/improvements/"]
    click.echo("\n".join([*lines, "", "Stop with Ctrl-C."]))


def _trial(found: Settings, here: Running, sample: bool) -> list[str]:
    lines = [
        "Mail stays here: every message goes to the local mailbox. While it does, these defaults are those of a trial:",
        "  " + ", ".join(f"{name.removeprefix('FEEDBACKLOOP_')}={value}" for name, value in TRIAL_DEFAULTS.items()),
        "",
        "Open, in this order:",
        f"  1 the mailbox          {here.public_url}/mailbox/",
    ]
    form = _open_form()
    if form is not None:
        lines.append(f"  2 the form of a mail   {here.public_url}/check-in/{tokens.make('check-in', form)}")
    lines.append(f"  3 staff                {here.public_url}/staff/")
    account = sign_in.read(found.instance) if sample else None
    if account is not None:
        lines.append(f"      sign in as {account.email} with {account.password}")
    lines += [
        f"  4 the improvement log  {here.public_url}/improvements/",
        f"  5 a page with it       {here.public_url}/example-site/",
    ]
    return lines


def _open_form() -> int | None:
    """A check-in that was sent and not answered yet: the newest."""
    return db.session.scalar(select(func.max(CheckIn.id)).where(CheckIn.status == "sent"))
