"""A bronze table on this disk, as the demo's ordinary Delta reader sees it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

Row = tuple[bytes | None, bytes]  # (Kafka key, value)
MakeBronze = Callable[[Sequence[Row]], str]


@pytest.fixture
def bronze(tmp_path: Path) -> MakeBronze:
    """Writes these rows in this order, one offset after the other; the table's URI comes back."""

    def write(rows: Sequence[Row]) -> str:
        written_at = datetime(2026, 1, 1, tzinfo=UTC)
        table = pa.table(
            {
                "key": pa.array([key for key, _ in rows], pa.binary()),
                "value": pa.array([value for _, value in rows], pa.binary()),
                "written_at": pa.array([written_at] * len(rows), pa.timestamp("us", "UTC")),
                "offset": pa.array(range(len(rows)), pa.int64()),
            }
        )
        uri = str(tmp_path / "flights")
        write_deltalake(uri, table)
        return uri

    return write
