"""Folding silver's files, beside its batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from pyspark.sql import SparkSession
from silver_processor.flows.compact_tables import EVERY, Compaction
from silver_processor.flows.ports import Ports, Table
from silver_processor.on_spark import SilverLab, trip
from tidelake.runtime.clock import SystemClock
from tidelake.tables.bronze_table import Compacted
from tidelake.tables.errors import StoreUnavailable
from tidelake.tables.storage import LakeStorage


class Files:
    """A table that is asked to fold its files."""

    def __init__(self, path: str, results: Iterator[Compacted | Exception]) -> None:
        self.path = path
        self.asked = 0
        self._results = results

    def compact(self, least_files: int) -> Compacted:
        assert least_files == EVERY
        self.asked += 1
        result = next(self._results)
        if isinstance(result, Exception):
            raise result
        return result


def ports(in_background: Callable[[Callable[[], None]], None]) -> Ports:
    none = cast("Any", None)
    return Ports(none, SystemClock(), none, lambda: "id", in_background)


def table(*results: Compacted | Exception, path: str = "silver/t") -> tuple[Files, Table]:
    files = Files(path, iter(results))
    return files, cast("Table", files)


def test_files_are_looked_at_every_so_many_commits_of_their_table() -> None:
    compaction, (files, one) = Compaction(), table(Compacted(2, 1), Compacted(2, 1))
    others, other = table(path="silver/other")
    for _ in range(2 * EVERY):
        compaction.committed(one, ports(lambda work: work()))
    for _ in range(EVERY - 1):
        compaction.committed(other, ports(lambda work: work()))
    assert (files.asked, others.asked) == (2, 0)


def test_one_that_fails_is_tried_again_and_one_that_runs_is_not_joined_by_another() -> None:
    compaction, (files, one) = (
        Compaction(),
        table(StoreUnavailable("read", "silver/t", "503"), Compacted(2, 1)),
    )
    waiting: list[Callable[[], None]] = []
    for _ in range(2 * EVERY):
        compaction.committed(one, ports(waiting.append))
    (first,) = waiting
    first()
    compaction.committed(one, ports(waiting.append))
    waiting[1]()
    assert (len(waiting), files.asked) == (2, 2)


@pytest.mark.conformance
@pytest.mark.query_layer
def test_folded_files_hold_the_same_rows_and_what_they_hold_is_still_known(
    spark: SparkSession, storage: LakeStorage
) -> None:
    lab = SilverLab(spark, storage)
    for number in range(3):
        lab.take(lab.rows([trip(number), trip(number)]))
    silver = lab.table(lab.contract.silver_path)
    before = sorted(lab.silver())
    assert silver.compact(least_files=4) == Compacted(0, 0)
    assert silver.compact(least_files=3).files_removed >= 3
    assert sorted(lab.silver()) == before
    lab.take(lab.rows([trip(1), trip(9)]))
    assert [row.id for row in lab.silver() if row.id == 1] == [1]
    assert sorted(lab.outcome_of().values()) == ["duplicate"] * 4 + ["inserted"] * 4
