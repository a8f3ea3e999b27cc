"""The checker must be able to fail: on a real topic and a real table that somebody spoiled."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from tidelake.tables.bronze import BRONZE_SCHEMA
from tidelake.testkit.road.records import Content, Position
from tidelake.testkit.road.road import Road

pytestmark = [pytest.mark.system, pytest.mark.timeout(480)]


def _row(position: Position, content: Content) -> dict[str, object]:
    return {
        "topic_id": position.topic_id,
        "topic": "spoiled",
        "partition": position.partition,
        "offset": position.offset,
        "key": content.key,
        "value": content.value,
        "headers": [{"key": name, "value": value} for name, value in content.headers or ()],
        "kafka_timestamp": datetime.fromtimestamp(content.timestamp_ms / 1000, UTC),
        "kafka_timestamp_type": "create_time",
        "received_at": None,
        "written_at": datetime.now(UTC),
    }


def test_a_spoiled_table_is_found_out_row_by_row(road: Road) -> None:
    dataset = road.publish(partitions=2)
    traffic = road.kafka_traffic(dataset, seed=1)
    traffic.send(20)
    log = road.kafka.read(dataset.topic)
    rows = [
        _row(position, content) for position, content in sorted(log.records.items(), key=lambda at: at[0])
    ]
    doubled, missing, changed = rows[3], rows.pop(7), rows[11]
    changed["value"] = b"something else"
    rows.append(dict(doubled))
    uri, options = road.storage.uri(dataset.contract.bronze_path), road.storage.delta_options()
    DeltaTable.create(uri, BRONZE_SCHEMA, storage_options=options)
    write_deltalake(uri, pa.Table.from_pylist(rows, BRONZE_SCHEMA), mode="append", storage_options=options)

    found = road.findings(dataset, traffic.acknowledged)

    def at(row: dict[str, object]) -> tuple[Position, ...]:
        return (Position(log.topic_id, int(str(row["partition"])), int(str(row["offset"]))),)

    assert (found.doubled, found.lost, found.altered) == (at(doubled), at(missing), at(changed))
    assert found.unkept == at(missing)
    assert not found.unknown
