"""A second major version is published under traffic: senders of the first one go on, and both are counted."""

from pathlib import Path

import orjson
import pytest
from tidelake.client import IngestClient
from tidelake.testkit.road.road import Road
from tidelake.testkit.road.waiting import until

from .conftest import LakeCommand

pytestmark = [pytest.mark.system, pytest.mark.timeout(480)]


def test_a_new_major_version_moves_nobody_and_both_balance(
    road: Road, lake: LakeCommand, seed: int, tmp_path: Path
) -> None:
    first = road.publish()
    router, writer = road.router().start(wait=False), road.writer().start(wait=False)
    router.wait_ready()
    with road.door_traffic(router, first, seed=seed) as staying:
        staying.until_acknowledged(200)
        second = road.publish(before=first)
        with IngestClient(router.url, road.api_key) as client:
            until(lambda: client.dataset(second.address), 10.0, "the door serves the second one")
        with road.door_traffic(router, second, seed=seed + 1) as moved:
            moved.until_acknowledged(200)
            staying.until_acknowledged(200)
    writer.wait_ready()
    assert road.check(first, staying.acknowledged).acknowledged >= 400
    assert road.check(second, moved.acknowledged).acknowledged >= 200
    assert router.stop() == 0

    report = tmp_path / "audit.json"
    audited = lake(router, "audit", first.name, "--json", str(report))
    assert audited.returncode == 0, audited.stdout + audited.stderr
    for dataset, balance in zip((first, second), orjson.loads(report.read_bytes()), strict=True):
        assert balance["address"] == dataset.address
        assert balance["balanced"]
        assert balance["door_comparable"]
        assert balance["door"]["acknowledged"] == balance["kafka_records"] == balance["rows"]
