"""The way into Trino."""

import base64
import stat
from datetime import timedelta

import jwt
import pytest
from tidelake.local.freeports import free_ports
from tidelake.local.home import Home
from tidelake.local.trino_login import TrinoLogin
from tidelake.local.trino_query import TrinoUnwell, ask


def test_a_token_names_its_bearer_for_five_minutes(home: Home) -> None:
    login = TrinoLogin.of(home, 1)
    token = login.token("gateway")
    key = base64.b64decode(login.key_file.read_text())
    claims = jwt.decode(token, key, algorithms=["HS256"], issuer="lake", audience="trino")
    assert claims["sub"] == "gateway"
    assert claims["exp"] - claims["iat"] == 300
    assert len(key) == 32
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token, b"another key, just as long as ours", algorithms=["HS256"], audience="trino")


def test_the_key_is_made_once_and_only_its_owner_may_read_it(home: Home) -> None:
    login = TrinoLogin.of(home, 1)
    login.token("admin")
    made = login.key_file.read_text()
    TrinoLogin.of(home, 2).token("admin")
    assert login.key_file.read_text() == made
    assert stat.S_IMODE(login.key_file.stat().st_mode) == 0o600
    assert made not in repr(login)


def test_nobody_there_is_told_with_the_address(home: Home) -> None:
    login = TrinoLogin.of(home, free_ports(1)[0])
    assert login.certificate is not None
    login.certificate.write_text("")
    with pytest.raises(TrinoUnwell, match=rf"^{login.url} does not answer"):
        ask(login, "select 1", timedelta(seconds=1))
