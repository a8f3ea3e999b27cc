"""Opens a table and says what stands in its way."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import structlog
from tidelake.runtime.errors import LakeError, Transient
from tidelake.tables.bronze import BronzeSpec
from tidelake.tables.bronze_table import BronzeHandle

from bronze_writer.flows.ports import Ports
from bronze_writer.flows.table_state import TableState

log = structlog.get_logger()


def fresh_handle(table: TableState, ports: Ports) -> BronzeHandle:
    """A handle at the table's newest version, which the table's next commit is made on.

    Makes the table if it was not made yet. Raises StoreUnavailable, TableMissing.
    """
    table.handle = None
    with ports.guard("open_table"):
        if not table.made:
            dataset = table.dataset
            ports.tables.create(
                BronzeSpec(
                    dataset.table_path,
                    dataset.name,
                    dataset.topic,
                    dataset.bound_topic_id,
                    dataset.description,
                )
            )
            table.made = True
        table.handle = table.table.open()
    return table.handle


@contextmanager
def troubles_of(table: TableState, ports: Ports) -> Generator[None]:
    """Notes what is transient as the table's trouble, to be tried again a little later, and ends it when the
    block ends well. Nothing of a table is lost or moved by trouble."""
    try:
        yield
    except LakeError as cause:
        if not isinstance(cause, Transient):
            raise
        if table.trouble is None:
            log.warning("table_in_trouble", table=table.dataset.table_path, reason=str(cause))
        table.trouble = str(cause)
        table.retry_at = ports.clock.monotonic() + ports.limits.retry_after.total_seconds()
        ports.health.set(f"table {table.dataset.table_path}", False, table.trouble)
    else:
        if table.trouble is not None:
            log.info("table_recovered", table=table.dataset.table_path)
            ports.health.forget(f"table {table.dataset.table_path}")
        table.trouble = None
