"""A PostgreSQL and a Kafka Connect of a test's own, each of which it may kill."""

import signal
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from tidelake.local.cache import cache_folder
from tidelake.local.connect import Connect, ConnectSettings
from tidelake.local.connect_install import install_connect
from tidelake.local.fetching import ArtifactCache
from tidelake.local.home import Home
from tidelake.local.maven import MavenRepository
from tidelake.local.postgres import Postgres
from tidelake.local.process import Child, launch, stop_all
from tidelake.local.psql import PostgresLogin
from tidelake.local.readiness import wait_until_ready
from tidelake.testkit.road.ports import quiet_port

_PATIENCE = timedelta(seconds=120)


class Sources:
    """Ports and data stay the same over restarts."""

    def __init__(self, home: Home, bootstrap: str) -> None:
        cache = cache_folder()
        artifacts = ArtifactCache(cache, MavenRepository.from_environ())
        self.home = home
        self._postgres = Postgres(home, quiet_port())
        self._connect = Connect(
            home, ConnectSettings(bootstrap, quiet_port()), lambda: install_connect(cache, artifacts)
        )
        self._children: dict[str, Child] = {}

    @property
    def postgres(self) -> PostgresLogin:
        """The superuser's way in."""
        return self._postgres.login

    @property
    def connect_url(self) -> str:
        """Where connectors are made."""
        return self._connect.url

    @property
    def connect_log(self) -> str:
        """What Connect wrote since its last start."""
        return self.home.log(self._connect.name).read_text(encoding="utf-8")

    def start(self, *, wait: bool = True) -> None:
        """Starts what does not run; returns when both can serve, or at once."""
        for engine in (self._postgres, self._connect):
            child = self._children.get(engine.name)
            if child is None or child.outcome():
                self._children[engine.name] = launch(engine, engine.prepare(), self.home)
        for engine in (self._postgres, self._connect) if wait else ():
            wait_until_ready(engine, self._children[engine.name].outcome, self.home, _PATIENCE)

    def kill_connect(self) -> None:
        """SIGKILL: as a crash."""
        self._kill(self._connect.name)

    def kill_postgres(self) -> None:
        """SIGKILL to the server itself; its children end a little later."""
        self._kill(self._postgres.name)

    def _kill(self, name: str) -> None:
        child = self._children[name]
        child.handle.send_signal(signal.SIGKILL)
        child.handle.wait(10)


@contextmanager
def running_sources(folder: Path, bootstrap: str) -> Generator[Sources]:
    """Both can serve; at the end both are ended, however they stand."""
    sources = Sources(Home(folder), bootstrap)
    try:
        sources.start()
        yield sources
    finally:
        stop_all(sources.home, force=lambda: True)
