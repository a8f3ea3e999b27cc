"""A batch of rows before it is decided, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
from tidelake.contracts.contract import Contract

from silver_processor.core.shaping import Stamp
from silver_processor.core.spans import PartitionSpan


@dataclass(frozen=True, slots=True)
class Undecided:
    """Judged rows, and what is decided from besides the tables."""

    judged: pa.Table
    spans: Sequence[PartitionSpan]
    contract: Contract
    newest: Mapping[tuple[str, int], datetime]  # event time in silver, by topic id and partition
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Decided:
    """Rows of both tables, in the tables' shapes, and the judged ones that they were made of."""

    rows: pa.Table  # those that had no outcome yet, each with its `outcome`
    silver: pa.Table
    outcomes: pa.Table
    newest: Mapping[tuple[str, int], datetime]  # event times in silver, where that moved
