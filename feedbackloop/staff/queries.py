"""All SQL of accounts, sign-ins, tries and API tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update

from feedbackloop.extensions import db
from feedbackloop.staff.models import ApiToken, SignInTry, Staff, StaffSession


@dataclass(frozen=True)
class SignedIn:
    """Who asks, as plain values: no page needs another query for its name and role."""

    id: int
    name: str
    email: str
    role: str
    locale: str | None
    session_id: int
    started_at: datetime
    expires_at: datetime


def by_id(staff_id: int) -> Staff | None:
    return db.session.get(Staff, staff_id)


def by_email(email: str) -> Staff | None:
    """The account with this address, in any case, disabled or not."""
    return db.session.scalar(select(Staff).where(Staff.email == email.strip().lower()))


def first_admin() -> Staff | None:
    """The oldest active admin; a sample one only where there is no other."""
    return first_of("admin")


def first_of(role: str) -> Staff | None:
    """The oldest active account of a role; a sample one only where there is no other."""
    return db.session.scalar(
        select(Staff).where(Staff.role == role, Staff.disabled_at.is_(None)).order_by(Staff.sample, Staff.id).limit(1)
    )


def accounts() -> Sequence[Staff]:
    """All accounts, active ones first, by name."""
    return db.session.scalars(select(Staff).order_by(Staff.disabled_at.is_not(None), Staff.name, Staff.id)).all()


def names(staff_ids: Sequence[int]) -> Mapping[int, str]:
    if not staff_ids:
        return {}
    return {row.id: row.name for row in db.session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(staff_ids)))}


def active_admins_besides(staff_id: int) -> int:
    statement = select(func.count()).where(Staff.role == "admin", Staff.disabled_at.is_(None), Staff.id != staff_id)
    return db.session.scalar(statement) or 0


def signed_in(key_hash: str, now: datetime, with_samples: bool) -> SignedIn | None:
    """Whose sign-in this is, while it holds and the account is active."""
    statement = (
        select(StaffSession, Staff)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(
            StaffSession.key_hash == key_hash,
            StaffSession.revoked_at.is_(None),
            StaffSession.expires_at > now,
            Staff.disabled_at.is_(None),
        )
    )
    if not with_samples:
        statement = statement.where(Staff.sample.is_(False))
    row = db.session.execute(statement).first()
    if row is None:
        return None
    session, staff = row
    return SignedIn(
        staff.id, staff.name, staff.email, staff.role, staff.locale, session.id, session.created_at, session.expires_at
    )


def extend_session(session_id: int, expires_at: datetime) -> None:
    db.session.execute(update(StaffSession).where(StaffSession.id == session_id).values(expires_at=expires_at))


def revoke_sessions(staff_id: int, now: datetime) -> None:
    db.session.execute(
        update(StaffSession)
        .where(StaffSession.staff_id == staff_id, StaffSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def revoke_session(session_id: int, now: datetime) -> None:
    db.session.execute(update(StaffSession).where(StaffSession.id == session_id).values(revoked_at=now))


def forget_sessions(before: datetime) -> None:
    db.session.execute(delete(StaffSession).where(StaffSession.expires_at < before))


def lock_tries(account_key: str) -> None:
    """Lets one try on an account go before the next. On SQLite the open write transaction does so by itself."""
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(int(account_key[:15], 16))))


def tries(account_key: str, address_key: str, since: datetime) -> tuple[list[datetime], list[datetime]]:
    """The moments of tries on the account, and of those from the address."""
    on_account = select(SignInTry.at).where(SignInTry.account_key == account_key, SignInTry.at > since)
    from_address = select(SignInTry.at).where(SignInTry.address_key == address_key, SignInTry.at > since)
    return list(db.session.scalars(on_account)), list(db.session.scalars(from_address))


def forget_tries(account_key: str) -> None:
    db.session.execute(delete(SignInTry).where(SignInTry.account_key == account_key))


def forget_tries_before(moment: datetime) -> None:
    db.session.execute(delete(SignInTry).where(SignInTry.at <= moment))


def tokens() -> Sequence[ApiToken]:
    """All API tokens, those in use first, the newest on top."""
    return db.session.scalars(select(ApiToken).order_by(ApiToken.revoked_at.is_not(None), ApiToken.id.desc())).all()


def token_by_id(token_id: int) -> ApiToken | None:
    return db.session.get(ApiToken, token_id)


def token_by_prefix(prefix: str) -> ApiToken | None:
    return db.session.scalar(select(ApiToken).where(ApiToken.prefix == prefix, ApiToken.revoked_at.is_(None)))
