"""Asks Trino one question by its own protocol: enough to see whether it serves, no client for results."""

import time
from datetime import timedelta
from typing import Any

import requests
from tidelake.local.trino_login import ADMIN, TrinoLogin
from tidelake.runtime.errors import LakeError, Transient


class TrinoUnwell(LakeError, Transient):
    """It can't be reached, refuses, or did not answer in time."""


def ask(
    login: TrinoLogin,
    sql: str,
    within: timedelta = timedelta(seconds=60),
    user: str = ADMIN,
    bearer: str | None = None,
) -> list[list[Any]]:
    """Rows, as `user` sees them. `bearer` is who the token names, if another speaks for the user.

    Raises TrinoUnwell; a question that took too long is cancelled.
    """
    end = time.monotonic() + within.total_seconds()
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(login.certificate) if login.certificate else True
        session.headers.update(
            {"Authorization": f"Bearer {login.token(bearer or user)}", "X-Trino-User": user}
        )
        session.headers["X-Trino-Source"] = "tidelake-local"
        try:
            if session.get(f"{login.url}/v1/info", timeout=_left(end)).json()["starting"]:
                raise TrinoUnwell("it is starting")
            return _rows(session, f"{login.url}/v1/statement", sql, end)
        except requests.Timeout as error:
            raise TrinoUnwell(f"it did not answer within {within.total_seconds():.0f} s") from error
        except (requests.RequestException, OSError) as error:
            raise TrinoUnwell(f"{login.url} does not answer ({type(error).__name__})") from error


def _rows(session: requests.Session, url: str, sql: str, end: float) -> list[list[Any]]:
    rows: list[list[Any]] = []
    answer = session.post(url, data=sql.encode(), timeout=_left(end))
    while True:
        if answer.status_code != 200:
            raise TrinoUnwell(f"it answers {answer.status_code}: {answer.text.strip()[:200]}")
        page: dict[str, Any] = answer.json()
        if error := page.get("error"):
            raise TrinoUnwell(f"{error['errorName']}: {error['message']}")
        rows += page.get("data") or []
        if "nextUri" not in page:
            return rows
        try:
            answer = session.get(page["nextUri"], timeout=_left(end))
        except requests.Timeout:
            session.delete(page["nextUri"], timeout=1)
            raise


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise requests.Timeout
    return left
