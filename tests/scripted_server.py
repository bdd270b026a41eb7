"""A server on loopback that answers what a test tells it: for faults that a real one cannot be asked to have.

It is no Transit engine: it encrypts nothing and knows no keys.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Script = Callable[["Asked"], tuple[int, object]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, as it came."""

    method: str
    path: str
    token: str
    body: dict[str, Any]


@dataclass(slots=True)
class Scripted:
    """What a server was asked, and where it is."""

    url: str
    asked: list[Asked] = field(default_factory=list)


class _Server(ThreadingHTTPServer):
    def __init__(self, script: Script) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = script
        self.seen = Scripted(f"http://127.0.0.1:{self.server_port}")


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own name
        """Say nothing."""

    def _answer(self) -> None:
        server = cast("_Server", self.server)
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = Asked(self.command, self.path, self.headers["X-Vault-Token"], json.loads(content or b"{}"))
        server.seen.asked.append(asked)
        status, said = server.script(asked)
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status // 100 == 3:
            self.send_header("Location", "/v1/elsewhere")
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def scripted(script: Script) -> Iterator[Scripted]:
    """Answer each question as the script says: a status, and bytes or what becomes JSON."""
    with _Server(script) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.seen
        finally:
            server.shutdown()
            thread.join()
