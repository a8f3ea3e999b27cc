"""Java is made warm by a stream of its own, which leaves nothing behind."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession
from silver_processor.inbound.warm_up import WARM_UPS, WarmUpFailed, warm_up
from tidelake.runtime.clock import SystemClock
from tidelake.runtime.shutdown import StopSignal
from tidelake.tables.storage import LakeStorage
from tidelake.testkit.gcs.fault_rule import FaultRule
from tidelake.testkit.gcs_fixture import Emulator

pytestmark = [pytest.mark.conformance, pytest.mark.query_layer, pytest.mark.timeout(900)]


def test_its_batches_are_taken_and_nothing_of_them_is_left(
    spark: SparkSession, storage: LakeStorage, capsys: pytest.CaptureFixture[str]
) -> None:
    warm_up(spark, storage, SystemClock(), StopSignal())
    assert "warmed_up" in capsys.readouterr().out
    assert not storage.objects().list(WARM_UPS)


def test_one_that_fails_says_why(spark: SparkSession, storage: LakeStorage, emulator: Emulator) -> None:
    refusing = FaultRule("status", status=403, method="PUT", path=r"/silver/lake_warm_up/part-")
    with emulator.faults.during(refusing), pytest.raises(WarmUpFailed, match="403"):
        warm_up(spark, storage, SystemClock(), StopSignal())
    assert not storage.objects().list(WARM_UPS)
