"""A self-signed certificate for this machine's own address, kept in the stack's state folder."""

import contextlib
import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from tidelake.local.private_files import write_private

_LIFE = datetime.timedelta(days=365)
_RENEWED = datetime.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Certificate:
    """`keystore` holds the private key and the certificate, `trusted` the certificate alone; both as PEM."""

    keystore: Path
    trusted: Path


def kept_certificate(folder: Path, name: str, now: datetime.datetime) -> Certificate:
    """For 127.0.0.1 and localhost, valid for a year; made anew when it has less than 30 days to go."""
    certificate = Certificate(folder / f"{name}-keystore.pem", folder / f"{name}-certificate.pem")
    public = _long_enough_valid(certificate.keystore, now)
    if public is None:
        private, public = _new(now)
        write_private(certificate.keystore, private + public)
    # Always: whatever a killed process left, clients trust what the server shows.
    if not certificate.trusted.exists() or certificate.trusted.read_text(encoding="utf-8") != public:
        write_private(certificate.trusted, public)
    return certificate


def _long_enough_valid(keystore: Path, now: datetime.datetime) -> str | None:
    with contextlib.suppress(FileNotFoundError, ValueError):
        content = keystore.read_bytes()
        serialization.load_pem_private_key(content, None)
        certificate = x509.load_pem_x509_certificate(content)
        if certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - _RENEWED:
            return certificate.public_bytes(serialization.Encoding.PEM).decode()
    return None


def _new(now: datetime.datetime) -> tuple[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))]
    key_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + _LIFE)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(key_id, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(key_id), critical=False)
    )
    certificate = builder.sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()
