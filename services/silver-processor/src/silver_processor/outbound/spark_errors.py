"""What went wrong in Spark, in a few lines: its own text is a page of Java's calls."""

from __future__ import annotations

import re
from typing import Any, cast

from py4j.protocol import Py4JJavaError  # type: ignore[reportMissingTypeStubs]
from pyspark.errors.exceptions.base import PySparkException
from tidelake.runtime.errors import LakeError
from tidelake.tables.errors import FilesMissing

_NO_FILE = re.compile(r"FileNotFoundException: .*?(?P<table>gs://\S+)/(?P<name>[^/\s']+\.parquet)")
_LONGEST = 500
_DEEPEST = 20


def told(error: BaseException) -> str:
    """What happened, and its first cause if that is another; at most about a thousand characters."""
    if isinstance(error, LakeError):
        return str(error)
    own, first = (_in_short(text) for text in _own_and_first(error))
    return own if first in own else f"{own}; at first: {first}"


def file_missing(error: BaseException, path: str) -> FilesMissing | None:
    """If it is that a data file of the table at `path`, below the lake's root, is not there."""
    _, first = _own_and_first(error)
    found = _NO_FILE.search(first)
    if found is None or not found["table"].endswith(f"/{path}"):
        return None
    return FilesMissing(path, found["name"])


def _own_and_first(error: BaseException) -> tuple[str, str]:
    """What it says, and what its first cause does."""
    origin = _java(error)
    own = f"{type(error).__name__}: {error}" if origin is None else str(origin.toString())
    return own, own if origin is None else _first_cause(origin)


def _java(error: BaseException) -> Any | None:
    if isinstance(error, Py4JJavaError):
        return cast("Any", error).java_exception
    if isinstance(error, PySparkException):
        return getattr(error, "_origin", None)
    return None


def _first_cause(thrown: Any) -> str:
    for _ in range(_DEEPEST):  # causes may go round in a circle
        if (cause := thrown.getCause()) is None:
            break
        thrown = cause
    return str(thrown.toString())


def _in_short(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    short = " ".join(lines[:2])
    return short if len(short) <= _LONGEST else f"{short[:_LONGEST]}…"
