"""Version checksums: what a version of a Delta table is, in one small object beside its log entry.

Spark makes a snapshot of a streamed table for each batch. Without a checksum it reads every commit since the
last checkpoint for that, and the checkpoint by a job of its own; deltalake writes none (decision 0048).
"""

from __future__ import annotations

import msgspec
import structlog
from deltalake import DeltaTable
from tidelake.runtime.errors import LakeError
from tidelake.tables.delta_log import file_sizes
from tidelake.tables.objects import Objects
from tidelake.tables.refusals import store_errors

log = structlog.get_logger()


def write_checksum(delta: DeltaTable, objects: Objects, path: str) -> None:
    """Puts the checksum of the version that `delta` shows beside its log entry, if there is none.

    A commit must not fail by it: readers go by the log where it is missing, so that trouble is only logged.
    """
    version = delta.version()
    try:
        with store_errors("sum up", path):
            objects.create(f"{path}/_delta_log/{version:020d}.crc", checksum(delta))
    except LakeError as cause:
        log.warning("checksum_not_written", table=path, version=version, reason=str(cause))


def checksum(delta: DeltaTable) -> bytes:
    """The checksum of the version that `delta` shows, as Delta's protocol has it: one JSON object."""
    sizes, metadata, protocol = file_sizes(delta), delta.metadata(), delta.protocol()
    features = {"readerFeatures": protocol.reader_features, "writerFeatures": protocol.writer_features}
    return msgspec.json.encode(
        {
            "tableSizeBytes": sum(sizes.values()),
            "numFiles": len(sizes),
            "numMetadata": 1,
            "numProtocol": 1,
            "metadata": {
                "id": metadata.id,
                "name": metadata.name,
                "description": metadata.description,
                "format": {"provider": "parquet", "options": {}},
                "schemaString": delta.schema().to_json(),
                "partitionColumns": metadata.partition_columns,
                "configuration": metadata.configuration,
                "createdTime": metadata.created_time,
            },
            "protocol": {
                "minReaderVersion": protocol.min_reader_version,
                "minWriterVersion": protocol.min_writer_version,
                **{name: listed for name, listed in features.items() if listed is not None},
            },
        },
        order="deterministic",
    )
