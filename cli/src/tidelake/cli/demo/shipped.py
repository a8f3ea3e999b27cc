"""Where log lines lie in bronze: by the position that log-router gives each record as its id."""

import duckdb
from deltalake import DeltaTable

from .own_flights import columns_of
from .send import Position


def shipped_positions(bronze: DeltaTable, topic_id: str, inbound_id: str) -> dict[Position, list[Position]]:
    """Positions in the dataset's topic, ascending, of each position in the inbound topic: several where a
    line was routed again."""
    with duckdb.connect() as connection:
        connection.register("bronze", columns_of(bronze, ["topic_id", "partition", "offset", "headers"]))
        rows = connection.execute(
            """
            select string_split(origin, '/')[2]::int, string_split(origin, '/')[3]::bigint,
                   "partition", "offset"
            from (
                select *, decode(list_filter(headers, lambda h: h.key = 'ce_id')[1].value) as origin
                from bronze where topic_id = ?
            ) where starts_with(origin, ? || '/') order by "partition", "offset"
            """,
            [topic_id, inbound_id],
        ).fetchall()
    found: dict[Position, list[Position]] = {}
    for from_partition, from_offset, partition, offset in rows:
        found.setdefault((from_partition, from_offset), []).append((partition, offset))
    return found
