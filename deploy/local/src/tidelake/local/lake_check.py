"""Looks for what is wrong in a lake whose processes run: slots, log lines, alerts."""

import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta

import httpx
from tidelake.contracts.names import DEAD_LETTERS, LOGS_INBOUND
from tidelake.local.finding import Finding
from tidelake.local.psql import PostgresLogin, QueryFailed
from tidelake.local.recent_records import records_since
from tidelake.local.slots import Slot, slots_of
from tidelake.local.stack import Stack
from tidelake.streams.errors import BrokerUnavailable

_TIMEOUT_S = 5.0
_HOUR = timedelta(hours=1)
_DEAD_SHARE = 0.01
"""Of the lines of an hour: more dead letters than that are one too many, as rows in quarantine are."""
_UNREAD_BYTES = 64_000_000
"""Of PostgreSQL's log: a connector that starts leaves its slot alone for some seconds."""
_ALERT = re.compile(r"^lake_alerts\{(.*)\} 1", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="([^"]*)"')


def check_lake(stack: Stack) -> list[Finding]:
    """One finding or more of each part that runs; nothing of the others, which are told as processes."""
    runs = {name for name, record in stack.records.items() if record.alive}
    checks: list[tuple[str, Callable[[Stack], list[Finding]]]] = [
        ("postgres", lambda one: slots(one.postgres, runs)),
        ("kafka", lambda one: dead_letters(one.lake.kafka_bootstrap_servers)),
        ("monitor", lambda one: alerts(one.page_url)),
    ]
    return [finding for process, check in checks if process in runs for finding in check(stack)]


def slots(postgres: PostgresLogin, runs: Collection[str]) -> list[Finding]:
    """Which slots of PostgreSQL nobody can follow, or nobody reads though Connect runs."""
    try:
        found = slots_of(postgres)
    except QueryFailed:
        return []  # told as a process that can't serve
    findings = [
        one for slot in found if (one := slot_finding(slot, connect_runs="connect" in runs)) is not None
    ]
    return findings or [Finding("slots", f"none of {len(found)} is lost or left unread")]


def slot_finding(slot: Slot, *, connect_runs: bool) -> Finding | None:
    """What is wrong with a slot, if anything is."""
    if slot.wal_status == "lost":
        advice = (
            "PostgreSQL has thrown away changes that were not read (max_slot_wal_keep_size). Publish a new "
            "major version of its dataset: that begins with a snapshot of its own."
        )
        return Finding("slots", str(slot), advice)
    if connect_runs and not slot.active and slot.retained_bytes > _UNREAD_BYTES:
        advice = (
            "./lake logs connect tells why. If its dataset is not wanted any more, drop the slot: "
            f"select pg_drop_replication_slot('{slot.name}')"
        )
        return Finding("slots", str(slot), advice)
    return None


def dead_letters(bootstrap: str) -> list[Finding]:
    """Whether more than a few of the last hour's lines belong to no dataset."""
    since = datetime.now(UTC) - _HOUR
    try:
        dead, lines = (records_since(bootstrap, one.name, since) for one in (DEAD_LETTERS, LOGS_INBOUND))
    except BrokerUnavailable:
        return []  # told as a process that can't serve
    return [lines_finding(dead, lines)]


def lines_finding(dead: int, lines: int) -> Finding:
    """What an hour's dead letters are, beside its lines."""
    seen = f"{dead:,} dead letters of {lines:,} log lines in the last hour"
    advice = "./lake dead-letters ls names reasons, and what to do about each."
    return Finding("lines", seen, advice if dead > _DEAD_SHARE * lines else "")


def alerts(page_url: str) -> list[Finding]:
    """The monitor's alerts that fire. Its metrics name them."""
    try:
        answer = httpx.get(f"{page_url}metrics", timeout=_TIMEOUT_S, trust_env=False)
        answer.raise_for_status()
    except httpx.HTTPError:
        return []  # told as a process that can't serve
    told = [dict(_LABEL.findall(labels)) for labels in _ALERT.findall(answer.text)]
    firing = [one for one in told if one.get("state") == "firing"]
    findings = [
        Finding(
            "alerts", f"{one['alert']} of {one['dataset']} fires", f"{page_url} says what, and what next."
        )
        for one in firing
    ]
    return findings or [Finding("alerts", "none fires")]
