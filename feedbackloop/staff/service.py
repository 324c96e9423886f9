"""What changes an account, and who may sign in with it."""

from __future__ import annotations

import secrets
import unicodedata
from datetime import timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import gettext as _

from feedbackloop.config import settings
from feedbackloop.core import clock, keys
from feedbackloop.core.access import ROLES
from feedbackloop.core.errors import BadInput, Conflict, NotFound
from feedbackloop.core.history import Change, record
from feedbackloop.core.text import TextProblem, clean
from feedbackloop.extensions import db
from feedbackloop.setting_types import address
from feedbackloop.staff import keyring, queries, rules
from feedbackloop.staff.models import SignInTry, Staff, StaffSession

_hasher = PasswordHasher()

create_token, read_bearer = keyring.create, keyring.read


def create(
    email: str,
    name: str,
    role: str,
    password: str,
    sample: bool = False,
    locale: str | None = None,
    actor: str = "system",
) -> Staff:
    """A new account. Raises Conflict where the address has one, and BadInput, by field, for what can't be taken."""
    checked = _email(email)
    if role not in ROLES:
        raise BadInput(fields={"role": [_("Choose one of the roles.")]})
    if queries.by_email(checked) is not None:
        raise Conflict(_("There is an account with this e-mail address already."))
    staff = Staff(
        email=checked,
        name=_name(name),
        role=role,
        locale=locale,
        password_hash=_hash(password),
        sample=sample,
        created_at=clock.now(),
    )
    db.session.add(staff)
    db.session.flush()
    record(Change(actor, "staff", staff.id, "created", to_state=role))
    return staff


def note_try(email: str, network_address: str | None) -> timedelta:
    """Counts a try to sign in before its password is looked at; how long it has to wait, zero when it may go on.

    A try that has to wait is not counted, or who waits too little would wait for ever.
    """
    account_key = keys.address_key(f"sign-in {email}")
    address_key = keys.address_key(f"network {rules.network_of(network_address)}")
    now = clock.now()
    queries.lock_tries(account_key)
    queries.forget_tries_before(now - rules.TRIES_KEPT)
    wait = rules.wait_before_try(*queries.tries(account_key, address_key, now - rules.TRIES_KEPT), now)
    if wait and settings().rate_limits:
        return wait
    db.session.add(SignInTry(account_key=account_key, address_key=address_key, at=now))
    db.session.flush()
    return timedelta(0)


def authenticate(email: str, password: str) -> Staff | None:
    """The account of this pair, or None; it takes the same time whether the address is known or not.

    Disabled accounts have no valid pair, nor have sample accounts where mail goes to a real server.
    """
    try:
        staff = queries.by_email(clean(email, limit=320))
    except TextProblem:
        staff = None
    matches = _matches(staff.password_hash if staff else _nobodys_hash(), password)
    if staff is None or not matches or staff.disabled_at is not None:
        return None
    return None if staff.sample and not settings().local_mail else staff


def start_session(staff_id: int, password: str | None = None) -> str:
    """Signs in: the new key for the cookie. Forgets the tries on the account, and renews a hash of older strength."""
    staff = get(staff_id)
    now = clock.now()
    queries.forget_tries(keys.address_key(f"sign-in {staff.email}"))
    queries.forget_sessions(now - rules.ABSOLUTE_END)
    if password is not None and _hasher.check_needs_rehash(staff.password_hash):
        staff.password_hash = _hash(password)
    key = secrets.token_urlsafe(32)
    db.session.add(
        StaffSession(
            key_hash=rules.hash_of(key), staff_id=staff.id, created_at=now, expires_at=rules.session_end(now, now)
        )
    )
    db.session.flush()
    return key


def read_session(key: str) -> queries.SignedIn | None:
    """Who signed in with this key, while that holds."""
    return queries.signed_in(rules.hash_of(key), clock.now(), with_samples=settings().local_mail)


def extend_session(found: queries.SignedIn) -> None:
    queries.extend_session(found.session_id, rules.session_end(found.started_at, clock.now()))


def end_session(session_id: int) -> None:
    queries.revoke_session(session_id, clock.now())


def change_password(staff_id: int, password: str, actor: str) -> None:
    """Sets a password and ends every sign-in of the account."""
    staff = get(staff_id)
    staff.password_hash = _hash(password)
    queries.revoke_sessions(staff.id, clock.now())
    db.session.flush()
    record(Change(actor, "staff", staff.id, "password_changed"))


def change_profile(staff_id: int, name: str, locale: str | None) -> None:
    """Sets what a member of staff decides about themselves."""
    staff = get(staff_id)
    staff.name, staff.locale = _name(name), locale if locale in settings().locales else None
    db.session.flush()


def change_role(staff_id: int, role: str, actor: str) -> None:
    """Raises Conflict where nobody would be left to change accounts."""
    staff = get(staff_id)
    if role not in ROLES:
        raise BadInput(fields={"role": [_("Choose one of the roles.")]})
    if role == staff.role:
        return
    _keep_an_admin(staff, stays_admin=role == "admin")
    before, staff.role = staff.role, role
    db.session.flush()
    record(Change(actor, "staff", staff.id, "role_changed", from_state=before, to_state=role))


def disable(staff_id: int, actor: str) -> None:
    """Closes an account and ends its sign-ins at once. Raises Conflict where it is the last admin."""
    staff = get(staff_id)
    if staff.disabled_at is not None:
        return
    _keep_an_admin(staff, stays_admin=False)
    staff.disabled_at = clock.now()
    queries.revoke_sessions(staff.id, staff.disabled_at)
    db.session.flush()
    record(Change(actor, "staff", staff.id, "disabled"))


def enable(staff_id: int, actor: str) -> None:
    staff = get(staff_id)
    if staff.disabled_at is not None:
        staff.disabled_at = None
        db.session.flush()
        record(Change(actor, "staff", staff.id, "enabled"))


def get(staff_id: int) -> Staff:
    """Raises NotFound."""
    staff = queries.by_id(staff_id)
    if staff is None:
        raise NotFound
    return staff


def _keep_an_admin(staff: Staff, stays_admin: bool) -> None:
    is_admin = staff.role == "admin" and staff.disabled_at is None
    if rules.loses_last_admin(is_admin, stays_admin, queries.active_admins_besides(staff.id)):
        raise Conflict(_("This is the last administrator. Make somebody else one first."))


def _email(value: str) -> str:
    try:
        return address(clean(value, limit=320)).lower()
    except ValueError:
        raise BadInput(fields={"email": [_("This is not an e-mail address.")]}) from None


def _name(value: str) -> str:
    try:
        name = clean(value, limit=200)
    except TextProblem:
        name = ""
    if not name:
        raise BadInput(fields={"name": [_("Fill in a name.")]})
    return name


def _hash(password: str) -> str:
    if not rules.is_long_enough(password):
        raise BadInput(fields={"password": [_("A password has at least %(n)s characters.", n=rules.SHORTEST_PASSWORD)]})
    return _hasher.hash(unicodedata.normalize("NFC", password))


def _matches(password_hash: str, password: str) -> bool:
    if len(password) > rules.LONGEST_PASSWORD:
        password = ""
    try:
        return _hasher.verify(password_hash, unicodedata.normalize("NFC", password))
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_urlsafe(32))
