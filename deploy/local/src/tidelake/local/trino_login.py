"""How one comes into the stack's Trino: by TLS, with a token that says who one is."""

import base64
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tidelake.local.home import Home
from tidelake.local.private_files import kept_file

ISSUER, AUDIENCE = "lake", "trino"
ADMIN = "admin"
_VALID = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class TrinoLogin:
    """`certificate` is the only one to trust (None: those that all trust); `key_file` holds the
    secret that tokens are signed with.

    requests and what is built on it prefer $REQUESTS_CA_BUNDLE, which ./lake sets, to `verify=certificate`,
    unless the session has `trust_env = False`.
    """

    url: str
    certificate: Path | None
    key_file: Path

    @classmethod
    def of(cls, home: Home, port: int) -> "TrinoLogin":
        """That of the stack in `home`."""
        folder = home.secrets
        return cls(f"https://127.0.0.1:{port}", folder / "trino-certificate.pem", folder / "trino-jwt-key")

    def token(self, subject: str, valid: timedelta = _VALID) -> str:
        """A JWT by which Trino takes its bearer for `subject`, for five minutes."""
        import jwt  # with all its algorithms: a way in is named more often than it is gone

        now = datetime.now(UTC)
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + valid}
        return jwt.encode(claims, base64.b64decode(self.make_key()), algorithm="HS256")

    def make_key(self) -> str:
        """The secret in base64, made when it is first asked for."""
        return kept_file(self.key_file, lambda: base64.b64encode(secrets.token_bytes(32)).decode())
