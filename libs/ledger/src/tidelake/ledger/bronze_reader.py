"""Counts a bronze table by reading its rows, never by what was announced of them."""

from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from typing import Any

import duckdb
import numpy as np
from deltalake import DeltaTable
from tidelake.tables.positions import Source
from tidelake.tables.refusals import store_errors

from .counts import BronzeIds, BronzePartition


class BronzeRows:
    """The positions and event ids of one version of a bronze table, in `connection` as the view `bronze`."""

    def __init__(self, table: DeltaTable, connection: duckdb.DuckDBPyConnection) -> None:
        """`connection` has the table's rows as the view `bronze`."""
        self.version = table.version()
        self.connection = connection
        self._table = table

    def partition(self, source: Source) -> BronzePartition:
        """Rows of one partition, with what the table's own commit tokens say of it."""
        found = self.connection.execute(
            'select "offset" from bronze where topic_id = ? and "partition" = ?',
            [source.topic_id, source.partition],
        ).fetchnumpy()
        return BronzePartition(
            topic_id=source.topic_id,
            partition=source.partition,
            offsets=np.asarray(found["offset"], dtype=np.int64),
            first_covered=self._table.transaction_version(source.first_app_id),
            next_offset=self._table.transaction_version(source.app_id),
        )

    def of_other_topics(self, topic_id: str) -> Mapping[str, int]:
        """Rows by topic id of the earlier incarnations of the topic, which Kafka no longer has."""
        return dict(
            self.connection.execute(
                "select topic_id, count(*) from bronze where topic_id <> ? group by 1 order by 1",
                [topic_id],
            ).fetchall()
        )

    def ids(self) -> BronzeIds:
        """Event ids over all rows: the Kafka key is the event id."""
        found: Any = self.connection.execute(
            "select count(*), count(distinct key), count(*) - count(key) from bronze"
        ).fetchone()
        return BronzeIds(*found)


@contextmanager
def read_bronze(
    table: DeltaTable,
    path: str,
    columns: Collection[str] = ("topic_id", "partition", "offset", "key"),
) -> Generator[BronzeRows]:
    """The version of a bronze table that `table` shows, read by an ordinary Delta reader. `path`: below the
    lake's root. Raises FilesMissing, StoreUnavailable, StoreRefused."""
    with duckdb.connect() as connection:
        with store_errors("read the rows of", path):
            rows: Any = table.to_pyarrow_table(columns=list(columns))  # pyright: ignore[reportUnknownMemberType]
        connection.register("bronze", rows)
        yield BronzeRows(table, connection)
