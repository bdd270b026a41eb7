"""Speaking to the API as anybody could: plain HTTP, and what an asker can see of an answer."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

#: Seconds for one request; far more than any takes, also on a busy machine.
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        """Return the body as a JSON object.

        Raises:
            ValueError: it is something else.
        """
        document = json.loads(self.body)
        if not isinstance(document, dict):
            raise ValueError(f"an object was expected, and {self.status} came with something else")  # noqa: TRY004 - as json
        return document

    @property
    def told(self) -> str:
        """Return status and problem code, as checks compare them."""
        return f"{self.status} {self.document['code']}" if self.status >= 400 else str(self.status)

    def header(self, name: str) -> str:
        """Return a header; empty where there is none of that name."""
        return next((value for known, value in self.headers if known.lower() == name.lower()), "")

    @property
    def face(self) -> dict[str, Any]:
        """Return everything an asker can tell apart but the clock: status, headers, body."""
        headers = sorted([name.lower(), value] for name, value in self.headers if name.lower() != "date")
        return {"status": self.status, "headers": headers, "body": self.body.decode()}


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who asks, with a session or without."""

    api: str
    token: str | None = None
    cookie: str | None = None  #: as a browser that visits pages holds it

    def ask(self, method: str, path: str, body: object = None) -> Answer:
        """Send one request on a connection of its own.

        Args:
            path: under the API, with its slash.
        """
        content = None if body is None else json.dumps(body)
        return self._sent(method, path, content, kind="application/json")

    def form(self, path: str, fields: dict[str, str]) -> Answer:
        """Send a form, as a page does."""
        return self._sent("POST", path, urlencode(fields), kind="application/x-www-form-urlencoded")

    def _sent(self, method: str, path: str, content: str | None, *, kind: str) -> Answer:
        address = urlsplit(self.api)
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= {"Cookie": self.cookie} if self.cookie else {}
        headers |= {"Content-Type": kind} if content is not None else {}
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=_PATIENCE)
        try:
            connection.request(method, address.path + path, content, headers)
            response = connection.getresponse()
            return Answer(response.status, tuple(response.getheaders()), response.read())
        finally:
            connection.close()

    def get(self, path: str) -> Answer:
        """GET."""
        return self.ask("GET", path)

    def post(self, path: str, body: object) -> Answer:
        """POST."""
        return self.ask("POST", path, body)

    def delete(self, path: str) -> Answer:
        """DELETE."""
        return self.ask("DELETE", path)

    def holding(self, cookie: str) -> Caller:
        """Return the same caller with a cookie, as name=value."""
        return replace(self, cookie=cookie)

    def signed_in(self, token: str) -> Caller:
        """Return the same caller with a session."""
        return replace(self, token=token)
