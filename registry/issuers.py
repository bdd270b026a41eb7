"""Who may issue ID tokens for officers: read from a file that the operator keeps, with the keys that count.

The keys are pinned there, because the keeper speaks no HTTP: who changes them changes the file.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import KeySet

from registry.errors import OperationError

if TYPE_CHECKING:
    from pathlib import Path

#: Signatures whose forging nobody knows how to do; never "none", never a shared secret.
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "ES384", "Ed25519", "EdDSA")
_RSA_BITS: Final = 2048
#: Where http needs no TLS: it does not leave this machine.
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Issuer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An identity provider, and what a token of it must say."""

    issuer: str  #: as `iss` says it, to the letter
    client_id: str  #: as whom we are registered there: `aud`
    jwks: dict[str, list[dict[str, Any]]]  #: its signing keys, a JWK set
    authorization_endpoint: str
    token_endpoint: str
    name: str = ""  #: what the button on the sign-in page says
    algorithms: tuple[str, ...] = ("RS256",)
    acr: tuple[str, ...] = ()  #: how officers must have signed in there; one of these, where any are named
    client_secret_file: str | None = None  #: for web alone


class _File(msgspec.Struct, forbid_unknown_fields=True):
    issuers: list[Issuer]


def load(path: Path | None) -> dict[str, Issuer]:
    """Return the issuers of a file by name; none where there is no file.

    Raises:
        OperationError: it is missing, malformed, or lets something count that must not.
    """
    if path is None:
        return {}
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_File).issuers
    except (OSError, msgspec.DecodeError) as wrong:
        raise OperationError(f"OIDC_ISSUERS_FILE: {path} cannot be read as issuers ({wrong})") from None
    for one in found:
        _check(one, path)
    if len({one.issuer for one in found}) != len(found):
        raise OperationError(f"OIDC_ISSUERS_FILE: {path} names an issuer twice")
    return {one.issuer: one for one in found}


def _check(issuer: Issuer, path: Path) -> None:
    keys = issuer.jwks.get("keys", [])
    if not keys or any(key.get("kty") not in {"RSA", "EC", "OKP"} or {"d", "k"} & key.keys() for key in keys):
        raise OperationError(f"OIDC_ISSUERS_FILE: {path}: {issuer.issuer} needs public keys, and no others")
    if any(key.get("use", "sig") != "sig" for key in keys):
        raise OperationError(f"OIDC_ISSUERS_FILE: {path}: {issuer.issuer} has a key that is not for signing")
    _check_keys(issuer, path)
    for address in (issuer.authorization_endpoint, issuer.token_endpoint):
        parts = urlsplit(address)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _HERE):
            raise OperationError(f"OIDC_ISSUERS_FILE: {path}: {address} is neither https:// nor on this machine")
    if not issuer.algorithms or not set(issuer.algorithms) <= set(ALGORITHMS):
        raise OperationError(f"OIDC_ISSUERS_FILE: {path}: {issuer.issuer} may sign with {', '.join(ALGORITHMS)} only")


def _check_keys(issuer: Issuer, path: Path) -> None:
    """Refuse keys that the library does not read now: at a sign-in it would be too late to say so."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # of what is refused here
            found = [key.public_key for key in KeySet.import_key_set(issuer.jwks).keys]  # type: ignore[arg-type]  # as the file has them
    except (JoseError, ValueError, TypeError, LookupError, UnsupportedAlgorithm) as wrong:
        raise OperationError(f"OIDC_ISSUERS_FILE: {path}: a key of {issuer.issuer} is none ({wrong})") from None
    if any(isinstance(key, RSAPublicKey) and key.key_size < _RSA_BITS for key in found):
        raise OperationError(f"OIDC_ISSUERS_FILE: {path}: {issuer.issuer} has an RSA key below {_RSA_BITS} bits")
