"""Change data through Spark and into real tables: each key's newest state, and one outcome for every row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from delta.tables import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from silver_processor.flows.rebuild import Nobody, Rebuilt, Wait, rebuild
from silver_processor.inbound.dataset_stream import DatasetStream, Pace
from silver_processor.on_spark import Position, SilverLab
from tidelake.runtime.clock import SystemClock
from tidelake.runtime.shutdown import Deadline, StopSignal
from tidelake.tables.storage import LakeStorage
from tidelake.testkit.changes.columns import Key, Row, in_silver
from tidelake.testkit.changes.debezium import Message, messages, truncate
from tidelake.testkit.changes.expected import Expected
from tidelake.testkit.changes.tables import ORDER_LINES
from tidelake.testkit.changes.workload import Workload
from tidelake.testkit.road.waiting import until

pytestmark = [pytest.mark.conformance, pytest.mark.query_layer, pytest.mark.timeout(900)]


class ChangeLab(SilverLab):
    """A lake of one upsert dataset, and what its tables should say."""

    def __init__(self, session: SparkSession, storage: LakeStorage) -> None:
        super().__init__(session, storage, ORDER_LINES.contract)
        self.sent: list[Message] = []

    def changes(self, sent: Sequence[Message]) -> DataFrame:
        """Rows of bronze for these records, behind those before."""
        self.sent += sent
        partitions = sorted({one.partition for one in sent})
        found = [
            self.rows([_record(one) for one in sent if one.partition == at], partition=at)
            for at in partitions
        ]
        rows, *more = found
        for others in more:
            rows = rows.union(others)
        return rows

    def bring(self, sent: Sequence[Message], after: timedelta) -> None:
        """The same, committed to the bronze table."""
        self.sent += sent
        for at in sorted({one.partition for one in sent}):
            self.append([_record(one) for one in sent if one.partition == at], partition=at, after=after)

    def check(self) -> Counter[str]:
        """Fails unless silver is the source's table, and each row's outcome is what the source's history
        makes of it. Outcomes by number."""
        model, ends = Expected(), Counter[int]()
        words = model.outcomes([one.sent for one in self.sent if one.sent is not None])
        expected: dict[Position, str] = {}
        for one in self.sent:
            expected["topic-id", one.partition, ends[one.partition]] = next(words) if one.sent else "ignored"
            ends[one.partition] += 1
        assert self.outcome_of() == dict(sorted(expected.items()))
        assert self.current() == {key: dict(in_silver(row)) for key, row in model.rows.items()}
        return Counter(expected.values())

    def current(self) -> Mapping[Key, Row]:
        """What readers see."""
        names = [field.name for field in self.contract.fields]
        rows = self.table(self.contract.silver_path).read().where("not lake_is_deleted").select(*names)
        found: list[dict[str, Any]] = rows.toArrow().to_pylist()
        return {(row["order_id"], row["line_no"]): row for row in found}


def _record(message: Message) -> tuple[bytes | None, bytes | None, Sequence[Mapping[str, object]]]:
    return message.key, message.value, message.headers


@pytest.fixture
def lab(spark: SparkSession, storage: LakeStorage) -> ChangeLab:
    return ChangeLab(spark, storage)


def workload(seed: int, steps: int) -> Sequence[Message]:
    return list(messages(Workload(Random(seed)).run(steps)))


def test_a_batch_of_markers_alone_is_explained(lab: ChangeLab) -> None:
    lab.take(lab.changes([truncate()]))
    assert lab.check() == Counter(ignored=1)
    (row,) = lab.outcomes()
    assert [(reason.rule, reason.value) for reason in row.reasons] == [("truncate", "app.order_lines")]
    assert (row.op, row.value) == ("t", None)


def test_a_stream_follows_a_source_and_bronze_makes_the_same_of_it_again(lab: ChangeLab) -> None:
    for number, part in enumerate(_parts(workload(3, 12), 25)):
        lab.bring(part, timedelta(minutes=number))
        if number == 1:  # what is folded comes in its old place all the same
            assert lab.bronze_table.compact(1 << 20).files_removed
    stream = DatasetStream(lab.contract, lab.session, lab.storage, lab.ports(), Pace(50, 1))
    try:
        until(lambda: stream.failure() or len(lab.outcomes()) >= len(lab.bronze), 200.0, lambda: "all rows")
        assert stream.failure() is None
    finally:
        stream.stop(Deadline(timedelta(seconds=60), SystemClock()))
    lab.check()
    assert again(lab).differences == ()
    place = lab.table(lab.contract.silver_path).read().where("not lake_is_deleted").first()
    assert place is not None
    silver = DeltaTable.forPath(lab.session, lab.storage.uri(lab.contract.silver_path))
    silver.update(f"lake_event_id = '{place.lake_event_id}'", {"price": "price + 1"})
    (difference,) = again(lab).differences
    at = (place.lake_topic_id, place.lake_partition, place.lake_offset)
    assert (difference.live, difference.rebuilt) in {("inserted", "inserted"), ("updated", "updated")}
    assert difference.examples == (at,)


def again(lab: ChangeLab) -> Rebuilt:
    """Bronze taken once more, beside the live tables."""
    return rebuild(
        lab.contract,
        lab.table(lab.contract.bronze_path).read(),
        lab.table,
        lambda path: lab.table(f"rebuilds/{path}"),
        lab.ports(Nobody()),
        Wait(Deadline(timedelta(0), SystemClock()), StopSignal()),
        lambda rows, total: None,
    )


def _parts(sent: Sequence[Message], size: int) -> Iterator[Sequence[Message]]:
    for begin in range(0, len(sent), size):
        yield sent[begin : begin + size]
