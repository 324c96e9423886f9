"""What happened to mails. Lists, because a batch settles together; `kind` is a MailKind's name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MailsSent:
    """The server took them. `mail_ids` and `subject_ids` are parallel."""

    kind: str
    mail_ids: tuple[int, ...]
    subject_ids: tuple[int, ...]


@dataclass(frozen=True)
class MailsEnded:
    """They will not be sent: `status` is suppressed, bounced, expired or cancelled, `reason` a code."""

    kind: str
    mail_ids: tuple[int, ...]
    subject_ids: tuple[int, ...]
    status: str
    reason: str
