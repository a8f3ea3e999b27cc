"""Opens a table and says what stands in its way."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import structlog
from tidelake.runtime.errors import Blocked, Transient
from tidelake.streams.errors import AdminRefused
from tidelake.tables.bronze import BronzeSpec
from tidelake.tables.bronze_table import BronzeHandle

from bronze_writer.flows.ports import Ports
from bronze_writer.flows.table_state import TableState

log = structlog.get_logger()


def fresh_handle(table: TableState, ports: Ports) -> BronzeHandle:
    """A handle at the table's newest version, which the table's next commit is made on.

    Makes the table if it was not made yet. Raises StoreUnavailable, StoreRefused,
    TableMissing, TableUnfit.
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
    """Notes what is wrong with this table alone and tries it again a little later (what waits for a person,
    every few seconds); ends it when the block ends well. Nothing of a table is lost or moved by trouble. What
    is wrong with the whole process is raised.
    """
    path = table.dataset.table_path
    try:
        yield
    except (Transient, Blocked, AdminRefused) as cause:  # the last: Kafka refuses this topic, not the process
        blocked = isinstance(cause, Blocked | AdminRefused)
        if blocked and not table.blocked:
            log.error("table_stopped", table=path, error=type(cause).__name__, reason=str(cause))
        elif table.trouble is None:
            log.warning("table_in_trouble", table=path, error=type(cause).__name__, reason=str(cause))
        table.trouble, table.blocked = str(cause), blocked
        pause = ports.limits.look_again_after if blocked else ports.limits.retry_after
        table.retry_at = ports.clock.monotonic() + pause.total_seconds()
        ports.health.set(f"table {path}", False, table.trouble)
    else:
        if table.trouble is not None:
            log.info("table_recovered", table=path)
            ports.health.forget(f"table {path}")
        table.trouble, table.blocked = None, False
