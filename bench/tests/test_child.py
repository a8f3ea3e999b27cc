"""A bench's own processes."""

import time
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from tidelake.bench.child import bench_child
from tidelake.bench.errors import BenchFailed, BenchInterrupted
from tidelake.bench.road.load import Load, LoadReport
from tidelake.bench.road.schedule import Schedule
from tidelake.runtime.shutdown import StopSignal

SOON = timedelta(seconds=30)


def test_what_it_is_told_and_tells_goes_by_files(tmp_path: Path) -> None:
    looks: list[int] = []

    # json.tool writes to its second argument what it reads from its first.
    with bench_child("json.tool", {"records": 7}, dict[str, int], tmp_path) as child:
        result = child.result(SOON, StopSignal(), lambda: looks.append(child.pid))

    assert result == {"records": 7}
    assert set(looks) <= {child.pid}


def test_one_that_fails_ends_the_bench_with_its_last_words(tmp_path: Path) -> None:
    with (
        bench_child("no_such_module", {}, dict[str, int], tmp_path) as child,
        pytest.raises(BenchFailed, match="No module named no_such_module"),
    ):
        child.result(SOON, StopSignal())


def test_the_result_of_an_earlier_one_is_not_taken_for_its_own(tmp_path: Path) -> None:
    (tmp_path / "no_such_module.result.json").write_text("{}")

    with bench_child("no_such_module", {}, dict[str, int], tmp_path) as child, pytest.raises(BenchFailed):
        child.result(SOON, StopSignal())

    assert not (tmp_path / "no_such_module.result.json").exists()


def test_none_outlives_the_block(tmp_path: Path) -> None:
    (tmp_path / "events").write_bytes(b"{}")
    load = Load(
        url="http://127.0.0.1:1",
        api_key="key",
        events=str(tmp_path / "events"),
        skip=0,
        schedule=Schedule(rate=1, batch=1, warm_up_s=0, counted_s=1),
        start_at=time.time() + 600,
    )
    stop = StopSignal()
    stop.request()

    with (
        pytest.raises(BenchInterrupted),
        bench_child("tidelake.bench.road.generator", load, LoadReport, tmp_path) as child,
    ):
        child.result(SOON, stop)

    assert not psutil.pid_exists(child.pid)
