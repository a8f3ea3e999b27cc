"""One service as users run it: a process from its own entry point, told by variables, logging to a file."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import httpx
import orjson
from tidelake.runtime.certificates import verified
from tidelake.testkit.road.ports import quiet_port
from tidelake.testkit.road.waiting import NotInTime, until

_START_S = 30.0


class ServiceProcess:
    """`service` is the console script (bronze-writer), `name` this instance. Started by `start`.

    A stopped or killed one can be started again: same port, same settings, same log file.
    """

    def __init__(
        self, service: str, name: str, settings: Mapping[str, object], folder: Path, port: int | None = None
    ) -> None:
        self.name = name
        self.port = quiet_port() if port is None else port
        self.log_path = folder / f"{name}.log"
        prefix = service.upper().replace("-", "_")
        told = {"INSTANCE": name, "HTTP_PORT": self.port, **settings}
        inherited = {key: text for key, text in os.environ.items() if not key.startswith(f"{prefix}_")}
        self._environ = {**inherited, **{f"{prefix}_{key}": str(value) for key, value in told.items()}}
        self._command = [str(Path(sys.executable).with_name(service))]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers by HTTP."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The running process."""
        return self._running().pid

    @property
    def alive(self) -> bool:
        """Whether the process is there, frozen or not."""
        return self._process is not None and self._process.poll() is None

    def start(self, wait: bool = True) -> "ServiceProcess":
        """Starts the process and, if told so, waits until it is ready."""
        assert not self.alive, f"{self.name} runs already"
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, within: float = _START_S) -> None:
        """Returns when /readyz says yes. Raises NotInTime, at once if the process has ended."""

        def ready() -> bool:
            if not self.alive:
                raise NotInTime(f"{self.name} ended with {self._running().returncode}:\n{self.tail()}")
            return self.ready

        until(ready, within, lambda: f"{self.name} ready: {self.report()}\n{self.tail()}")

    @property
    def ready(self) -> bool:
        """What /readyz says; False when it says nothing."""
        return self.report().get("ready") is True

    def report(self) -> dict[str, Any]:
        """The body of /readyz; empty when there is no answer within a second."""
        with contextlib.suppress(httpx.HTTPError, ValueError):
            return httpx.get(
                f"{self.url}/readyz", timeout=1.0, trust_env=False, verify=verified(self.url)
            ).json()
        return {}

    def reasons(self) -> str:
        """Why it is not ready, in its own words."""
        components = self.report().get("components", {})
        return "; ".join(f"{name}: {one['reason']}" for name, one in components.items() if not one["ok"])

    def metric(self, name: str) -> float:
        """Sum over all labels of one metric on /metrics; 0 when it is not there (yet)."""
        text = httpx.get(f"{self.url}/metrics", timeout=5.0, trust_env=False, verify=verified(self.url)).text
        lines = [line for line in text.splitlines() if line.partition("{")[0].split(" ")[0] == name]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    def kill(self) -> None:
        """SIGKILL: as a crash."""
        self._running().kill()
        self._running().wait(10.0)

    def terminate(self) -> None:
        """SIGTERM: asks it to end in order; `wait_exit` waits for that."""
        self._running().send_signal(signal.SIGTERM)

    def wait_exit(self, within: float = 40.0) -> int:
        """Its exit code, negative for a signal. Raises NotInTime."""
        try:
            return self._running().wait(within)
        except subprocess.TimeoutExpired:
            raise NotInTime(f"{self.name} did not end within {within:g} s:\n{self.tail()}") from None

    def stop(self, within: float = 40.0) -> int:
        """SIGTERM, and its exit code."""
        self.terminate()
        return self.wait_exit(within)

    def freeze(self) -> None:
        """SIGSTOP: not a thread of it runs, and nobody is told."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT: it goes on as if no time had passed."""
        os.kill(self.pid, signal.SIGCONT)

    def close(self) -> None:
        """Ends it at once, however it stands; for the end of a test."""
        if self.alive:
            self.kill()

    def events(self, name: str | None = None) -> Iterator[dict[str, Any]]:
        """Log lines that are JSON, of all starts; those of one event if named."""
        if not self.log_path.exists():
            return
        for line in self.log_path.read_bytes().splitlines():
            with contextlib.suppress(orjson.JSONDecodeError):
                event: Any = orjson.loads(line)
                if isinstance(event, dict) and name in (None, cast("dict[str, Any]", event).get("event")):
                    yield event

    def tail(self, lines: int = 25) -> str:
        """The end of its log."""
        text = self.log_path.read_text(errors="replace") if self.log_path.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def _running(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None, f"{self.name} was never started"
        return self._process
