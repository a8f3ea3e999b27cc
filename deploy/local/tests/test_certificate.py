"""The stack's own certificate."""

import socket
import ssl
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from tidelake.local.certificate import Certificate, kept_certificate

NOW = datetime.now(UTC)


def shaken_hands(certificate: Certificate, host: str) -> None:
    """A client that trusts this certificate alone and looks strictly, as Python 3.13 does, meets a server."""
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate.keystore)
    client_side = ssl.create_default_context(cafile=str(certificate.trusted))
    client_side.verify_flags |= ssl.VERIFY_X509_STRICT
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            accepted, _ = server.accept()
            try:
                server_side.wrap_socket(accepted, server_side=True).close()
            except (ssl.SSLError, OSError):
                accepted.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        with socket.create_connection(server.getsockname()) as raw:
            client_side.wrap_socket(raw, server_hostname=host).close()
        thread.join(20)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_it_is_trusted_for_this_machine_and_for_no_other_name(tmp_path: Path, host: str) -> None:
    certificate = kept_certificate(tmp_path, "one", NOW)
    shaken_hands(certificate, host)
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shaken_hands(certificate, "example.org")


def test_its_private_key_is_for_its_owner_alone_and_not_among_what_clients_read(tmp_path: Path) -> None:
    certificate = kept_certificate(tmp_path, "one", NOW)
    assert stat.S_IMODE(certificate.keystore.stat().st_mode) == 0o600
    assert "PRIVATE" in certificate.keystore.read_text()
    assert "PRIVATE" not in certificate.trusted.read_text()


def test_it_is_kept_until_near_its_end_and_then_made_anew(tmp_path: Path) -> None:
    first = kept_certificate(tmp_path, "one", NOW).keystore.read_text()
    assert kept_certificate(tmp_path, "one", NOW + timedelta(days=334)).keystore.read_text() == first
    renewed = kept_certificate(tmp_path, "one", NOW + timedelta(days=336))
    assert renewed.keystore.read_text() != first
    end = x509.load_pem_x509_certificate(renewed.trusted.read_bytes()).not_valid_after_utc
    assert end > NOW + timedelta(days=700)


@pytest.mark.parametrize("content", ["", "half a key", "-----BEGIN PRIVATE KEY-----\nAAAA\n"])
def test_what_can_not_be_read_is_made_anew_and_both_files_fit_each_other(
    tmp_path: Path, content: str
) -> None:
    certificate = kept_certificate(tmp_path, "one", NOW)
    certificate.keystore.write_text(content)
    shaken_hands(kept_certificate(tmp_path, "one", NOW), "localhost")
    certificate.trusted.write_text("of another key")
    shaken_hands(kept_certificate(tmp_path, "one", NOW), "localhost")
