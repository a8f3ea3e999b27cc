"""The bare limit's process: `python -m tidelake.bench.bronze.bare_process TASK RESULT`.

Consumes with confluent-kafka and writes Parquet with zstd by pyarrow to the same store, and nothing else: no
Delta, no commit, no tokens, nothing that makes a row come exactly once. Kafka's columns in the shapes that
bronze has, the same compression, and settings of the consumer that make it fast.
"""

import sys
import time
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, cast

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from confluent_kafka import Consumer, KafkaException, TopicPartition
from tidelake.streams.values import Headers
from tidelake.tables.bronze import HEADERS_TYPE
from tidelake.tables.objects import Objects
from tidelake.tables.storage import LakeStorage

_BATCH = 5_000  # many more at once cost more each: Python looks through all of them again and again
_STALL_S = 30.0
_ENCODED = ["topic", "partition", "offset", "kafka_timestamp"]


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be read, and where it goes."""

    bootstrap: str
    topic: str
    ends: dict[int, int]  # by partition; all start at 0 and have no holes
    lake_root: str
    service_account: str
    file_bytes: int  # of a file's rows in memory


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What was done, and for how much: from the first record asked for to the last file stored."""

    records: int
    cpu_seconds: float


def drain(task: Task) -> Result:
    """Reads everything up to the ends and writes it. Raises KafkaException, StoreUnavailable, StoreRefused,
    TimeoutError when Kafka gives nothing for half a minute."""
    objects = LakeStorage(task.lake_root, Path(task.service_account)).objects()
    consumer = _consumer(task)
    # What is only imported or connected at its first use belongs to the start-up.
    _store(objects, "start-up.parquet", table_of(task.topic, []))
    began = time.process_time()
    left = sum(task.ends.values())
    written = pending_bytes = 0
    pending: list[pa.Table] = []
    while left:
        messages = consumer.consume(_BATCH, _STALL_S)
        if not messages:
            raise TimeoutError(f"Kafka gave nothing for {_STALL_S:.0f} s with {left} records left")
        for message in messages:
            if error := message.error():
                raise KafkaException(error)
        pending.append(table_of(task.topic, messages))
        pending_bytes += pending[-1].nbytes
        left -= len(messages)
        if pending_bytes >= task.file_bytes or not left:
            rows = pa.concat_tables(pending)
            _store(objects, f"part-{written:08d}.parquet", rows)
            written += rows.num_rows
            pending, pending_bytes = [], 0
    spent = time.process_time() - began
    consumer.close()
    return Result(records=written, cpu_seconds=spent)


def table_of(topic: str, messages: Sequence[Any]) -> pa.Table:
    """One row per message."""
    headers: list[Headers] = [message.headers() or [] for message in messages]
    ends = list(accumulate(map(len, headers), initial=0))
    item: Any = HEADERS_TYPE.value_type
    names = pa.array([name for one in headers for name, _ in one], pa.string())
    values = pa.array([value for one in headers for _, value in one], pa.binary())
    pairs: Any = cast("Any", pa.StructArray).from_arrays([names, values], fields=list(item))
    lists: Any = cast("Any", pa.ListArray).from_arrays(pa.array(ends, pa.int32()), pairs, type=HEADERS_TYPE)
    return pa.table(
        {
            "topic": pa.repeat(pa.scalar(topic), len(messages)),
            "partition": pa.array([message.partition() for message in messages], pa.int32()),
            "offset": pa.array([message.offset() for message in messages], pa.int64()),
            "key": pa.array([message.key() for message in messages], pa.binary()),
            "value": pa.array([message.value() for message in messages], pa.binary()),
            "headers": lists,
            "kafka_timestamp": pa.array(
                [message.timestamp()[1] for message in messages], pa.timestamp("ms", "UTC")
            ),
        }
    )


def _store(objects: Objects, path: str, table: pa.Table) -> None:
    content = pa.BufferOutputStream()
    cast("Any", pq).write_table(
        table,
        content,
        compression="zstd",
        compression_level=1,
        use_dictionary=_ENCODED,
        write_statistics=_ENCODED,
    )
    objects.create(path, content.getvalue().to_pybytes())


def _consumer(task: Task) -> Consumer:
    consumer = Consumer(
        {
            "bootstrap.servers": task.bootstrap,
            "group.id": "lake-bench-bare",
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "fetch.queue.backoff.ms": 10,
            "queued.min.messages": 20_000,
            "queued.max.messages.kbytes": 32_768,
        }
    )
    consumer.assign([TopicPartition(task.topic, partition, 0) for partition in task.ends])
    return consumer


def main(arguments: Sequence[str]) -> int:
    """Does the task that the first file names and writes the result to the second."""
    task_file, result_file = map(Path, arguments)
    result = drain(msgspec.json.decode(task_file.read_bytes(), type=Task))
    result_file.write_bytes(msgspec.json.encode(result))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
