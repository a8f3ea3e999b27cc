"""The other side's process: `python -m tidelake.bench.silver.plain_process TASK RESULT`.

Spark Structured Streaming as the documentation of Delta Lake writes such a job: `from_json`, a condition for
each rule, `dropDuplicates` within the batch, and in `foreachBatch` a MERGE on the event's key that inserts
what is not matched ("Table deletes, updates, and merges": data deduplication when writing into Delta tables).
What the rules refuse is appended to a table of its own, with the first rule that it breaks. Nothing makes the
two writes of a batch one, and nothing says what became of a repeat.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from delta.tables import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812  # as all of Spark's documentation calls it

_KEY = ("time_hour", "carrier", "flight")
_REQUIRED = (
    *("year", "month", "day", "sched_dep_time", "sched_arr_time", "carrier", "flight", "origin"),
    *("dest", "distance", "hour", "minute", "time_hour"),
)
_SCHEMA = (
    "year int, month int, day int, dep_time int, sched_dep_time int, dep_delay int, arr_time int, "
    "sched_arr_time int, arr_delay int, carrier string, flight int, tailnum string, origin string, "
    "dest string, air_time int, distance int, hour int, minute int, time_hour timestamp"
)


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be read, and where it goes. Addresses are gs://."""

    bronze: str
    silver: str
    quarantine: str
    checkpoint: str
    files_a_batch: int
    options: Mapping[str, str]  # of the Spark session
    java_home: str


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What the tables hold at the end."""

    inserted: int
    quarantined: int


def run(task: Task) -> Result:
    """Reads all that bronze has. Raises whatever Spark raises."""
    session = _session(task)
    record = F.from_json(F.col("value").cast("string"), _SCHEMA)
    empty = session.range(0).select(F.from_json(F.lit(None).cast("string"), _SCHEMA).alias("r"), "id")
    stamped = empty.select("r.*", F.lit(None).cast("timestamp").alias("written_at"))
    stamped.write.format("delta").save(task.silver)
    broken = stamped.select(F.lit("").alias("value"), F.lit("").alias("rule"))
    broken.write.format("delta").save(task.quarantine)
    silver = DeltaTable.forPath(session, task.silver)

    def take(batch: DataFrame, _batch_id: int) -> None:
        batch.persist()
        good = batch.where("rule is null").select("r.*", "written_at").dropDuplicates(list(_KEY))
        same = " and ".join(f"old.{name} = new.{name}" for name in _KEY)
        window = "old.written_at > new.written_at - interval 7 days"
        merge: Any = silver.alias("old").merge(good.alias("new"), f"{same} and {window}")
        merge.whenNotMatchedInsertAll().execute()
        refused = batch.where("rule is not null").select(F.col("value").cast("string"), "rule")
        refused.write.format("delta").mode("append").save(task.quarantine)
        batch.unpersist()

    source: Any = session.readStream.format("delta").option("maxFilesPerTrigger", task.files_a_batch)
    rows = source.load(task.bronze).select("value", "written_at", record.alias("r"))
    stream = rows.withColumn("rule", _rule()).writeStream.foreachBatch(take)
    stream.option("checkpointLocation", task.checkpoint).trigger(availableNow=True).start().awaitTermination()
    counts = [session.read.format("delta").load(path).count() for path in (task.silver, task.quarantine)]
    return Result(inserted=counts[0], quarantined=counts[1])


def _rule() -> Any:
    missing = [F.col(f"r.{name}").isNull() for name in _REQUIRED]
    found: Any = F
    for condition, rule in (
        *((condition, f"{name} required") for condition, name in zip(missing, _REQUIRED, strict=True)),
        (~F.col("r.month").between(1, 12), "month_in_calendar"),
        (~F.col("r.carrier").rlike("^[A-Z0-9]{2}$"), "carrier_is_a_code"),
        (~F.col("r.origin").isin("EWR", "JFK", "LGA"), "origin_is_in_new_york"),
    ):
        found = found.when(condition, rule)
    return found


def _session(task: Task) -> SparkSession:
    os.environ.update(JAVA_HOME=task.java_home, PYSPARK_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1")
    builder: Any = SparkSession.builder
    for name, value in task.options.items():
        builder = builder.config(name, value)
    session: SparkSession = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def main(arguments: Sequence[str]) -> int:
    """Does the task that the first file names and writes the result to the second."""
    task_file, result_file = map(Path, arguments)
    result = run(msgspec.json.decode(task_file.read_bytes(), type=Task))
    result_file.write_bytes(msgspec.json.encode(result))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
