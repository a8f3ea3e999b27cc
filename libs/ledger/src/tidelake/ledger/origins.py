"""Where routed log lines stood in `logs.inbound`, as the log-router writes it into all that it makes."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute
from tidelake.contracts.envelope import EVENT_ID
from tidelake.tables.positions import Source

from .runs import Offsets

pc: Any = pyarrow.compute  # what its type stubs say is known in part only

# Topic id (URL-safe base64), partition, offset: nothing larger than Kafka can count.
_ORIGIN = re.compile(rb"([A-Za-z0-9_-]+)/([0-9]{1,9})/([0-9]{1,18})")


def origin_of(text: bytes | None) -> tuple[Source, int] | None:
    """The position that a header names; None where it names none, as in a record that no router made."""
    found = _ORIGIN.fullmatch(text) if text is not None else None
    if found is None:
        return None
    return Source(found[1].decode(), int(found[2])), int(found[3])


def offsets_by_source(texts: Iterable[bytes | None]) -> Mapping[Source, Offsets]:
    """The offsets of all that name a position, by the partition that they name, with repeats."""
    found: dict[Source, list[int]] = {}
    for text in texts:
        if (origin := origin_of(text)) is not None:
            found.setdefault(origin[0], []).append(origin[1])
    return {source: np.array(offsets, dtype=np.int64) for source, offsets in found.items()}


@dataclass(frozen=True, slots=True)
class OriginColumns:
    """Bronze of log lines, by the position of each row's line instead of the row's own (see Columns)."""

    word: None = None

    @property
    def names(self) -> list[str]:
        return ["headers"]

    def offsets(self, rows: pa.Table) -> Mapping[Source, Offsets]:
        """Of two headers of one name the first counts, as everywhere."""
        headers = cast("Any", rows["headers"].combine_chunks())
        parents, flat = pc.list_parent_indices(headers).to_numpy(), pc.list_flatten(headers)
        is_id = pc.equal(flat.field("key"), EVENT_ID).to_numpy(zero_copy_only=False)
        at = np.flatnonzero(is_id)
        _, firsts = np.unique(parents[at], return_index=True)
        values = flat.field("value").take(pa.array(at[firsts]))
        return offsets_by_source(values.to_pylist())


ORIGINS = OriginColumns()
