"""Records of processes on disk."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tidelake.local.identity import process_identity
from tidelake.local.records import ProcessRecord, Records

START = datetime(2026, 1, 1, tzinfo=UTC)


def record(name: str, identity: str = "x", after: int = 0) -> ProcessRecord:
    return ProcessRecord(
        name=name,
        pid=os.getpid(),
        identity=identity,
        command=["x"],
        ports=[1],
        started_at=START + timedelta(seconds=after),
        stop_timeout_s=1.0,
    )


def test_records_come_back_in_the_order_of_their_start(tmp_path: Path) -> None:
    records = Records(tmp_path)
    for one in (late := record("a", after=2), early := record("b", after=1)):
        records.save(one)
    assert records.all() == [early, late]
    assert records.find("a") == late


def test_a_record_that_can_not_be_read_is_no_record(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"name": "a"')
    assert Records(tmp_path).find("a") is None
    assert Records(tmp_path).all() == []
    assert Records(tmp_path / "absent").all() == []


def test_a_removed_record_is_forgotten_and_removing_twice_is_nothing(tmp_path: Path) -> None:
    records = Records(tmp_path)
    records.save(record("a"))
    records.remove("a")
    records.remove("a")
    assert records.find("a") is None


def test_a_pid_that_another_process_has_now_is_not_the_recorded_process() -> None:
    assert record("a", process_identity(os.getpid()) or "").alive
    assert not record("a", "another boot/123").alive
