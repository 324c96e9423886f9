"""Who is asking: the signed-in member of staff, or a machine with a token. Loaded by the station `staff`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

from flask import current_app, g, redirect, request, url_for
from flask_babel import gettext as _

from feedbackloop.core.errors import Forbidden, Unauthorised

P = ParamSpec("P")
R = TypeVar("R")

ROLES = ("admin", "handler", "quality", "marketing")
# Its path is that of the staff pages, so that a browser shows it to no other.
STAFF_COOKIE = "feedbackloop_staff"
SCOPES = ("intake", "read", "improvements")


class Member(Protocol):
    """What core knows of a member of staff."""

    id: int
    name: str
    email: str
    role: str


class Bearer(Protocol):
    """What core knows of an API token."""

    id: int
    scopes: list[str]


def member() -> Member:
    """The signed-in member of staff; raises Unauthorised without one."""
    found: Member | None = g.get("staff")
    if found is None:
        raise Unauthorised
    return found


def requires(*roles: str) -> Callable[[Callable[P, R]], Callable[P, Any]]:
    """A staff page for these roles; `admin` always may, no role at all means every role."""

    def decorate(view: Callable[P, R]) -> Callable[P, Any]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
            found: Member | None = g.get("staff")
            if found is None:
                if request.method not in ("GET", "HEAD"):
                    raise Unauthorised
                return redirect(url_for("staff.sign_in", next=request.full_path.rstrip("?")), 303)
            if roles and found.role not in (*roles, "admin"):
                raise Forbidden
            return view(*args, **kwargs)

        guarded.roles = roles  # type: ignore[attr-defined]
        return guarded

    return decorate


def may_open(endpoint: str) -> bool:
    """Whether the signed-in member of staff may open this staff page; nobody may open one that is not there."""
    found: Member | None = g.get("staff")
    view = current_app.view_functions.get(endpoint)
    roles = getattr(view, "roles", ())
    return found is not None and view is not None and (not roles or found.role in (*roles, "admin"))


def link(endpoint: str, **values: Any) -> str | None:
    """The address of a staff page, or None where the signed-in member may not open it."""
    return url_for(endpoint, **values) if may_open(endpoint) else None


def requires_scope(scope: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """An API call for tokens with this scope."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            scheme, _, given = request.headers.get("Authorization", "").partition(" ")
            bearer: Bearer | None = None
            if scheme.lower() == "bearer" and given:
                bearer = current_app.extensions["feedbackloop.bearer"](given.strip())
            if bearer is None:
                raise Unauthorised
            if scope not in bearer.scopes:
                raise Forbidden(f"This token does not have the scope '{scope}'.")
            g.bearer = bearer
            return view(*args, **kwargs)

        guarded.scope = scope  # type: ignore[attr-defined]
        return guarded

    return decorate


def refuse_colleagues() -> None:
    """On a page that a person was sent by mail: raises Forbidden where a colleague's session comes along.

    What people say by telephone is written down on the call list, with who wrote it.
    """
    if STAFF_COOKIE in request.cookies:
        raise Forbidden(
            _("You are signed in as a colleague here. Write down on the call list what a customer tells you.")
        )


def actor() -> str:
    """Who acts, as history keeps it: `staff:3`, `api:1` or `system`."""
    if g.get("staff") is not None:
        return f"staff:{g.staff.id}"
    if g.get("bearer") is not None:
        return f"api:{g.bearer.id}"
    return "system"
