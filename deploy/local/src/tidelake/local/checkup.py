"""Looks for what is wrong with the local stack on this machine. Changes nothing."""

import platform
import shutil
import sys
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import psutil
from tidelake.local.artifacts import locked_artifacts
from tidelake.local.connect_install import connect_jars, plugins_folder
from tidelake.local.fetching import ArtifactCache
from tidelake.local.finding import Finding
from tidelake.local.freeports import holder, is_free
from tidelake.local.jre import JavaDoesNotRun, java_version
from tidelake.local.kafka import Kafka
from tidelake.local.lake_check import check_lake
from tidelake.local.maven import MavenRepository
from tidelake.local.metastore_install import metastore_folder, metastore_jars
from tidelake.local.parts import QUERY, ROAD, SOURCES
from tidelake.local.process import forgotten_processes
from tidelake.local.stack import Stack
from tidelake.local.trino_install import trino_folder

_DISK_NEEDED = 2_000_000_000
_MEMORY_NEEDED = {ROAD: 1_000_000_000, QUERY: 1_500_000_000, SOURCES: 500_000_000}


def check_up(stack: Stack) -> list[Finding]:
    """One finding or more per check, in the order in which one would look oneself."""
    checks: list[Callable[[Stack], list[Finding]]] = [
        *(_python, _java, _clock, _memory, _disk, _cache, _ports, _processes, _left_over, check_lake),
    ]
    return [finding for check in checks for finding in check(stack)]


def _python(_: Stack) -> list[Finding]:
    seen = f"{platform.python_version()} at {sys.executable}"
    fits = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return [Finding("Python", seen, "" if fits else "Run ./lake with Python 3.11, 3.12 or 3.13.")]


def _java(_: Stack) -> list[Finding]:
    try:
        return [Finding("Java", java_version())]
    except JavaDoesNotRun as error:
        return [Finding("Java", str(error), "Remove .venv and run ./lake again to install it anew.")]


def _clock(_: Stack) -> list[Finding]:
    # Everything that was installed is older than now, on a machine whose clock is right.
    newest = Path(str(files("tidelake.local") / "artifacts.lock")).stat().st_mtime
    behind_s = newest - time.time()
    if behind_s > 60:
        seen = f"{behind_s / 3600:.1f} hours behind this checkout's own files"
        return [Finding("clock", seen, "Set the clock (NTP): downloads and receive times depend on it.")]
    return [Finding("clock", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))]


def _memory(stack: Stack) -> list[Finding]:
    available = psutil.virtual_memory().available
    seen = f"{available / 1e9:.1f} GB available"
    running = any(record.alive for record in stack.records.values())
    needed = sum(_MEMORY_NEEDED[part] for part in stack.parts)
    if available < needed and not running:
        advice = f"The stack takes about {needed / 1e9:.1f} GB: end other programs first"
        less = ", or leave the rest out with LAKE_PARTS=road" if len(stack.parts) > 1 else ""
        return [Finding("memory", seen, f"{advice}{less}.")]
    return [Finding("memory", seen)]


def _disk(stack: Stack) -> list[Finding]:
    findings: list[Finding] = []
    places = (("data", stack.home.root, "LAKE_HOME"), ("downloads", stack.cache, "TIDELAKE_CACHE"))
    for what, folder, setting in places:
        existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
        free = shutil.disk_usage(existing).free
        seen = f"{free / 1e9:.1f} GB free for {what} ({folder})"
        advice = f"Free some space there, or name another folder by {setting}."
        findings.append(Finding("disk", seen, advice if free < _DISK_NEEDED else ""))
    return findings


def _cache(stack: Stack) -> list[Finding]:
    artifacts = ArtifactCache(stack.cache, MavenRepository())
    query, sources = QUERY in stack.parts, SOURCES in stack.parts
    locked = [
        *locked_artifacts(Kafka.name),
        *(metastore_jars() if query else ()),
        *(connect_jars() if sources else ()),
    ]
    missing = artifacts.missing(locked)
    damaged = [one for one in missing if artifacts.path(one).exists()]
    if damaged:
        names = ", ".join(one.coordinates for one in damaged)
        return [
            Finding("cache", f"wrong content: {names}", "./lake up downloads them again; look at the disk.")
        ]
    unpacked = [metastore_folder(stack.cache), trino_folder(stack.cache)] if query else []
    unpacked += [plugins_folder(stack.cache)] if sources else []
    absent = [folder.name for folder in unpacked if not folder.exists()]
    seen = f"{len(locked) - len(missing)} of {len(locked)} files there, each with the right content"
    seen += f"; not unpacked: {', '.join(absent)}" if absent else ""
    return [Finding("cache", f"{seen}; ./lake up downloads the rest" if missing or absent else seen)]


def _ports(stack: Stack) -> list[Finding]:
    records = stack.records
    findings: list[Finding] = []
    for engine in stack.engines():
        record = records.get(engine.name)
        if record is not None and record.alive:
            continue
        for port in engine.ports:
            if not is_free(port.number):
                who = holder(port.number) or "a process of another user"
                seen = f"{port.number} ({port.use}) is held by {who}"
                advice = "Stop it, or move the stack's ports with LAKE_PORTS=1000."
                findings.append(Finding("ports", seen, advice))
    return findings or [Finding("ports", "all are free, or the stack's own")]


def _processes(stack: Stack) -> list[Finding]:
    findings: list[Finding] = []
    for state in stack.states():
        if state.condition == "ended":
            seen = f"{state.name} is gone though nobody stopped it: {state.reason}"
            findings.append(
                Finding("processes", seen, "./lake up starts it again; its log tells why it ended.")
            )
        elif state.condition == "not ready":
            seen = f"{state.name} can't serve: {state.reason}"
            findings.append(Finding("processes", seen, f"Read `lake logs {state.name}`."))
    running = sum(record.alive for record in stack.records.values())
    return findings or [Finding("processes", f"{running} running, all can serve" if running else "none runs")]


def _left_over(stack: Stack) -> list[Finding]:
    left = forgotten_processes(stack.home)
    if not left:
        return [Finding("left over", "no process without a record")]
    pids = " ".join(str(process.pid) for process in left)
    return [Finding("left over", f"processes of this stack that no record names: {pids}", f"kill {pids}")]
