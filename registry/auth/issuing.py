"""Fetching an officer's ID token from its issuer: authorization code with PKCE (RFC 7636, OpenID Connect Core 3.1).

What comes back is believed by nobody here: the keeper checks it.
"""

from __future__ import annotations

import http.client
import secrets
from base64 import b64encode
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from registry.auth.sessions import SignInRefused
from registry.crypto.signing import base64url
from registry.errors import OperationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from registry.issuers import Issuer

_SECONDS: Final = 10.0
_MOST: Final = 65_536


class _Answer(msgspec.Struct):
    id_token: str


@dataclass(frozen=True, slots=True)
class Begun:
    """What the browser keeps while its user is at the issuer."""

    issuer: str
    language: str  #: in which the officer left, and reads what comes of it
    state: str
    verifier: str = field(repr=False)

    @classmethod
    def new(cls, issuer: Issuer, language: str) -> Begun:
        """Return fresh secrets for one sign-in."""
        return cls(issuer.issuer, language, secrets.token_urlsafe(32), secrets.token_urlsafe(48))

    @classmethod
    def read(cls, text: str) -> Begun:
        """Return what a browser kept; raises SignInRefused where that is nothing of ours."""
        state, verifier, language, issuer = (*text.split(" ", 3), "", "", "", "")[:4]
        if not (state and verifier and language and issuer):
            raise SignInRefused("This sign-in did not begin here. Begin again.")
        return cls(issuer, language, state, verifier)

    @property
    def text(self) -> str:
        """Return how the browser keeps it."""
        return f"{self.state} {self.verifier} {self.language} {self.issuer}"

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
            "nonce": base64url(nonce),
            "code_challenge": base64url(sha256(self.verifier.encode()).digest()),
            "code_challenge_method": "S256",
        }
        if issuer.acr:
            asked["acr_values"] = " ".join(issuer.acr)
        joint = "&" if "?" in issuer.authorization_endpoint else "?"
        return f"{issuer.authorization_endpoint}{joint}{urlencode(asked)}"


def insist_ready(known: Iterable[Issuer]) -> None:
    """Refuse to begin where a secret that issuers know us by cannot be read; raises OperationError with its name."""
    for issuer in known:
        file = issuer.client_secret_file
        try:
            readable = file is None or bool(_secret(file))
        except (OSError, UnicodeDecodeError) as wrong:
            raise OperationError(f"OIDC_ISSUERS_FILE: client_secret_file {file} cannot be read ({wrong})") from None
        if not readable:
            raise OperationError(f"OIDC_ISSUERS_FILE: client_secret_file {file} is empty")


def fetched(issuer: Issuer, code: str, *, verifier: str, back: str) -> str:
    """Exchange a code for the ID token.

    Raises:
        SignInRefused: the issuer says no, says something else, or is away.
    """
    said = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    try:
        if issuer.client_secret_file is None:
            said["client_id"] = issuer.client_id
        else:
            both = f"{quote(issuer.client_id, safe='')}:{quote(_secret(issuer.client_secret_file), safe='')}"
            headers["Authorization"] = f"Basic {b64encode(both.encode()).decode()}"
        status, content = _posted(issuer.token_endpoint, urlencode(said).encode(), headers)
        if status != http.client.OK:
            raise SignInRefused("The issuer did not confirm this sign-in. Begin again.")
        return msgspec.json.decode(content, type=_Answer).id_token
    except (OSError, UnicodeDecodeError, http.client.HTTPException, msgspec.DecodeError) as failed:
        raise SignInRefused("The issuer did not confirm this sign-in. Begin again.") from failed


def _secret(file: str) -> str:
    return Path(file).read_text(encoding="utf-8").strip()


def _posted(address: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """Send a form; redirects are not followed, and an answer that is too long is none."""
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    with closing(kind(parts.hostname or "", parts.port, timeout=_SECONDS)) as connection:
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        connection.request("POST", target, body, headers)
        answer = connection.getresponse()
        content = answer.read(_MOST + 1)
    if len(content) > _MOST:
        raise http.client.HTTPException("too long")
    return answer.status, content
