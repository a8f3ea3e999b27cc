"""The client for GCS keeps the port's promises, and says in words what goes wrong."""

import time
from datetime import timedelta

import pytest
from tidelake.tables.errors import StoreRefused, StoreUnavailable
from tidelake.tables.objects import Objects
from tidelake.tables.storage import LakeStorage, StoreLimits
from tidelake.testkit.gcs.faults_client import FaultRule
from tidelake.testkit.gcs_fixture import Emulator
from tidelake.testkit.objects_conformance import ObjectsConformance

pytestmark = pytest.mark.conformance


@pytest.fixture
def objects(storage: LakeStorage) -> Objects:
    return storage.objects()


class TestGcsObjects(ObjectsConformance):
    pass


def test_a_bucket_that_is_not_there_is_refused_and_named(emulator: Emulator) -> None:
    objects = LakeStorage("gs://no-such-bucket", emulator.service_account_path).objects()
    with pytest.raises(StoreRefused, match="bucket of lake_root exists"):
        objects.list("")
    with pytest.raises(StoreRefused):
        objects.create("keys/a", b"")
    with pytest.raises(StoreRefused):
        objects.read("keys/a")


def test_a_short_failure_is_ridden_out(objects: Objects, emulator: Emulator) -> None:
    with emulator.faults.during(FaultRule("status", status=503, count=2)):
        assert objects.create("keys/a", b"first")


def test_a_store_that_hangs_or_is_down_is_given_up_in_bounded_time(
    storage: LakeStorage, emulator: Emulator
) -> None:
    limits = StoreLimits(request=timedelta(seconds=0.3), retry_for=timedelta(seconds=0.5))
    objects = LakeStorage(storage.root, storage.service_account, limits).objects()
    objects.list("")  # takes its token before the trouble begins
    for trouble in (FaultRule("latency", seconds=30), FaultRule("status", status=503)):
        began = time.monotonic()
        with emulator.faults.during(trouble), pytest.raises(StoreUnavailable):
            objects.read("keys/a")
        assert time.monotonic() - began < 5
