"""Fetching an officer's ID token from its issuer: authorization code with PKCE (RFC 7636, OpenID Connect Core 3.1).

What comes back is believed by nobody here: the keeper checks it.
"""

from __future__ import annotations

import http.client
import secrets
from base64 import urlsafe_b64encode
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from registry.auth.sessions import SignInRefused

if TYPE_CHECKING:
    from registry.issuers import Issuer

_SECONDS: Final = 10.0
_MOST: Final = 65_536


class _Answer(msgspec.Struct):
    id_token: str


@dataclass(frozen=True, slots=True)
class Begun:
    """What the browser keeps while its user is at the issuer."""

    issuer: str
    state: str
    verifier: str = field(repr=False)

    @classmethod
    def new(cls, issuer: Issuer) -> Begun:
        """Return fresh secrets for one sign-in."""
        return cls(issuer.issuer, secrets.token_urlsafe(32), secrets.token_urlsafe(48))

    @classmethod
    def read(cls, text: str) -> Begun:
        """Return what a browser kept; raises SignInRefused where that is nothing of ours."""
        state, _, rest = text.partition(" ")
        verifier, _, issuer = rest.partition(" ")
        if not (state and verifier and issuer):
            raise SignInRefused("This sign-in did not begin here. Begin again.")
        return cls(issuer, state, verifier)

    @property
    def text(self) -> str:
        """Return how the browser keeps it."""
        return f"{self.state} {self.verifier} {self.issuer}"

    def address(self, issuer: Issuer, *, nonce: bytes, back: str) -> str:
        """Return where the officer signs in.

        Args:
            nonce: the keeper's challenge for this issuer.
            back: where the issuer sends the officer afterwards.
        """
        asked = {
            "response_type": "code",
            "scope": "openid",
            "client_id": issuer.client_id,
            "redirect_uri": back,
            "state": self.state,
            "nonce": _b64(nonce),
            "code_challenge": _b64(sha256(self.verifier.encode()).digest()),
            "code_challenge_method": "S256",
        }
        if issuer.acr:
            asked["acr_values"] = " ".join(issuer.acr)
        joint = "&" if "?" in issuer.authorization_endpoint else "?"
        return f"{issuer.authorization_endpoint}{joint}{urlencode(asked)}"


def fetched(issuer: Issuer, code: str, *, verifier: str, back: str) -> str:
    """Exchange a code for the ID token.

    Raises:
        SignInRefused: the issuer says no, says something else, or is away.
    """
    said = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if issuer.client_secret_file is None:
        said["client_id"] = issuer.client_id
    else:
        secret = Path(issuer.client_secret_file).read_text(encoding="utf-8").strip()
        both = f"{quote(issuer.client_id, safe='')}:{quote(secret, safe='')}"
        headers["Authorization"] = f"Basic {_padded(both.encode())}"
    try:
        status, content = _posted(issuer.token_endpoint, urlencode(said).encode(), headers)
        if status != http.client.OK:
            raise SignInRefused("The issuer did not confirm this sign-in. Begin again.")
        return msgspec.json.decode(content, type=_Answer).id_token
    except (OSError, http.client.HTTPException, msgspec.DecodeError) as failed:
        raise SignInRefused("The issuer did not confirm this sign-in. Begin again.") from failed


def _posted(address: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """Send a form; redirects are not followed, and an answer that is too long is none."""
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    with closing(kind(parts.hostname or "", parts.port, timeout=_SECONDS)) as connection:
        connection.request("POST", parts.path or "/", body, headers)
        answer = connection.getresponse()
        content = answer.read(_MOST + 1)
    if len(content) > _MOST:
        raise http.client.HTTPException("too long")
    return answer.status, content


def _b64(content: bytes) -> str:
    return _padded(content).rstrip("=").replace("+", "-").replace("/", "_")


def _padded(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().replace("-", "+").replace("_", "/")
