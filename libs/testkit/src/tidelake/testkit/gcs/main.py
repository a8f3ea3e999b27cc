"""The emulator's process: `python -m tidelake.testkit.gcs` or `gcs-emulator`."""

import argparse
import asyncio
import errno
import os
import signal
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

import uvloop
from tidelake.runtime.clock import SystemClock
from tidelake.testkit.gcs.core import Core
from tidelake.testkit.gcs.handling import Lake
from tidelake.testkit.gcs.ready_line import READY
from tidelake.testkit.gcs.server import Server
from tidelake.testkit.gcs.service_account import NotOurKey, keep_service_account
from tidelake.testkit.gcs.staging import Uploads
from tidelake.testkit.gcs.store import DirectoryInUse, Store


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until SIGTERM or SIGINT. Exit code 0 when stopped in order, 1 when it could not start."""
    options = _parser().parse_args(arguments)
    try:
        store = Store(options.data, SystemClock(), fsync=options.fsync)
    except DirectoryInUse:
        return _refuse(
            f"Another emulator works on {options.data}: stop it, or choose another --data directory."
        )
    except (OSError, sqlite3.Error) as problem:
        return _refuse(f"The data directory {options.data} can not be used: {problem}.")
    try:
        for bucket in options.bucket:
            if not store.has_bucket(bucket):
                store.create_bucket(bucket)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_serve(Core(Lake(store, Uploads(options.data / "uploads"))), options))
    finally:
        store.close()


async def _serve(core: Core, options: argparse.Namespace) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if options.stop_with_stdin:
        loop.add_reader(sys.stdin.fileno(), lambda: None if os.read(sys.stdin.fileno(), 1) else stop.set())
    server = Server(core)
    try:
        port = await server.listen(options.host, options.port)
    except OSError as problem:
        await server.close()
        if problem.errno == errno.EADDRINUSE:
            return _refuse(
                f"Port {options.port} on {options.host} is taken by another process: "
                "stop that one, or choose another --port (0 takes a free one)."
            )
        return _refuse(f"Can not listen on {options.host}:{options.port}: {problem.strerror}.")
    url = f"http://{options.host}:{port}"
    if options.service_account is not None:
        try:
            keep_service_account(options.service_account, url)
        except NotOurKey:
            await server.close()
            return _refuse(
                f"{options.service_account} holds something else than a key of this emulator and is "
                "left as it is: name another file with --service-account."
            )
        except OSError as problem:
            await server.close()
            return _refuse(f"The key file {options.service_account} can not be written: {problem.strerror}.")
    sys.stdout.write(f"{READY}{url}\n")
    sys.stdout.flush()
    await stop.wait()
    await server.close()
    return 0


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 1


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError
    return port


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gcs-emulator",
        description="A GCS test double: strict preconditions, faults on demand, files below one directory. "
        "It checks no credentials. Use it for tests and on your own machine, never for data that you need.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=_port, default=18080, help="0 takes a free one (default: %(default)s)")
    parser.add_argument("--data", type=Path, required=True, help="directory that keeps objects and catalogue")
    parser.add_argument("--bucket", action="append", default=[], help="bucket to make if it is not there")
    parser.add_argument(
        "--service-account",
        type=Path,
        metavar="FILE",
        help="key file to write for clients; one that is there keeps its key",
    )
    parser.add_argument(
        "--fsync",
        action="store_true",
        help="answer a write only when the disk itself has it: survives a power loss. "
        "Without it, an answered write survives the end of this process, however sudden",
    )
    parser.add_argument(
        "--stop-with-stdin", action="store_true", help="stop when standard input ends, as when a parent dies"
    )
    return parser
