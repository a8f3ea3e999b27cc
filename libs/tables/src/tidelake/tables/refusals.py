"""Tells a store that says no from one that does not answer: deltalake has one error for both."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager

from deltalake.exceptions import TableNotFoundError
from tidelake.runtime.errors import LakeError
from tidelake.tables.bronze_table import CommitFailed, CommitRefused, TableMissing
from tidelake.tables.errors import FilesMissing, StoreRefused, StoreUnavailable

# deltalake raises OSError or DeltaError with the store's answer as text, and nothing else tells them apart.
# Only what is said and how soon it is tried again rests on it: what became of a commit never does.
_REFUSAL = re.compile(
    r"\b401 Unauthorized|\b403 Forbidden|NoSuchBucket|\bbucket does not exist", re.IGNORECASE
)
_NO_OBJECT = re.compile(r"Object at location \S*?(?P<name>[^/\s]+\.parquet) not found")
_DECORATION = re.compile(r"\x1b\[\d*m|\u21b3|^\s*\d+: <unknown>[\s\S]*", re.MULTILINE)
_LONGEST = 800


@contextmanager
def store_errors(action: str, path: str) -> Generator[None]:
    """Turns whatever reading the table raises into TableMissing, FilesMissing, StoreRefused or
    StoreUnavailable."""
    try:
        yield
    except LakeError:
        raise
    except TableNotFoundError as cause:
        raise TableMissing(path) from cause
    except Exception as cause:
        if (missing := file_missing(path, cause)) is not None:
            raise missing from cause
        error = StoreRefused if _is_refusal(cause) else StoreUnavailable
        raise error(action, path, told(cause)) from cause


def commit_error(path: str, cause: Exception) -> CommitFailed:
    """What a commit (a compaction too) that raised is told as. It may be in the table in either case."""
    return (CommitRefused if _is_refusal(cause) else CommitFailed)(path, told(cause))


def file_missing(path: str, cause: Exception) -> FilesMissing | None:
    """What reading or rewriting the table at `path` raised, if it is that a data file was not there."""
    found = _NO_OBJECT.search(str(cause))
    return None if found is None or "/_delta_log/" in found[0] else FilesMissing(path, found["name"])


def told(cause: Exception) -> str:
    """The error in one line: without colours and without the stack of the Rust that raised it."""
    text = " ".join(_DECORATION.sub("", str(cause)).split())
    return f"{type(cause).__name__}: {text[:_LONGEST]}"


def _is_refusal(cause: Exception) -> bool:
    """Whether the store answered that this process may not, or that there is no such bucket."""
    return _REFUSAL.search(str(cause)) is not None
