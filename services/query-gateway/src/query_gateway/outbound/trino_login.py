"""How the gateway proves to Trino who it is: a token that is good for minutes, made anew before it ends."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from pathlib import Path

import jwt
from tidelake.runtime.clock import Clock
from tidelake.runtime.errors import LakeError, Terminal

from query_gateway.core.rules import GATEWAY

_VALID, _RENEW_BEFORE = timedelta(minutes=5), timedelta(minutes=2)


class UnusableTrinoKey(LakeError, Terminal):
    """The secret that tokens are signed with can't be read."""

    def __init__(self, path: Path, cause: str) -> None:
        self.path = path
        super().__init__(
            f"{path} holds no secret in base64: {cause}. Nobody can be answered without it. Name the file "
            "that Trino's http-server.authentication.jwt.key-file names by QUERY_GATEWAY_TRINO_JWT_KEY."
        )


class TrinoToken:
    """The token that is good now."""

    def __init__(self, key_file: Path, issuer: str, audience: str, clock: Clock) -> None:
        """Raises UnusableTrinoKey."""
        try:
            self._secret = base64.b64decode(key_file.read_text().strip(), validate=True)
        except (OSError, ValueError) as error:
            raise UnusableTrinoKey(key_file, str(error)) from error
        self._claims = {"iss": issuer, "aud": audience, "sub": GATEWAY}
        self._clock = clock
        self._token = ""
        self._renew_at: datetime | None = None

    def __call__(self) -> str:
        now = self._clock.now()
        if self._renew_at is None or now >= self._renew_at:
            claims = {**self._claims, "iat": now, "exp": now + _VALID}
            self._token = jwt.encode(claims, self._secret, algorithm="HS256")
            self._renew_at = now + _VALID - _RENEW_BEFORE
        return self._token
