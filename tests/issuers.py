"""An identity provider on this machine: authorization code with PKCE, real signatures, and nothing it was not asked."""

from __future__ import annotations

import json
import secrets
import threading
from base64 import b64decode
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.authenticators import b64

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

CLIENT, SECRET = "einmal", "s3cret/+:"


@dataclass(slots=True)
class Provider:
    """What the server knows: its key, who is signed in there, and which codes it gave out for what."""

    now: Callable[[], datetime]
    address: str = ""
    subject: str = "s-1"
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}), repr=False)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    lies: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    queries: set[str] = field(default_factory=set)  #: behind the token endpoint's address

    def authorize(self, asked: dict[str, str]) -> str:
        """Return where the browser is sent back to, with a code; whoever asks otherwise than agreed is not."""
        wanted = {"response_type": "code", "client_id": CLIENT, "scope": "openid", "code_challenge_method": "S256"}
        if {name: asked.get(name) for name in wanted} != wanted:
            self.faults.append("authorize")
            return "about:blank"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.address})}"

    def token(self, said: dict[str, str], authorization: str) -> dict[str, str] | None:
        """Return an ID token for a code, once, to whoever asked for it."""
        asked = self.codes.pop(said.get("code", ""), None)
        verifier = b64(sha256(said.get("code_verifier", "").encode()).digest())
        known = b64decode(authorization.removeprefix("Basic ")).decode() == "einmal:s3cret%2F%2B%3A"
        if (
            not asked
            or not known
            or verifier != asked["code_challenge"]
            or said["redirect_uri"] != asked["redirect_uri"]
        ):
            self.faults.append("token")
            return None
        now = int(self.now().timestamp())
        claims: dict[str, Any] = {"iss": self.address, "sub": self.subject, "aud": CLIENT, "nonce": asked["nonce"]}
        claims |= {"iat": now, "exp": now + 60, "acr": asked.get("acr_values", "")} | self.lies
        return {"token_type": "Bearer", "id_token": jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)}

    def file(self, path: Path) -> Path:
        """Write what the operator of a registry keeps about this provider."""
        secret = path.with_name("client-secret")
        secret.write_text(SECRET, encoding="utf-8")
        one = {
            "issuer": self.address,
            "client_id": CLIENT,
            "name": "Behördenkonto",
            "jwks": {"keys": [self.key.as_dict(private=False)]},
            "authorization_endpoint": f"{self.address}/auth",
            "token_endpoint": f"{self.address}/token?tenant=a",
            "acr": ["urn:de:substantial"],
            "client_secret_file": str(secret),
        }
        path.write_text(json.dumps({"issuers": [one]}), encoding="utf-8")
        return path


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        target = self.server.provider.authorize(dict(parse_qsl(urlsplit(self.path).query)))
        self.send_response(303)
        self.send_header("Location", target)
        self.end_headers()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        said = {name: values[0] for name, values in parse_qs(body).items()}
        self.server.provider.queries.add(urlsplit(self.path).query)
        answer = self.server.provider.token(said, self.headers.get("Authorization", ""))
        self.send_response(200 if answer else 400)
        self.end_headers()
        self.wfile.write(json.dumps(answer or {"error": "invalid_grant"}).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    provider: Provider


def provided(now: Callable[[], datetime]) -> Iterator[Provider]:
    """Let a provider run on this machine."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.provider = Provider(now, f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
