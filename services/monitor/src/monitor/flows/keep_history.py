"""Puts what was seen into the tables of `ops`, at most once a span each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog
from tidelake.contracts.names import LOGS_INBOUND
from tidelake.runtime.clock import whole_milliseconds
from tidelake.runtime.errors import LakeError

from monitor.core.lines import LineCount
from monitor.core.picture import DatasetPicture, Picture
from monitor.flows.ports import History

log = structlog.get_logger()


class HistoryKeeper:
    """Writes a picture into the three tables. For one thread."""

    def __init__(self, freshness: History, ledger: History, processes: History, span: timedelta) -> None:
        self._freshness = freshness
        self._ledger = ledger
        self._processes = processes
        self._span_s = span.total_seconds()
        self._kept: dict[str, int] = {}  # by table's path: the newest span that it has

    def step(self, picture: Picture) -> None:
        """The span is that of the picture's time; a table that has rows of it gets no others. One that fails
        keeps no other from being written; raises the last failure."""
        span = int(picture.at.timestamp() / self._span_s)
        failure: LakeError | None = None
        for table, rows in (
            (self._freshness, freshness_rows(picture)),
            (self._ledger, ledger_rows(picture)),
            (self._processes, process_rows(picture)),
        ):
            if not rows or self._kept.get(table.path) == span:
                continue
            try:
                table.append(rows, span)
                self._kept[table.path] = span
            except LakeError as failed:
                log.warning("history_not_kept", table=table.path, reason=str(failed))
                failure = failed
        if failure is not None:
            raise failure


def freshness_rows(picture: Picture) -> Sequence[dict[str, Any]]:
    """Grain: a dataset's major version and a hop."""
    return [row for one in picture.datasets for row in _hops(one, whole_milliseconds(picture.at))]


def _hops(one: DatasetPicture, at: Any) -> list[dict[str, Any]]:
    fresh = one.freshness
    if fresh is None:
        return []
    return [
        {
            "at": at,
            "address": one.address,
            "hop": hop.name,
            "rows": hop.delays.rows if hop.delays else 0,
            "p50_s": hop.delays.p50_s if hop.delays else None,
            "p95_s": hop.delays.p95_s if hop.delays else None,
            "p99_s": hop.delays.p99_s if hop.delays else None,
            "max_s": hop.delays.max_s if hop.delays else None,
            "slo_s": fresh.slo_s,
            "figure_s": fresh.figure_s,
            "kept": fresh.kept,
            "unread": fresh.waiting.unread,
            "unread_s": fresh.waiting.unread_s,
            "undecided": fresh.waiting.undecided,
            "undecided_s": fresh.waiting.undecided_s,
            "computed_from": hop.computed_from,
        }
        for hop in fresh.hops
    ]


def ledger_rows(picture: Picture) -> Sequence[dict[str, Any]]:
    """Grain: a dataset's major version, and the log lines as one more, whose address is their topic."""
    return [
        *({"at": whole_milliseconds(picture.at), **row} for row in _line_row(picture.lines.count)),
        *_dataset_rows(picture),
    ]


def _line_row(count: LineCount | None) -> list[dict[str, Any]]:
    if count is None:
        return []
    faults = {"missing": count.lost, "deleted_unread": count.deleted_unread}
    return [
        {
            "address": LOGS_INBOUND.name,
            "counted_at": whole_milliseconds(count.counted_at),
            "bronze_version": None,
            "silver_version": None,
            "outcomes_version": None,
            "bronze_rows": None,
            "in_silver": None,
            "outcomes": [
                ("routed", count.done - count.lost - sum(count.dead.values())),
                *((f"dead letter: {reason}", lines) for reason, lines in count.dead.items()),
            ],
            "waiting": count.waiting,
            "balanced": count.balanced,
            "faults": [(kind, lines) for kind, lines in faults.items() if lines],
            "examples": [
                f"missing {source.topic_id}/{source.partition}/{offset}" for source, offset in count.examples
            ],
        }
    ]


def _dataset_rows(picture: Picture) -> list[dict[str, Any]]:
    return [
        {
            "at": whole_milliseconds(picture.at),
            "address": one.address,
            "counted_at": whole_milliseconds(one.ledger.counted_at),
            "bronze_version": one.ledger.bronze_version,
            "silver_version": one.ledger.silver_version,
            "outcomes_version": one.ledger.outcomes_version,
            "bronze_rows": one.ledger.bronze_rows,
            "in_silver": one.ledger.in_silver,
            "outcomes": list(one.ledger.outcomes.items()),
            "waiting": one.ledger.waiting,
            "balanced": one.ledger.balanced,
            "faults": [(fault.kind, fault.rows) for fault in one.ledger.faults],
            "examples": [f"{fault.kind} {place}" for fault in one.ledger.faults for place in fault.places],
        }
        for one in picture.datasets
        if one.ledger is not None
    ]


def process_rows(picture: Picture) -> Sequence[dict[str, Any]]:
    """Grain: a process."""
    return [
        {
            "at": whole_milliseconds(picture.at),
            "service": one.service,
            "instance": one.instance,
            "endpoint": one.endpoint,
            "answers": one.answers,
            "cpu_cores": one.cpu_cores,
            "memory_bytes": one.memory_bytes,
        }
        for one in picture.processes
    ]
