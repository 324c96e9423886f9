"""Messages as mail systems write them: delivery reports, complaints, answers. Addresses are examples."""

from __future__ import annotations

from email.message import EmailMessage

DAEMON = "Mail Delivery System <MAILER-DAEMON@mx.example.net>"


def delivery_report(
    *,
    to: str = "loop@ours.example",
    message_id: str = "<unknown@elsewhere.example>",
    recipient: str | None = "marleen@postvak.example",
    action: str | None = "failed",
    status: str | None = "5.1.1",
    diagnostic: str | None = None,
    said: str = "Your message could not be delivered.",
    own_id: str = "<report-1@mx.example.net>",
) -> bytes:
    """An RFC 3464 report about the message with this Message-ID."""
    fields = [
        f"Final-Recipient: rfc822; {recipient}" if recipient else "",
        f"Action: {action}" if action else "",
        f"Status: {status}" if status else "",
        f"Diagnostic-Code: smtp; {diagnostic}" if diagnostic else "",
    ]
    block = "\n".join(one for one in fields if one)
    return f"""Return-Path: <>
From: {DAEMON}
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: {own_id}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=utf-8

{said}

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

{block}

--b1
Content-Type: text/rfc822-headers

From: Testwinkel <loop@ours.example>
To: {recipient}
Subject: Is het opgelost?
Message-ID: {message_id}

--b1--
""".encode()


def prose_report(said: str, *, to: str = "loop@ours.example", subject: str = "failure notice") -> bytes:
    """A report that only a person was meant to read."""
    head = f"Return-Path: <>\nFrom: {DAEMON}\nTo: {to}\nSubject: {subject}\nMessage-ID: <prose-1@mx.example.net>"
    return f"{head}\n\n{said}\n".encode()


def complaint(message_id: str, *, feedback: str = "abuse", unsubscribe: str | None = None) -> bytes:
    """An ARF report about the message with this Message-ID."""
    header = f"List-Unsubscribe: <{unsubscribe}>\n" if unsubscribe else ""
    return f"""From: feedback@mailbox.example
To: loop@ours.example
Subject: FW: Is het opgelost?
Message-ID: <arf-1@mailbox.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b1"

--b1
Content-Type: text/plain

This is an email abuse report.

--b1
Content-Type: message/feedback-report

Feedback-Type: {feedback}
User-Agent: SomeGenerator/1.0
Version: 1

--b1
Content-Type: message/rfc822

From: loop@ours.example
To: (redacted)
Subject: Is het opgelost?
Message-ID: {message_id}
{header}
Beste Marleen

--b1--
""".encode()


def reply(
    said: str,
    *,
    sender: str = "Marleen Osinga <marleen@postvak.example>",
    answers: str | None = None,
    subject: str = "Re: Is het opgelost?",
    own_id: str = "<reply-1@postvak.example>",
    files: tuple[str, ...] = (),
    **headers: str,
) -> bytes:
    """What a person writes back; `answers` is the Message-ID of the mail that it answers."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"], made["Message-ID"] = sender, "loop@ours.example", subject, own_id
    if answers:
        made["In-Reply-To"] = made["References"] = answers
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(said)
    for name in files:
        made.add_attachment(b"\xff\xd8picture", maintype="image", subtype="jpeg", filename=name)
    return made.as_bytes()
