"""A processor that stands by judges what others take, and changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from pyspark.sql import SparkSession
from silver_processor.inbound.rehearsal import rehearse
from silver_processor.inbound.warm_up import WARM_UPS
from silver_processor.on_spark import SilverLab, trip
from tidelake.runtime.clock import SystemClock
from tidelake.runtime.shutdown import StopSignal
from tidelake.tables.storage import LakeStorage

AT_ONCE = timedelta(0)

pytestmark = [pytest.mark.conformance, pytest.mark.query_layer, pytest.mark.timeout(900)]


@pytest.fixture
def lab(spark: SparkSession, storage: LakeStorage) -> SilverLab:
    return SilverLab(spark, storage)


def test_the_newest_rows_of_each_dataset_are_judged_and_nothing_is_changed(
    lab: SilverLab, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        lab.append([trip(number), b"broken"])
    absent = replace(lab.contract, dataset="absent")
    rehearse([absent, lab.contract], lab.session, lab.storage, SystemClock(), StopSignal(), 3, AT_ONCE)
    said = [line for line in capsys.readouterr().out.splitlines() if " rehearsed " in line]
    assert ["batches=0" in said[0], "batches=3" in said[1]] == [True, True], said
    assert (lab.silver(), lab.outcomes()) == ([], [])
    assert not lab.storage.objects().list(WARM_UPS)
    assert not lab.storage.objects().list("checkpoints/")


def test_what_fails_is_told_and_the_others_are_rehearsed(
    lab: SilverLab, capsys: pytest.CaptureFixture[str]
) -> None:
    lab.append([trip(1)])
    gone = replace(lab.contract, dataset="gone")
    lab.storage.objects().create(f"{gone.bronze_path}/_delta_log/00000000000000000000.json", b"no commit")
    rehearse([gone, lab.contract], lab.session, lab.storage, SystemClock(), StopSignal(), 1, AT_ONCE)
    said = capsys.readouterr().out
    assert "rehearsal_failed" in said
    assert "batches=1" in said
    assert not lab.storage.objects().list(WARM_UPS)


def test_a_stop_ends_it_early(lab: SilverLab) -> None:
    lab.append([trip(1)])
    stop = StopSignal()
    stop.request()
    rehearse([lab.contract], lab.session, lab.storage, SystemClock(), stop)
    assert not lab.storage.objects().list(WARM_UPS)
