"""An answer as a table, CSV, JSON lines or Parquet."""

from __future__ import annotations

import base64
import csv
import io
import sys
from collections.abc import Callable, Mapping
from datetime import time, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import orjson

if TYPE_CHECKING:
    import pyarrow as pa


class Format(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def write(answer: pa.Table, form: Format, out: Path | None) -> None:
    """To the file, whole or not at all, or to stdout. Raises OSError."""
    if form is Format.PARQUET:
        assert out is not None, "Parquet goes to a file"
        from pyarrow import parquet

        write_table: Callable[[pa.Table, Path], None] = cast("Any", parquet).write_table
        _whole(out, lambda draft: write_table(answer, draft))
        return
    text = _TEXTS[form](answer)
    if out is None:
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        _whole(out, lambda draft: draft.write_text(text, encoding="utf-8"))


def _whole(out: Path, write_draft: Callable[[Path], object]) -> None:
    draft = out.with_name(f".{out.name}.draft")
    try:
        write_draft(draft)
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)


def _table(answer: pa.Table) -> str:
    from rich.table import Table
    from rich.text import Text
    from tidelake.cli import output

    shown = Table(padding=(0, 1))
    for name, column in zip(answer.column_names, answer.columns, strict=True):
        shown.add_column(Text(name), justify="right" if _is_number(column.type) else "left")
    for row in answer.to_pylist():
        shown.add_row(*(Text(_cell(value)) for value in row.values()))
    drawn = io.StringIO()
    paper = output.console(file=drawn)
    paper.width = output.console().width
    paper.print(shown)
    return drawn.getvalue()


def _csv(answer: pa.Table) -> str:
    """RFC 4180, with a header. A nothing is an empty field; values with parts are JSON."""
    drawn = io.StringIO(newline="")
    writer = csv.writer(drawn, lineterminator="\r\n")
    writer.writerow(answer.column_names)
    writer.writerows([_field(value) for value in row.values()] for row in answer.to_pylist())
    return drawn.getvalue()


def _json(answer: pa.Table) -> str:
    """One object a line."""
    return "".join(f"{_as_json(row)}\n" for row in answer.to_pylist())


def _as_json(value: object) -> str:
    return orjson.dumps(value, _beyond_json, orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z).decode()


def _beyond_json(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)  # as a number it would be rounded by whoever reads it
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, time | timedelta):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON")


def _field(value: object) -> object:
    if value is None or isinstance(value, str | int | float | Decimal):
        return value
    text = _as_json(value)
    return text[1:-1] if text.startswith('"') else text


def _cell(value: object) -> str:
    if value is None:
        return "-"
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value:,}" if is_number else str(_field(value))


def _is_number(kind: pa.DataType) -> bool:
    from pyarrow import types

    return types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)


_TEXTS: Mapping[Format, Callable[[pa.Table], str]] = {
    Format.TABLE: _table,
    Format.CSV: _csv,
    Format.JSON: _json,
}
