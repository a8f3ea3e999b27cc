"""Makes the cache that lets Spark start quickly: silver-processor's warm-up, on a store of its own."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tidelake.local.freeports import free_ports
from tidelake.local.gcs import Gcs
from tidelake.local.home import Home
from tidelake.local.process import launch, stop
from tidelake.local.program import Port, Program
from tidelake.local.readiness import StartCancelled, StartFailed
from tidelake.local.running import running

PROGRAM = "silver-warm-up"
_WITHIN = timedelta(minutes=8)
_LOOK_EVERY_S = 0.1


def train_spark(scratch: Path, settings: Mapping[str, str], abandoned: Callable[[], bool]) -> None:
    """Returns when Java has written the cache that the settings name. Raises StartFailed, StartCancelled."""
    home, [port] = Home(scratch / "home"), free_ports(1)
    gcs = Gcs(home, port)
    told = {
        "INSTANCE": PROGRAM,
        "LAKE_ROOT": gcs.lake_root,
        "GCS_SERVICE_ACCOUNT": str(home.service_account),
        "KAFKA_BOOTSTRAP_SERVERS": "none:9092",  # the warm-up opens none
        "SCRATCH": str(scratch / "spark"),
        **settings,
    }
    environ = {f"SILVER_PROCESSOR_{name}": text for name, text in told.items()}
    with running(gcs, home):
        warm_up = _WarmUp(environ)
        child = launch(warm_up, warm_up.prepare(), home)
        try:
            code = _ended(child.handle, abandoned)
        finally:
            stop(child.record, home, force=lambda: True)
            child.handle.wait()
        if code != 0:
            said = "in time." if code is None else f"in order: its exit code is {code}."
            raise StartFailed(PROGRAM, f"it did not end {said}", home.log(PROGRAM))


@dataclass(frozen=True, slots=True)
class _WarmUp:
    """Serves nobody, and ends by itself."""

    environ: Mapping[str, str]
    name: str = PROGRAM
    ports: Sequence[Port] = ()

    def prepare(self) -> Program:
        return Program([str(_program())], self.environ)

    def unready(self) -> str | None:
        return None


def _program() -> Path:
    return Path(sys.executable).with_name(PROGRAM)


def _ended(process: "subprocess.Popen[bytes]", abandoned: Callable[[], bool]) -> int | None:
    """Its exit code; None if it takes too long."""
    end, never = time.monotonic() + _WITHIN.total_seconds(), threading.Event()
    while process.poll() is None and time.monotonic() < end:
        if abandoned():
            raise StartCancelled("The making of the cache was given up.")
        never.wait(_LOOK_EVERY_S)
    return process.poll()
