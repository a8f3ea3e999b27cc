"""The local stack: its engines, then the services; up together, down in the reverse order."""

import contextlib
import fcntl
import os
import threading
from collections.abc import Callable, Collection, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Protocol, TextIO

from tidelake.local.cache import cache_folder
from tidelake.local.home import Home
from tidelake.local.installations import Installations
from tidelake.local.layout import Layout
from tidelake.local.parts import ALL_PARTS, Part
from tidelake.local.port_check import check_ports
from tidelake.local.ports import StackPorts
from tidelake.local.process import kill, stop
from tidelake.local.program import Engine
from tidelake.local.psql import PostgresLogin
from tidelake.local.readiness import StartCancelled
from tidelake.local.records import ProcessRecord, Records
from tidelake.local.remembered_ports import remember
from tidelake.local.services import LakeAddress
from tidelake.local.starting import Starter
from tidelake.local.state import ProcessState, look_at
from tidelake.local.trino_login import TrinoLogin
from tidelake.local.watching import SilentWatcher, Watcher
from tidelake.runtime.errors import LakeError, Terminal


class Interrupt(Protocol):
    """Whether whoever gave a command has lost patience; tidelake.runtime's StopSignal is one."""

    @property
    def requested(self) -> bool:
        """Give the command up, in order."""
        ...

    @property
    def forced(self) -> bool:
        """End at once."""
        ...


@dataclass(frozen=True, slots=True)
class Patient:
    """Never loses patience."""

    requested: bool = False
    forced: bool = False


class NotRunning(LakeError, Terminal):
    """A process that should be running is not."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} does not run, so it can't be ended. ./lake up starts what is missing.")
        self.name = name


class NoSuchProcess(LakeError, Terminal):
    """The stack has no process of that name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"The stack has no process {name!r}. It has {', '.join(known)}.")
        self.name = name


@dataclass(frozen=True)
class Stack:
    """One stack: its state folder, its ports, its parts, how many bronze-writers share the partitions, and
    how many silver-processors the datasets."""

    home: Home
    ports: StackPorts = field(default_factory=StackPorts)
    cache: Path = field(default_factory=cache_folder)
    writers: int = 2
    silvers: int = 1
    max_record_bytes: int = 1_048_576
    parts: Collection[Part] = ALL_PARTS

    @property
    def lake(self) -> LakeAddress:
        """Where the lake lies, for its services and for every other client."""
        return self._layout.lake

    @property
    def router_url(self) -> str:
        """Where events are sent to by HTTP."""
        return f"http://127.0.0.1:{self.ports.router_http}"

    @property
    def router_grpc(self) -> str:
        """Where events are sent to by gRPC."""
        return f"127.0.0.1:{self.ports.router_grpc}"

    @property
    def gateway_url(self) -> str:
        """Where questions are asked by HTTP; serves only where the stack has the query layer."""
        return f"http://127.0.0.1:{self.ports.gateway_http}"

    @property
    def gateway_grpc(self) -> str:
        """Where questions are asked by gRPC."""
        return f"127.0.0.1:{self.ports.gateway_grpc}"

    @property
    def page_url(self) -> str:
        """Where the status page is; serves only where the stack has the query layer."""
        return f"http://127.0.0.1:{self.ports.monitor_http}/"

    @property
    def trino(self) -> TrinoLogin:
        """The way into Trino; serves only where the stack has the query layer."""
        return TrinoLogin.of(self.home, self.ports.trino)

    @property
    def connect_url(self) -> str:
        """Where connectors are made; serves only where the stack has its sources."""
        return f"http://127.0.0.1:{self.ports.connect}"

    @property
    def postgres(self) -> PostgresLogin:
        """The superuser's way into PostgreSQL; serves where the stack has its query layer or its sources."""
        return PostgresLogin(self.ports.postgres, self.home.secrets)

    @property
    def names(self) -> list[str]:
        """Every process of the stack, in the order in which they start."""
        return [engine.name for engine in self.engines()]

    @property
    def records(self) -> dict[str, ProcessRecord]:
        """What was started and not stopped, dead or alive, by name."""
        return {record.name: record for record in Records(self.home.run).all()}

    def engines(self) -> list[Engine]:
        """Every process, in the order in which they start."""
        return [engine for wave in self._waves for engine in wave]

    def up(self, watcher: Watcher | None = None, interrupt: Interrupt = Patient()) -> None:
        """Starts what does not run yet and returns when all can serve; what runs is left alone.

        Raises HomeUnusable, PortsTaken, DownloadFailed, WrongChecksum, StartFailed, StartCancelled and the
        like; then everything that this call started is stopped again.
        """
        self._start(lambda _: True, watcher or SilentWatcher(), interrupt)

    def start(self, name: str, watcher: Watcher | None = None, interrupt: Interrupt = Patient()) -> None:
        """As `up`, for one process alone. Raises NoSuchProcess too."""
        self._known(name)
        self._start(lambda engine: engine.name == name, watcher or SilentWatcher(), interrupt)

    def stop(self, name: str, interrupt: Interrupt = Patient()) -> bool:
        """Ends one process in order; True if it ended by itself within its time, or did not run."""
        record = self.records.get(self._known(name))
        return record is None or stop(record, self.home, lambda: interrupt.forced)

    def kill(self, name: str) -> int:
        """Ends one process with SIGKILL, as a crash would, and returns its pid. Raises NotRunning."""
        record = self.records.get(self._known(name))
        if record is None or not record.alive:
            raise NotRunning(name)
        kill(record)
        return record.pid

    def down(self, watcher: Watcher | None = None, interrupt: Interrupt = Patient()) -> list[str]:
        """Ends everything that runs and says what it ended: first what needs others. Forced: at once."""
        watcher = watcher or SilentWatcher()
        wave_of = {one.name: nth for nth, wave in enumerate(self._waves) for one in wave}

        def end(record: ProcessRecord) -> str | None:
            if not record.alive:
                stop(record, self.home)
                return None
            watcher.stopping(record.name)
            watcher.stopped(record.name, stop(record, self.home, lambda: interrupt.forced))
            return record.name

        with self._alone(watcher, interrupt), ThreadPoolExecutor() as pool:
            records = reversed(list(self.records.values()))
            by_wave = sorted(records, key=lambda one: -wave_of.get(one.name, len(wave_of)))
            # Side by side within a wave: a writer that ends alone would hand its partitions to the next one.
            waves = [list(wave) for _, wave in groupby(by_wave, key=lambda one: wave_of.get(one.name))]
            return [name for wave in waves for name in pool.map(end, wave) if name]

    def purge(self) -> int:
        """Removes all that the stack ever wrote below its state folder, and nothing else that lies there;
        returns the bytes. Downloads are kept. To be called when nothing runs."""
        with self._alone(SilentWatcher(), Patient()):
            return self.home.purge()

    def log(self, name: str) -> Path:
        """The log of one process. Raises NoSuchProcess."""
        return self.home.log(self._known(name))

    def states(self) -> list[ProcessState]:
        """Every process as it is now: whether it runs, can serve, and what it costs."""
        records, engines = self.records, self.engines()
        with ThreadPoolExecutor(max_workers=len(engines)) as pool:
            looks = [pool.submit(look_at, one, records.get(one.name), self.home) for one in engines]
        return [look.result() for look in looks]

    def _start(self, wanted: Callable[[Engine], bool], watcher: Watcher, interrupt: Interrupt) -> None:
        starter = Starter(self.home, watcher, lambda: interrupt.requested)
        installations = Installations(self.cache, watcher, starter.given_up)
        with self._alone(watcher, interrupt), installations:
            waves = [list(filter(wanted, wave)) for wave in self._layout.waves(installations)]
            running = {name for name, record in self.records.items() if record.alive}
            absent = [engine for wave in waves for engine in wave if engine.name not in running]
            check_ports([port for engine in absent for port in engine.ports])
            remember(self.home, self.ports)
            installations.begin([engine.name for engine in absent])
            try:
                for wave in waves:
                    starter.start(wave, running)
                    for engine in wave:
                        self._layout.furnish(engine)
            except BaseException:
                starter.undo(lambda: interrupt.forced)
                raise

    @property
    def _layout(self) -> Layout:
        return Layout(self.home, self.ports, self.parts, self.writers, self.silvers, self.max_record_bytes)

    @property
    def _waves(self) -> list[list[Engine]]:
        """To look at, not to start: nothing is installed."""
        return self._layout.waves(Installations(self.cache, SilentWatcher(), lambda: True))

    def _known(self, name: str) -> str:
        if name not in self.names:
            raise NoSuchProcess(name, self.names)
        return name

    @contextmanager
    def _alone(self, watcher: Watcher, interrupt: Interrupt) -> Generator[None]:
        """One command at a time starts or stops processes of this stack. Raises StartCancelled, HomeUnusable.

        Where no stack was before and none has come of it, no trace is left.
        """
        new = not self.home.root.exists()
        with self._take_lock(watcher, interrupt):
            try:
                yield
            finally:
                if new:
                    self.home.unmake()

    def _take_lock(self, watcher: Watcher, interrupt: Interrupt) -> TextIO:
        """The lock's file, locked until it is closed."""
        self.home.make()
        lock, told = self.home.open_lock(), False
        while True:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(lock.fileno()).st_nlink:
                    return lock
                # Its last holder removed it with the folder: another command would lock a new one.
                lock.close()
                self.home.make()
                lock = self.home.open_lock()
                continue
            if not told:
                told = True
                watcher.doing("stack", "waiting for another lake command that starts or stops it")
            if interrupt.requested:
                lock.close()
                raise StartCancelled("Another lake command still starts or stops this stack.")
            threading.Event().wait(0.1)
