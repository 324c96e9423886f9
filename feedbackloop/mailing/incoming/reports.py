"""Reports of machines about a mail: delivery reports (RFC 3464 and free forms) and complaints (RFC 5965)."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.message import Message

from flufl.bounce import all_failures

from feedbackloop.mailing.incoming import rules
from feedbackloop.mailing.incoming.reading import Mail
from feedbackloop.mailing.incoming.rules import Finding

_LONGEST_PROSE = 200_000
_HEAD_OF_PROSE = 3_000
# The library's own expressions take time by the square of what they look at.
_LONGEST_FOR_LIBRARY = 100_000
_MACHINES = re.compile(
    r"^(mailer.?daemon|post_?master|mail.?delivery.*|mail.?administrator|mdaemon|maildaemon|uucp)$", re.IGNORECASE
)
_UNATTENDED = re.compile(r"^(no.?reply|do.?not.?reply)", re.IGNORECASE)
_SUBJECT = re.compile(
    r"undeliver|undelivered|delivery (status|failure|failed|has failed|report|notification)|(mail|message) delivery"
    r"|failure notice|returned mail|delivery error|error sending|mail system error|could not be delivered"
    r"|not delivered|user unknown|host unknown|onbestelbaar|niet (bezorgd|afgeleverd)|unzustellbar|non remis",
    re.IGNORECASE,
)
_SERVER_SAID = re.compile(
    r"(?m)^[^\w\n]{0,20}(?:.{0,80}\b)?5\d\d[ -](?:#?5\.\d+\.\d+|.{0,60}\b(?:user|mailbox|address|"
    r"recipient|relay|domain|host|account|such)\b)",
    re.IGNORECASE,
)
_DELAY = re.compile(
    r"\bdelay|vertraagd|verzögert|still trying|will (be )?(retr|keep trying|try again)|not yet been delivered"
    r"|could not send message for past|warning: message",
    re.IGNORECASE,
)
_HOTMAIL = re.compile(r"^complaint about message from ", re.IGNORECASE)
_FIELD = re.compile(r"(?m)^([A-Za-z][A-Za-z-]{1,40}):[ \t]*(.{0,2000})$")
_MOST_BLOCKS = 50
_ADDRESS = re.compile(r"[^\s<>;,\"()\[\]]+@[^\s<>;,\"()\[\]]+")


@dataclass(frozen=True)
class Report:
    """What a report says, and the addresses that it is about (as it writes them)."""

    finding: Finding
    addresses: tuple[str, ...] = ()


def read(mail: Mail) -> Report | None:
    """The report that this message is; None where it is none."""
    return _complaint(mail) or _delivery_status(mail) or _prose(mail)


def originals(mail: Mail) -> Iterator[Message]:
    """The messages, or only their headers, that a report sends back."""
    for part in mail.parts:
        kind = part.get_content_type()
        payload = part.get_payload()
        if kind == "message/rfc822" and isinstance(payload, list) and payload:
            if isinstance(payload[0], Message):
                yield payload[0]
        elif kind in ("text/rfc822-headers", "message/rfc822-headers", "message/partial") or kind == "message/rfc822":
            raw = part.get_payload(decode=True)
            if isinstance(raw, bytes):
                yield email.message_from_bytes(raw[:_LONGEST_PROSE])


def is_from_machine(mail: Mail) -> bool:
    """Whether a mail system wrote it, by its sender."""
    return has_null_sender(mail) or any(_MACHINES.match(_local(address)) for address in _from(mail))


def has_null_sender(mail: Mail) -> bool:
    return mail.has("Return-Path") and mail.header("Return-Path") in ("", "<>")


def _complaint(mail: Mail) -> Report | None:
    for part in mail.of_type("message/feedback-report"):
        fields = _blocks(part)
        kind = next((str(one["Feedback-Type"]) for one in fields if one["Feedback-Type"]), None)
        about = [str(one[name]) for one in fields for name in ("Original-Rcpt-To", "Removal-Recipient") if one[name]]
        return Report(Finding(rules.COMPLAINT, feedback=kind or "abuse"), _addresses(about))
    if mail.message.get_param("report-type") == "feedback-report":
        return Report(Finding(rules.COMPLAINT, feedback="abuse"))
    # Microsoft's own form, from before the standard: the message, and nothing beside it.
    if _HOTMAIL.match(mail.header("Subject")) and mail.of_type("message/rfc822"):
        about = [str(one["X-HmXmrOriginalRecipient"] or "") for one in originals(mail)]
        return Report(Finding(rules.COMPLAINT, feedback="abuse"), _addresses(about))
    return None


def _delivery_status(mail: Mail) -> Report | None:
    """RFC 3464. Of several recipients the one that failed counts: a mail of ours has one, who may have many boxes."""
    parts = mail.of_type("message/delivery-status", "message/global-delivery-status")
    blocks = [block for part in parts for block in _blocks(part)]
    told = [block for block in blocks if block["Action"] or block["Status"] or block["Final-Recipient"]]
    if not told:
        return _library(mail) if parts else None
    failed = [block for block in told if str(block["Action"] or "").strip().lower().startswith(("fail", "error"))]
    # Some servers leave the action out: then the class of the status is all there is.
    silent = [block for block in told if not block["Action"]]
    block = (failed or silent or told)[0]
    status = rules.nearest_status(_field(block, "Status"), _field(block, "Diagnostic-Code"))
    names = ("Original-Recipient", "Final-Recipient", "X-Actual-Recipient")
    found = Finding(rules.BOUNCE, status, given_up=bool(failed), informs=not (failed or silent))
    return Report(found, _addresses([_field(block, name) or "" for name in names]))


def _prose(mail: Mail) -> Report | None:
    """A report that only a person was meant to read, told by who sent it and by what it says."""
    report = mail.message.get_param("report-type") == "delivery-status"
    if mail.message.get_param("report-type") in ("disposition-notification", "feedback-report"):
        return None
    machine = is_from_machine(mail)
    returned = bool(mail.of_type("message/rfc822", "text/rfc822-headers"))
    unattended = returned and any(_UNATTENDED.match(_local(address)) for address in _from(mail))
    if not (machine or unattended or report):
        return None
    known = _library(mail)
    if known is not None:
        return known
    said = mail.text[:_LONGEST_PROSE]
    speaks = bool(_SUBJECT.search(mail.header("Subject"))) or bool(_SERVER_SAID.search(said))
    if not (report or returned or speaks):
        return None
    delayed = bool(_DELAY.search(f"{mail.header('Subject')}\n{said[:_HEAD_OF_PROSE]}"))
    return Report(Finding(rules.BOUNCE, given_up=speaks and not delayed, informs=delayed))


def _library(mail: Mail) -> Report | None:
    """The forms of many mail systems, as flufl.bounce knows them. Says who failed, never why."""
    texts = (part.get_payload() for part in mail.parts if part.get_content_maintype() == "text")
    if sum(len(text) for text in texts if isinstance(text, str)) > _LONGEST_FOR_LIBRARY:
        return None
    try:
        delayed, failed = all_failures(mail.message)
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    if not (delayed or failed):
        return None
    found = Finding(rules.BOUNCE, given_up=bool(failed), informs=not failed)
    return Report(found, tuple(sorted(one.decode("ascii", "replace") for one in failed or delayed)))


def _blocks(part: Message) -> list[Message]:
    """The groups of fields in a machine's part, also where a server broke a long field without indenting it."""
    payload = part.get_payload()
    if isinstance(payload, list):
        found: list[Message] = []
        for block in payload[:_MOST_BLOCKS]:
            if isinstance(block, Message):
                rest = block.get_payload()
                found.append(_mended(block, rest) if isinstance(rest, str) and rest.strip() else block)
        return found
    raw = part.get_payload(decode=True)
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(payload or "")
    groups = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    return [_mended(Message(), group) for group in groups[:_MOST_BLOCKS]]


def _mended(block: Message, rest: str) -> Message:
    """The block with the fields that stand in the text after it."""
    whole = Message()
    for name, value in block.items():
        whole[name] = value
    for name, value in _FIELD.findall(rest[:_LONGEST_PROSE]):
        if name not in whole:
            whole[name] = value.strip()
    return whole


def _field(block: Message, name: str) -> str | None:
    value = block[name]
    return None if value is None else " ".join(str(value)[:2000].split())


def _from(mail: Mail) -> list[str]:
    raw = mail.header("From")
    found = [address for _name, address in mail.addresses("From")]
    return found or [raw]


def _local(address: str) -> str:
    return address.rpartition("@")[0].strip('<> "') or address.split("<")[0].strip('<> "')


def _addresses(values: list[str]) -> tuple[str, ...]:
    found = [match[0].rstrip(".") for value in values for match in _ADDRESS.finditer(value[:2000])]
    return tuple(dict.fromkeys(found))[:20]
