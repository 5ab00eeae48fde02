"""An authority made for the moment, and the certificates that it gives out."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_DAY: Final = timedelta(days=1)


class Authority:
    """Signs; its own certificate lies in a folder, as all that it gives out."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._key, self._name = (
            folder,
            ec.generate_private_key(ec.SECP256R1()),
            "Test",
        )
        usage = x509.KeyUsage(
            digital_signature=False, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, key_cert_sign=True, crl_sign=False,
            encipher_only=False, decipher_only=False,
        )  # fmt: skip
        own = (
            _unsigned("Test", self._key.public_key(), "Test", datetime.now(UTC) + _DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.bundle = folder / "ca.pem"
        self.bundle.write_bytes(own.public_bytes(Encoding.PEM))

    def issue(self, host: str, *, ended: bool = False) -> tuple[Path, Path]:
        """Give the files with a certificate for a host and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        until = datetime.now(UTC) + (-_DAY if ended else _DAY)
        certificate = (
            _unsigned(host, key.public_key(), self._name, until)
            .add_extension(x509.SubjectAlternativeName([_called(host)]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        pem, key_pem = self._folder / f"{host}.pem", self._folder / f"{host}.key"
        pem.write_bytes(certificate.public_bytes(Encoding.PEM))
        plain = NoEncryption()
        key_pem.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, plain))
        return pem, key_pem


def _called(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _unsigned(
    subject: str, key: ec.EllipticCurvePublicKey, issuer: str, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_named(subject))
        .issuer_name(_named(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(until - 3 * _DAY)
        .not_valid_after(until)
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
