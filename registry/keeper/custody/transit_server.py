"""Asking an OpenBao or Vault server: one connection a question, over TLS or within this machine."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from registry.crypto.keyfiles import read_text
from registry.errors import OperationError

if TYPE_CHECKING:
    from pathlib import Path

#: An answer to one key is far smaller.
_MOST_BYTES = 64 * 1024
#: What a question is answered with, whoever is asked: all else means that the server cannot be asked now.
_ANSWERS = frozenset({200, 204, 400, 403, 404})
_FORBIDDEN = 403
_UNAVAILABLE = 503
_ENCODER = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    status: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Server:
    """A server that is asked with a token.

    The token is read from its file for each question, so an agent beside the keeper can renew it and nobody here
    remembers it.
    """

    url: str  #: https://host:port, http:// within this machine, or unix:/path of a socket
    token_file: Path
    ca_file: Path | None = None
    seconds: float = 5.0  #: for connecting and for each reading, and for an answer as a whole
    pause: float = 0.5  #: before the one other try

    def ask(self, method: str, path: str, body: object = None) -> Answer:
        """Return the answer to a question; `path` begins after /v1/.

        A server that stumbles is asked once more, and so is one that refuses while the token's file has changed.

        Raises:
            OperationError: it cannot be reached or trusted, is sealed, or answers what no such server answers.
        """
        token = self._token()
        answer = self._patiently(method, path, body, token=token)
        if answer.status == _FORBIDDEN and (newer := self._token()) != token:
            answer = self._patiently(method, path, body, token=newer)
        if answer.status not in _ANSWERS:
            raise OperationError(f"The Transit server at {self.url} answered {answer.status}. Check TRANSIT_URL.")
        return answer

    def _token(self) -> str:
        return read_text(self.token_file, name="Transit token", setting="TRANSIT_TOKEN_FILE")

    def _patiently(self, method: str, path: str, body: object, *, token: str) -> Answer:
        """Ask, and once more where it could be a passing weakness; every question may be asked twice."""
        why = ""
        for pause in (self.pause, 0.0):
            try:
                answer = self._once(method, path, body, token=token)
            except ssl.SSLCertVerificationError as problem:
                raise OperationError(
                    f"The Transit server's certificate is not trusted: {problem.verify_message}."
                ) from None
            except (OSError, http.client.HTTPException) as problem:
                why = f"cannot be reached ({type(problem).__name__})"
            else:
                if answer.status < 500 and answer.status not in {412, 429}:
                    return answer
                why = "is sealed or not ready" if answer.status == _UNAVAILABLE else f"answered {answer.status}"
            time.sleep(pause)
        raise OperationError(f"The Transit server at {self.url} {why}. Nothing opens without it.")

    def _once(self, method: str, path: str, body: object, *, token: str) -> Answer:
        end = time.monotonic() + self.seconds
        connection = self._connection()
        try:
            sent = None if body is None else _ENCODER.encode(body)
            connection.request(method, f"/v1/{path}", sent, {"X-Vault-Token": token, "X-Vault-Request": "true"})
            response = connection.getresponse()
            content = b""
            while piece := response.read1(_MOST_BYTES):
                content += piece
                if len(content) > _MOST_BYTES or time.monotonic() > end:
                    raise http.client.HTTPException("an answer without an end")
            return Answer(response.status, content)
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        if parts.scheme == "unix":
            return _SocketConnection(parts.path, self.seconds)
        if parts.scheme == "http":
            return http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=self.seconds)
        return http.client.HTTPSConnection(
            parts.hostname or "", parts.port or 443, timeout=self.seconds, context=self._trust()
        )

    def _trust(self) -> ssl.SSLContext:
        """Return whose certificates count: those of the authority that was named, else those of the system."""
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except (OSError, ssl.SSLError):
            raise OperationError("The authority's certificates cannot be read. Set TRANSIT_CA_FILE.") from None
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context


class _SocketConnection(http.client.HTTPConnection):
    """A connection through a Unix socket."""

    def __init__(self, path: str, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket instead of a host."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
