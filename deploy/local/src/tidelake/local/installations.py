"""What the engines need on the machine, each got when it is asked for or begun in good time before."""

import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar, cast

from tidelake.local.connect import Connect, ConnectInstall
from tidelake.local.connect_install import install_connect
from tidelake.local.fetching import ArtifactCache
from tidelake.local.kafka import Kafka, KafkaInstall
from tidelake.local.kafka_install import install_kafka
from tidelake.local.maven import MavenRepository
from tidelake.local.metastore import Metastore
from tidelake.local.metastore_install import MetastoreInstall, install_metastore
from tidelake.local.services import silver_name
from tidelake.local.spark_install import SparkInstall, install_spark
from tidelake.local.trino import Trino, TrinoInstall
from tidelake.local.trino_install import install_trino
from tidelake.local.watching import Watcher

_Install = TypeVar("_Install")
_INSTALLERS = {
    Kafka.name: install_kafka,
    Connect.name: install_connect,
    Metastore.name: install_metastore,
    Trino.name: install_trino,
    silver_name(1): install_spark,
}


class Installations:
    """A context manager; whoever leaves it gives up what is still under way."""

    def __init__(self, cache: Path, watcher: Watcher, abandoned: Callable[[], bool]) -> None:
        self._cache = cache
        self._watcher = watcher
        self._abandoned = abandoned
        self._left = threading.Event()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(max_workers=len(_INSTALLERS))
        self._begun: dict[str, Future[object]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.set()
        # Who downloads notices at its next piece, and harms nobody until then.
        self._pool.shutdown(wait=False, cancel_futures=True)

    def begin(self, engines: Collection[str]) -> None:
        """Gets what these need, side by side and without waiting; names that need nothing are left out."""
        for name in engines:
            if name in _INSTALLERS:
                self._future(name)

    def kafka(self) -> KafkaInstall:
        """Raises what install_kafka raises."""
        return self._result(Kafka.name, KafkaInstall)

    def connect(self) -> ConnectInstall:
        """Raises what install_connect raises."""
        return self._result(Connect.name, ConnectInstall)

    def metastore(self) -> MetastoreInstall:
        """Raises what install_metastore raises."""
        return self._result(Metastore.name, MetastoreInstall)

    def trino(self) -> TrinoInstall:
        """Raises what install_trino raises."""
        return self._result(Trino.name, TrinoInstall)

    def spark(self) -> SparkInstall:
        """Raises what install_spark raises."""
        return self._result(silver_name(1), SparkInstall)

    def _result(self, name: str, _kind: type[_Install]) -> _Install:
        return cast("_Install", self._future(name).result())

    def _future(self, name: str) -> Future[object]:
        with self._lock:
            if name not in self._begun:
                artifacts = ArtifactCache(self._cache, MavenRepository.from_environ())
                self._begun[name] = self._pool.submit(
                    _INSTALLERS[name], self._cache, artifacts, self._watcher, self._given_up
                )
            return self._begun[name]

    def _given_up(self) -> bool:
        return self._left.is_set() or self._abandoned()
