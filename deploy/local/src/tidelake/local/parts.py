"""Which parts of the stack are there: the road alone, or the query layer and the sources beside it."""

import os
from collections.abc import Mapping
from typing import Literal

from tidelake.runtime.errors import LakeError, Terminal

Part = Literal["road", "query", "sources"]
ROAD: Part = "road"  # emulator, Kafka, ingest-router, log-router, bronze-writers: without it there is no lake
QUERY: Part = "query"  # PostgreSQL, metastore, Trino, silver-processor, query-gateway, monitor
SOURCES: Part = "sources"  # PostgreSQL, Kafka Connect with Debezium
ALL_PARTS = frozenset[Part]({ROAD, QUERY, SOURCES})
ROAD_ALONE = frozenset[Part]({ROAD})


class InvalidParts(LakeError, Terminal):
    """`$LAKE_PARTS` can't be understood."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"LAKE_PARTS={text!r} names no parts of the stack. Set it to road, and after a comma "
            "query (metastore, Trino, silver-processor, query-gateway, monitor) or sources (Kafka Connect), "
            "or remove it: then everything is there."
        )
        self.text = text


def parts_from_environ(environ: Mapping[str, str] = os.environ) -> frozenset[Part]:
    """`$LAKE_PARTS`, parts with commas between them, of which road is one; else all. Raises InvalidParts."""
    text = environ.get("LAKE_PARTS", "").strip()
    named = {name.strip() for name in text.split(",")}
    parts = frozenset[Part](part for part in ALL_PARTS if part in named)
    if not text:
        return ALL_PARTS
    if len(parts) != len(named) or ROAD not in parts:
        raise InvalidParts(text)
    return parts
