"""Another system that speaks to the product's API over HTTP."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from tests.support.moments import days_ago


@dataclass(frozen=True)
class Machine:
    """Holds a token of a running instance. An answer of another status than expected fails the test."""

    base: str
    token: str

    def get(self, path: str, expected: int = 200) -> Any:
        return self._send("GET", path, None, expected)

    def post(self, path: str, body: Any = None, expected: int = 200) -> Any:
        return self._send("POST", path, body, expected)

    def patch(self, path: str, body: Any, expected: int = 200) -> Any:
        return self._send("PATCH", path, body, expected)

    def brings(self, external_id: str, **fields: Any) -> Any:
        """A complaint that was never heard of before, as the API shows it then."""
        return self.post("/api/v1/complaints", {"source": "shop", "external_id": external_id, **fields}, 201)

    def resolved(self, external_id: str, email: str | None, *, locale: str = "nl", **fields: Any) -> Any:
        """A complaint of somebody at this address that was resolved yesterday: the check-in is due at once."""
        given = {
            "subject": f"Bestelling {external_id} te laat",
            "summary": f"Bestelling {external_id} kwam een uur te laat.",
            "category": "bezorging",
            "opened_at": days_ago(6),
            "resolved_at": days_ago(1),
            "resolution": "U kreeg al uw geld terug.",
            "apology_given": True,
            "customer": {"name": "Marleen Osinga", "email": email, "locale": locale},
            "handler": {"name": "Teun Riemersma", "email": f"teun-{external_id.lower()}@ours.example"},
        }
        return self.brings(external_id, **{**given, **fields})

    def complaint(self, external_id: str) -> Any:
        """How a complaint stands now."""
        (found,) = self.get(f"/api/v1/complaints?source=shop&external_id={external_id}")["items"]
        return found

    def _send(self, method: str, path: str, body: Any, expected: int) -> Any:
        connection = HTTPConnection(urlsplit(self.base).netloc, timeout=30)
        try:
            content = None if body is None else json.dumps(body)
            headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
            connection.request(method, path, content, headers)
            answer = connection.getresponse()
            status, text = answer.status, answer.read()
        finally:
            connection.close()
        assert status == expected, f"{method} {path} answers {status}: {text.decode(errors='replace')[:2000]}"
        return json.loads(text)
