"""Each commit of a bronze writer has its checksum, of just that version, whoever else commits."""

import json
from typing import Any

import pytest
from deltalake import DeltaTable, Schema
from structlog.testing import capture_logs
from tidelake.tables.bronze import BronzeSpec
from tidelake.tables.bronze_table import BronzeHandle
from tidelake.tables.delta_bronze import DeltaBronzeTables
from tidelake.tables.delta_checksum import checksum
from tidelake.tables.positions import OffsetRange, Source
from tidelake.tables.storage import LakeStorage
from tidelake.testkit.bronze_rows import announcement_of, bronze_rows
from tidelake.testkit.gcs.faults_client import FaultRule
from tidelake.testkit.gcs_fixture import Emulator

pytestmark = pytest.mark.conformance
PATH = "bronze/flights"
P, Q = Source("topic-id", 0), Source("topic-id", 1)


@pytest.fixture
def tables(storage: LakeStorage) -> DeltaBronzeTables:
    tables = DeltaBronzeTables(storage)
    tables.create(BronzeSpec(PATH, "flights", "events.flights", P.topic_id, "Flights of a year."))
    return tables


def append(handle: BronzeHandle, source: Source, first: int, end: int) -> int:
    offsets = OffsetRange(first, end)
    return handle.append(
        bronze_rows(source, offsets), {source: offsets}, announcement_of(PATH, source, offsets)
    )


def at(storage: LakeStorage, version: int) -> DeltaTable:
    return DeltaTable(storage.uri(PATH), version=version, storage_options=storage.delta_options())


def written(storage: LakeStorage, version: int) -> bytes | None:
    stored = storage.objects().read(f"{PATH}/_delta_log/{version:020d}.crc")
    return None if stored is None else stored.content


def test_a_checksum_says_what_the_log_says(tables: DeltaBronzeTables, storage: LakeStorage) -> None:
    handle = tables.table(PATH).open()
    for first in (0, 1, 2):
        append(handle, P, first, first + 1)
    said: dict[str, Any] = json.loads(written(storage, 3) or b"")
    entries = storage.objects().list(f"{PATH}/_delta_log/")
    lines = [
        json.loads(line)
        for entry in entries
        if entry.path.endswith(".json")
        for line in (storage.objects().read(entry.path) or pytest.fail(entry.path)).content.splitlines()
    ]
    adds = [line["add"] for line in lines if "add" in line]
    assert (said["numFiles"], said["tableSizeBytes"]) == (3, sum(add["size"] for add in adds))
    assert [said["protocol"]] == [line["protocol"] for line in lines if "protocol" in line]
    (metadata,) = (line["metaData"] for line in lines if "metaData" in line)
    assert json.loads(said["metadata"].pop("schemaString")) == json.loads(metadata.pop("schemaString"))
    assert said["metadata"] == metadata
    assert (said["numMetadata"], said["numProtocol"]) == (1, 1)


def test_each_commit_of_two_writers_and_a_compaction_between_has_its_own(
    tables: DeltaBronzeTables, storage: LakeStorage
) -> None:
    table = tables.table(PATH)
    one, other = table.open(), table.open()
    versions = [append(one, P, 0, 1), append(other, Q, 0, 5), append(one, P, 1, 2)]
    assert table.compact(2**20).files_removed == 3
    versions += [append(other, Q, 5, 6), append(one, P, 2, 9)]
    assert versions == [1, 2, 3, 5, 6]
    for version in versions:
        assert written(storage, version) == checksum(at(storage, version)), version
    assert json.loads(checksum(at(storage, 6)))["numFiles"] == 3
    assert written(storage, 4) is None  # of a compaction there is none: the log says it all


def test_a_commit_stands_where_its_checksum_can_not_be_written(
    tables: DeltaBronzeTables, storage: LakeStorage, emulator: Emulator
) -> None:
    handle = tables.table(PATH).open()
    refusing = FaultRule("status", status=403, call="json.objects.insert*")
    with emulator.faults.during(refusing), capture_logs() as logs:
        assert append(handle, P, 0, 1) == 1
    (log,) = logs
    assert (log["event"], log["table"], log["version"]) == ("checksum_not_written", PATH, 1)
    assert "403" in log["reason"]
    assert append(handle, P, 1, 2) == 2
    assert written(storage, 1) is None
    assert written(storage, 2) == checksum(at(storage, 2))


def test_an_empty_table_and_one_with_features_have_checksums(storage: LakeStorage) -> None:
    schema = Schema.from_json(
        '{"type":"struct","fields":[{"name":"at","type":"timestamp_ntz","nullable":true,"metadata":{}}]}'
    )
    DeltaTable.create(storage.uri("bronze/empty"), schema, storage_options=storage.delta_options())
    said = json.loads(
        checksum(DeltaTable(storage.uri("bronze/empty"), storage_options=storage.delta_options()))
    )
    assert (said["numFiles"], said["tableSizeBytes"]) == (0, 0)
    assert said["protocol"] == {
        "minReaderVersion": 3,
        "minWriterVersion": 7,
        "readerFeatures": ["timestampNtz"],
        "writerFeatures": ["timestampNtz"],
    }
