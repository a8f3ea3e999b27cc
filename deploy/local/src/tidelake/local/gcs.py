"""The emulator of Google Cloud Storage, a test double, as a process of the stack."""

import sys
from collections.abc import Sequence
from datetime import timedelta

from tidelake.local.home import Home
from tidelake.local.http_health import http_unready
from tidelake.local.program import Port, Program

BUCKET = "lake"


class Gcs:
    """Serves one bucket from the stack's data folder, and writes the key file that its clients read."""

    name = "gcs"

    def __init__(self, home: Home, port: int) -> None:
        self._home = home
        self._port = port

    @property
    def ports(self) -> Sequence[Port]:
        """The one that it serves on."""
        return (Port(self._port, "the GCS emulator"),)

    @property
    def address(self) -> str:
        """Where its clients find it, without a slash at the end."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def lake_root(self) -> str:
        """Where the lake lies in it."""
        return f"gs://{BUCKET}"

    def prepare(self) -> Program:
        """Makes its folder."""
        self._home.make()
        arguments = {
            "--host": "127.0.0.1",
            "--port": str(self._port),
            "--data": str(self._home.data / "gcs"),
            "--bucket": BUCKET,
            "--service-account": str(self._home.service_account),
        }
        return Program(
            command=[
                *(sys.executable, "-m", "tidelake.testkit.gcs"),
                *(part for pair in arguments.items() for part in pair),
            ],
            stop_timeout=timedelta(seconds=10),
            remark="test double, not a store for real data",
        )

    def unready(self) -> str | None:
        """None once it answers."""
        return http_unready(f"{self.address}/healthz")
