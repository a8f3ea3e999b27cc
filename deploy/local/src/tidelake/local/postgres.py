"""PostgreSQL: keeps the metastore's tables, and those of the demo whose changes the lake follows."""

import contextlib
import signal
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import psutil
from tidelake.local.home import Home
from tidelake.local.identity import process_identity
from tidelake.local.postgres_folder import make_folder
from tidelake.local.program import Port, Program
from tidelake.local.psql import PostgresLogin, QueryFailed, program
from tidelake.local.unprivileged import as_ordinary_user

METASTORE = "metastore"
DATABASES = (METASTORE,)

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": 60,
    "shared_buffers": "64MB",
    # Changes are followed by Debezium; a follower that is away may hold back so much and no more.
    "wal_level": "logical",
    "max_replication_slots": 8,
    "max_wal_senders": 8,
    "max_slot_wal_keep_size": "1GB",
    "fsync": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class Postgres:
    """A server on 127.0.0.1 that keeps its tables in the stack's data folder."""

    name = "postgres"

    def __init__(self, home: Home, port: int) -> None:
        self._home = home
        self._port = port

    @property
    def ports(self) -> Sequence[Port]:
        """The one that it serves on."""
        return (Port(self._port, "PostgreSQL"),)

    @property
    def login(self) -> PostgresLogin:
        """The superuser's way in."""
        return PostgresLogin(self._port, self._home.secrets)

    def prepare(self) -> Program:
        """Makes its folder once, and ends what a killed server left. Raises InitFailed, NoWayDown."""
        self._home.make()
        make_folder(self._folder, self.login)
        clear_after_crash(self._folder)
        settings = {**_SETTINGS, "port": self._port}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Program(
            command=as_ordinary_user([str(program("postgres")), "-D", str(self._folder), *options]),
            # Fast: SIGTERM would wait until the last client has gone by itself.
            stop_signal=signal.SIGINT,
            stop_timeout=timedelta(seconds=30),
        )

    def unready(self) -> str | None:
        """None once it answers a question about its databases."""
        try:
            self.login.ask("postgres", "select count(*) from pg_database", timedelta(seconds=3))
        except QueryFailed as error:
            return error.reason
        return None

    @property
    def _folder(self) -> Path:
        return self._home.data / "postgres"


def make_databases(login: PostgresLogin) -> None:
    """Those that are missing. To be called when it can serve. Raises QueryFailed."""
    there = login.ask("postgres", "select datname from pg_database")
    for name in DATABASES:
        if name not in there:
            login.ask("postgres", f'create database "{name}"')


def clear_after_crash(folder: Path) -> None:
    """Ends what a killed server left: its children may live on for a while, and no new server starts beside
    them; nor does it when another process has its pid now. Nothing happens while a server runs."""
    lock = folder / "postmaster.pid"
    with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
        server = int(lock.read_text(encoding="utf-8").splitlines()[0])
        ours = _at_work_in(folder)
        if server in {process.pid for process in ours}:
            return
        for orphan in ours:
            with contextlib.suppress(psutil.NoSuchProcess):
                orphan.kill()
        _await_gone(ours, timedelta(seconds=5))
        if psutil.pid_exists(server):
            lock.unlink()


def _await_gone(processes: Sequence[psutil.Process], within: timedelta) -> None:
    # Not psutil's own waiting: a zombie holds nothing any more, and not every pid 1 buries them.
    never, end = threading.Event(), time.monotonic() + within.total_seconds()
    while any(process_identity(one.pid) for one in processes) and time.monotonic() < end:
        never.wait(0.02)


def _at_work_in(folder: Path) -> list[psutil.Process]:
    server = str(program("postgres").resolve())
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.cwd() == str(folder.resolve()) and process.exe() == server:
                found.append(process)
    return found
