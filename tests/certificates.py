"""A certificate authority for one test run."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from pathlib import Path

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Authority:
    """Certifies servers on 127.0.0.1."""

    certificate: Path
    name: x509.Name
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def new(cls, folder: Path, *, called: str = "authority") -> Authority:
        """Make an authority, its certificate in a file."""
        key, name = ec.generate_private_key(ec.SECP256R1()), _name(called)
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        usage = x509.KeyUsage(
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        blank = _blank(name, name, key.public_key(), _DAY).add_extension(constraints, critical=True)
        made = blank.add_extension(usage, critical=True).add_extension(identifier, critical=False)
        path = folder / f"{called}.pem"
        path.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        return cls(path, name, key)

    def certify(self, certificate: Path, key_file: Path, *, host: str = "127.0.0.1", lasts: timedelta = _DAY) -> None:
        """Write key and certificate of a server at this address."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        blank = _blank(_name("server"), self.name, key.public_key(), lasts).add_extension(names, critical=False)
        made = blank.add_extension(issuer, critical=False).sign(self.key, hashes.SHA256())
        certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )


def _name(called: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, called)])


def _blank(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, lasts: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return x509.CertificateBuilder(
        subject_name=subject,
        issuer_name=issuer,
        public_key=key,
        serial_number=x509.random_serial_number(),
        not_valid_before=now - 2 * _DAY,
        not_valid_after=now + lasts,
    )
