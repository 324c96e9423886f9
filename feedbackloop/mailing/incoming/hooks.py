"""One call of a relay's webhook: checked, read, and each of its events taken in a transaction of its own."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Request, current_app

from feedbackloop.config import Settings
from feedbackloop.core import api, clock, db
from feedbackloop.core.errors import BadInput, NotFound
from feedbackloop.mailing.incoming import classify, reading, service
from feedbackloop.mailing.incoming.providers import PROVIDERS
from feedbackloop.mailing.incoming.providers.common import Call, Provider, WrongShape
from feedbackloop.mailing.incoming.service import Event, Taken


def secrets_of(name: str, settings: Settings) -> Sequence[str]:
    """The secrets of a relay; none where it is not set."""
    return getattr(settings, f"mail_hook_{name}", None) or ()


def receive(name: str, request: Request, settings: Settings) -> list[Taken]:
    """Takes all that the call says; committed when this returns. Raises NotFound for a relay that is not set,
    Unauthorised for a call that is not its own, and BadInput for one that can't be read."""
    provider, secrets = PROVIDERS.get(name), secrets_of(name, settings)
    if provider is None or not secrets:
        raise NotFound
    headers = {key.lower(): value for key, value in request.headers.items()}
    if provider.by_headers:  # nobody else's large body is worth reading
        provider.verify(Call(headers, b"", secrets, clock.now()), None)
    request.max_content_length = provider.largest
    call = Call(headers, request.get_data(), secrets, clock.now())
    data = _json(call.body)
    if not provider.by_headers:
        provider.verify(call, data)
    if provider.answer is not None and provider.answer(data):
        current_app.logger.info("mail_hook_confirmed", extra={"provider": name})
        return []
    return [_take(provider, one) for one in _read(provider, data)]


def _json(body: bytes) -> object:
    try:
        return api.strict_loads(body)
    except (ValueError, RecursionError):
        raise BadInput("The body is no JSON that can be read.") from None


def _read(provider: Provider, data: object) -> list[Event | bytes]:
    try:
        return list(provider.read(data))
    except (WrongShape, AttributeError, TypeError, KeyError, ValueError):
        # Genuine and yet not what the relay documents: it is told so, and shows it to its own customer.
        raise BadInput("This is no event of this relay.") from None


def _take(provider: Provider, one: Event | bytes) -> Taken:
    # A transaction each: two calls with the same events in another order would wait for each other.
    if isinstance(one, Event):
        with db.transaction():
            return service.take_event(one, provider.name)
    try:
        letter = classify.letter(one)
    except reading.Unreadable as problem:
        with db.transaction():
            return service.note_unreadable(provider.name, classify.identify(one), str(problem.args[0]))
    with db.transaction():
        return service.take(letter, provider.name)
