"""A bench's own process: told by a file, tells by a file, never outlives the block that started it."""

import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Generic, TypeVar

import msgspec
from tidelake.bench.errors import BenchFailed
from tidelake.bench.waiting import wait_for
from tidelake.runtime.shutdown import StopSignal

Told = TypeVar("Told")

_SHOWN = 500


class BenchChild(Generic[Told]):
    """One that runs, or has run."""

    def __init__(self, process: "subprocess.Popen[bytes]", result: Path, log: Path, kind: type[Told]) -> None:
        self._process = process
        self._result = result
        self._log = log
        self._kind = kind

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def result(
        self, within: timedelta, stop: StopSignal, meanwhile: Callable[[], object] = lambda: None
    ) -> Told:
        """What it says once it has ended; `meanwhile` is called now and then while it runs.

        Raises BenchFailed, BenchInterrupted."""

        def ended() -> bool:
            if self._process.poll() is None:
                meanwhile()
            return self._process.poll() is not None

        wait_for(ended, f"end of {self._log.stem}", stop, within=within, every=timedelta(seconds=0.25))
        if self._process.returncode:
            last = self._log.read_text(encoding="utf-8", errors="replace")[-_SHOWN:]
            raise BenchFailed(f"{self._log.stem} failed: {last}", "Try again; if it stays so, report it.")
        return msgspec.json.decode(self._result.read_bytes(), type=self._kind)


@contextmanager
def bench_child(module: str, told: object, tells: type[Told], folder: Path) -> Generator[BenchChild[Told]]:
    """`python -m module TOLD RESULT`, with files in `folder`. Killed if it outlives the block."""
    name = module.rpartition(".")[2]
    told_file, result, log = (folder / f"{name}.{kind}" for kind in ("told.json", "result.json", "log"))
    told_file.write_bytes(msgspec.json.encode(told))
    result.unlink(missing_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module, str(told_file), str(result)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is the bench's matter
        )
    try:
        yield BenchChild(process, result, log, tells)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()
