"""Appends to one Delta table by writers in lockstep, in a process of its own.

`python -m tidelake.testkit.racing_appends` reads an Order as JSON from standard input and writes an Outcome
to standard output. It ends by `os._exit`: threads that used deltalake and pyarrow now and then abort a
process that ends by itself, after all its work.
"""

import os
import sys

import msgspec
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from tidelake.testkit.racing import race


class Order(msgspec.Struct, frozen=True):
    uri: str
    options: dict[str, str]
    writers: int
    rounds: int


class Outcome(msgspec.Struct, frozen=True):
    """One row per append, so a row less than was acknowledged is an append lost."""

    acknowledged: int
    rows: int
    version: int


def run(order: Order) -> Outcome:
    """The table starts with one row. In each round every writer appends one row at the same moment."""

    def append(writer: int) -> None:
        row = pa.table({"writer": pa.array([writer], pa.int64())})
        write_deltalake(order.uri, row, mode="append", storage_options=dict(order.options))

    append(-1)
    for _ in range(order.rounds):
        race([lambda writer=writer: append(writer) for writer in range(order.writers)])
    table = DeltaTable(order.uri, storage_options=dict(order.options))
    acknowledged = 1 + order.writers * order.rounds
    return Outcome(acknowledged, table.to_pyarrow_table().num_rows, table.version())


if __name__ == "__main__":
    sys.stdout.buffer.write(
        msgspec.json.encode(run(msgspec.json.decode(sys.stdin.buffer.read(), type=Order)))
    )
    sys.stdout.flush()
    os._exit(0)
