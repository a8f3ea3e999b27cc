"""Which months the lake holds already, so that a second demo goes on where the first one ended."""

from collections.abc import Mapping
from typing import Any

import duckdb
from deltalake import DeltaTable

from .flights import MONTHS


def flights_by_month(uri: str, storage_options: Mapping[str, str]) -> dict[int, int]:
    """Distinct flights in bronze, by month. Raises deltalake's TableNotFoundError."""
    table = DeltaTable(uri, storage_options=dict(storage_options))
    rows: Any = table.to_pyarrow_table(columns=["key", "value"])  # pyright: ignore[reportUnknownMemberType]
    with duckdb.connect() as connection:
        connection.register("rows", rows)
        return dict(
            connection.sql(
                """
                select try((decode(value)->>'$.month')::int) as month, count(distinct key)
                from rows group by month having month is not null
                """
            ).fetchall()
        )


def next_month(in_bronze: Mapping[int, int], complete: Mapping[int, int]) -> int | None:
    """The first month that is not whole in bronze; None when all are."""
    return next((month for month in MONTHS if in_bronze.get(month, 0) < complete[month]), None)
