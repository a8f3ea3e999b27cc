"""Logins of databases."""

from pathlib import Path

import pytest
from tidelake.local.source_login import SourceLogin, UnusableLogin, login_path

LINES = "# the shop's\nhostname=db.example\nport=5432\nuser=follower\npassword=a=b\n"


def test_what_was_written_is_read_and_nobody_else_can(tmp_path: Path) -> None:
    login = SourceLogin(login_path(tmp_path, "shop"), "127.0.0.1", 5432, "follower", "secret")
    login.write()
    assert SourceLogin.read(tmp_path, "shop") == login
    assert login.path.stat().st_mode & 0o777 == 0o600


def test_one_written_by_hand_is_read(tmp_path: Path) -> None:
    login_path(tmp_path, "shop").write_text(LINES)
    assert SourceLogin.read(tmp_path, "shop").password == "a=b"


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("port=5432", "port=", "does not say port"),
        ("user=follower\n", "", "does not say user"),
        ("port=5432", "port=x", "no number as port"),
        ("password=a=b", "password=a=b\\c", "backslash in password, which Connect takes for an escape"),
        ("user=follower", "user=fol\\lower", "backslash in user"),
        ("password=a=b", "a=b\\", "backslash in a line that is none of the lake's"),
        ("password=a=b", "password=a=b ", "blank after password, which Connect takes for a part of it"),
    ],
)
def test_one_that_says_too_little_is_named_without_its_password(
    tmp_path: Path, before: str, after: str, problem: str
) -> None:
    path = login_path(tmp_path, "shop")
    path.write_text(LINES.replace(before, after))
    with pytest.raises(UnusableLogin, match=problem) as refused:
        SourceLogin.read(tmp_path, "shop")
    assert str(path) in str(refused.value)
    assert "a=b" not in str(refused.value)


def test_what_connect_reads_as_it_stands_is_read_so(tmp_path: Path) -> None:
    kept = "! a\\b\n # c\\d\n password = #=: b\n"
    login_path(tmp_path, "shop").write_text(LINES.replace("password=a=b\n", kept))
    assert SourceLogin.read(tmp_path, "shop").password == "#=: b"


def test_one_that_is_missing_says_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(UnusableLogin, match=r"hostname=..., port=..., user=..., password=..."):
        SourceLogin.read(tmp_path, "shop")
