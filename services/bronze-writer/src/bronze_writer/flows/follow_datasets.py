"""Takes up datasets as they are published: without a restart, and without losing what is under way."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from tidelake.streams.consumer import RebalanceListener

from bronze_writer.core.dataset import Dataset
from bronze_writer.flows.ports import Ports
from bronze_writer.flows.table_state import TableState

log = structlog.get_logger()


def follow_datasets(
    datasets: Sequence[Dataset],
    tables: dict[str, TableState],
    listener: RebalanceListener,
    ports: Ports,
) -> None:
    """A new dataset's topic is subscribed to; its empty table is made before anything is read of it. One that
    changed (freshness, another topic accepted) is followed from its next commit on."""
    came = False
    for dataset in datasets:
        known = tables.get(dataset.topic)
        if known is not None:
            known.dataset = dataset
            continue
        table = TableState(dataset, ports.tables.table(dataset.table_path))
        tables[dataset.topic] = table
        came = True
        log.info("dataset_taken_up", dataset=dataset.name, topic=dataset.topic, table=dataset.table_path)
    if came:
        ports.consumer.subscribe(list(tables), listener)
