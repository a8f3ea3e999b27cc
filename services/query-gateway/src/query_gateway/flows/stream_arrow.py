"""An answer as one Arrow IPC stream, batch by batch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any, cast

import orjson
import pyarrow as pa

from query_gateway.core.arrow import CUT, QUERY_ID, ROWS, VERSIONS, arrow_batch, arrow_schema
from query_gateway.core.columns import Row
from query_gateway.core.refusals import not_for_arrow
from query_gateway.flows.ask import Answer

_IN_A_THREAD_ROWS = 2_000


async def arrow_stream(answer: Answer) -> AsyncGenerator[bytes]:
    """Parts that make one stream when they are joined: schema, batches, and a last batch without rows whose
    metadata says how many there were and whether they were cut. A stream without that one is not whole.

    Raises QuestionRefused in the middle.
    """
    sink = _Sink()
    metadata = {QUERY_ID: answer.query_id.encode(), VERSIONS: orjson.dumps(dict(answer.versions))}
    schema = arrow_schema(answer.columns, metadata)
    with cast("Any", pa.ipc).new_stream(sink, schema) as writer:
        # The first part holds the first rows: what can't be told fails before anything is sent.
        while rows := await answer.take():
            writer.write_batch(await _batch(schema, answer, rows))
            yield sink.taken()
        told = {ROWS: str(answer.rows).encode(), CUT: b"true" if answer.cut else b"false"}
        writer.write_batch(arrow_batch(schema, answer.columns, ()), custom_metadata=told)
    yield sink.taken()


async def _batch(schema: pa.Schema, answer: Answer, rows: Sequence[Row]) -> pa.RecordBatch:
    try:
        if len(rows) > _IN_A_THREAD_ROWS:
            return await asyncio.to_thread(arrow_batch, schema, answer.columns, rows)
        return arrow_batch(schema, answer.columns, rows)
    except (ValueError, ArithmeticError, pa.ArrowException) as error:
        raise not_for_arrow(str(error), answer.query_id) from error


class _Sink:
    """What pyarrow writes to, emptied after each batch."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: pa.Buffer) -> int:
        self._parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """Nothing is kept back."""

    def close(self) -> None:
        """Nothing to close."""

    def taken(self) -> bytes:
        whole = b"".join(self._parts)
        self._parts.clear()
        return whole
