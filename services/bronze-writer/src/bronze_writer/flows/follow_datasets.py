"""Takes up datasets as they are published: without a restart, and without losing what is under way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog
from tidelake.contracts import names
from tidelake.streams.consumer import RebalanceListener

from bronze_writer.core.dataset import Dataset
from bronze_writer.flows.ports import Ports
from bronze_writer.flows.table_state import TableState

log = structlog.get_logger()


def follow_datasets(
    datasets: Sequence[Dataset],
    tables: dict[str, TableState],
    refused: dict[str, str],
    listener: RebalanceListener,
    ports: Ports,
) -> None:
    """A new dataset's topic is subscribed to; its empty table is made before anything is read of it. One that
    changed (freshness, another topic accepted) is followed from its next commit on.

    `refused`: datasets that are not, by their table, and why. The others go on.
    """
    came = False
    before = dict(refused)
    refused.clear()
    for dataset in datasets:
        known = tables.get(dataset.topic)
        if (why := _why_refused(dataset, known)) is not None:
            refused[dataset.table_path] = why
            continue
        if known is not None:
            known.dataset = dataset
            continue
        table = TableState(dataset, ports.tables.table(dataset.table_path))
        tables[dataset.topic] = table
        came = True
        log.info("dataset_taken_up", dataset=dataset.name, topic=dataset.topic, table=dataset.table_path)
    if came:
        ports.consumer.subscribe(list(tables), listener)
    if refused != before:
        _tell(refused, before, ports)


def _why_refused(dataset: Dataset, known: TableState | None) -> str | None:
    """A topic fills one table for good, and a name that Kafka does not know would end the reading of all."""
    if not names.is_topic_name(dataset.topic):
        return f"{dataset.topic!r} is no name of a topic"
    if known is not None and known.dataset.table_path != dataset.table_path:
        return f"its topic {dataset.topic} fills {known.dataset.table_path} already"
    return None


def _tell(refused: Mapping[str, str], before: Mapping[str, str], ports: Ports) -> None:
    for path in before.keys() - refused.keys():
        ports.health.forget(f"dataset of {path}")
    for path, why in refused.items():
        if before.get(path) != why:
            log.error("dataset_refused", table=path, reason=why)
        ports.health.set(f"dataset of {path}", False, f"{why}: mend the binding of its topic")
