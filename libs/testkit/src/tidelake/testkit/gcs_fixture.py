"""A GCS emulator as a process of its own, for tests: started on a free port, killed and restarted at will."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tidelake.testkit.gcs.faults_client import Faults
from tidelake.testkit.gcs.ready_line import READY


class EmulatorDidNotStart(Exception):
    """The emulator's process ended, or said something else than that it is ready."""


class Emulator:
    """A running emulator. Its port and its data stay the same over restarts."""

    def __init__(self, directory: Path, bucket: str, *, extra_arguments: tuple[str, ...] = ()) -> None:
        self.bucket = bucket
        self.data = directory / "gcs-data"
        self.service_account_path = directory / "gcs-service-account.json"
        self._errors = directory / "gcs-emulator.log"
        self._extra = extra_arguments
        directory.mkdir(parents=True, exist_ok=True)
        self.url = ""
        self._process = self._start(port=0)
        self.faults = Faults(self.url)

    @property
    def lake_root(self) -> str:
        return f"gs://{self.bucket}"

    @property
    def pid(self) -> int:
        return self._process.pid

    def delta_options(self) -> dict[str, str]:
        """Storage options for deltalake."""
        return {"google_service_account": str(self.service_account_path), "allow_http": "true"}

    def kill(self) -> None:
        """Ends the process with SIGKILL, in the middle of whatever it does."""
        self._process.kill()
        self._reap()

    def stop(self) -> int:
        """Ends the process in order and gives its exit code. One that has ended stays ended."""
        self._process.terminate()
        return self._reap()

    def start(self) -> None:
        """Starts a stopped or killed emulator again, on the same port and data."""
        self._process = self._start(port=int(self.url.rpartition(":")[2]))

    def restart(self) -> None:
        self.stop()
        self.start()

    def _reap(self) -> int:
        code = self._process.wait(timeout=30)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        return code

    def _start(self, port: int) -> subprocess.Popen[str]:
        command = [
            sys.executable,
            "-m",
            "tidelake.testkit.gcs",
            "--port",
            str(port),
            "--data",
            str(self.data),
        ]
        command += ["--bucket", self.bucket, "--service-account", str(self.service_account_path)]
        command += ["--stop-with-stdin", *self._extra]
        with self._errors.open("a") as errors:
            # Its standard input ends when we do, however we end: no emulator outlives its test.
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
            )
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith(READY):
            process.kill()
            process.wait()
            raise EmulatorDidNotStart(f"{line}{self._errors.read_text()}")
        self.url = line.removeprefix(READY).strip()
        return process


@contextmanager
def running_emulator(
    directory: Path, bucket: str = "lake", *, extra_arguments: tuple[str, ...] = ()
) -> Generator[Emulator]:
    """An emulator that is ready, with one empty bucket, its files below the directory; stopped at the end."""
    emulator = Emulator(directory, bucket, extra_arguments=extra_arguments)
    try:
        yield emulator
    finally:
        emulator.faults.close()
        emulator.stop()
