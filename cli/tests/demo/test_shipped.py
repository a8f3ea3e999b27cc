"""Where bronze has the lines that were shipped."""

from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from tidelake.cli.demo.shipped import shipped_positions
from tidelake.tables.bronze import HEADERS_TYPE


def test_a_line_is_found_by_its_own_position_each_time_that_it_was_routed(tmp_path: Path) -> None:
    ids: list[tuple[str, int, int, str | None]] = [
        ("topic", 0, 5, "inbound/2/40"),
        ("topic", 1, 0, "inbound/2/40"),
        ("topic", 0, 6, "inbound/1/7"),
        ("topic", 0, 7, "before/1/8"),
        ("earlier", 0, 8, "inbound/1/9"),
        ("topic", 0, 9, None),
    ]
    headers = [[] if at is None else [("ce_source", b"x"), ("ce_id", at.encode())] for *_, at in ids]
    rows = pa.table(
        {
            "topic_id": [row[0] for row in ids],
            "partition": pa.array([row[1] for row in ids], pa.int32()),
            "offset": pa.array([row[2] for row in ids], pa.int64()),
            "headers": pa.array(
                [[{"key": key, "value": value} for key, value in each] for each in headers], HEADERS_TYPE
            ),
        }
    )
    write_deltalake(str(tmp_path), rows)
    found = shipped_positions(DeltaTable(str(tmp_path)), "topic", "inbound")
    assert found == {(2, 40): [(0, 5), (1, 0)], (1, 7): [(0, 6)]}
