"""A worker that was told to stop has not crashed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from ingest_router.inbound.log_worker import LogWorker


async def test_a_stop_in_order_is_no_crash_however_long_it_takes(tmp_path: Path) -> None:
    nowhere, second = "127.0.0.1:1", timedelta(seconds=1)
    worker = LogWorker(nowhere, "group", "client", 6 * second, 1, second, tmp_path)
    assert worker.crash() is None
    await worker.stop(second)
    assert worker.crash() is None
