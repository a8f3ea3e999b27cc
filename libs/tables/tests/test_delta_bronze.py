"""Delta tables on the emulator keep the port's promises; one that is not bronze's is left alone and named."""

from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from tidelake.tables.bronze import BRONZE_SCHEMA, BronzeSpec
from tidelake.tables.bronze_table import TableUnfit
from tidelake.tables.delta_bronze import DeltaBronzeTables
from tidelake.tables.errors import StoreRefused
from tidelake.tables.positions import OffsetRange, Source
from tidelake.tables.storage import LakeStorage
from tidelake.testkit.bronze_rows import announcement_of, bronze_rows
from tidelake.testkit.gcs_fixture import Emulator
from tidelake.testkit.tables_conformance import TablesConformance
from tidelake.testkit.tables_labs import DeltaTablesLab

pytestmark = pytest.mark.conformance
PATH = "bronze/flights"
FIELDS: Any = BRONZE_SCHEMA
_HEAVY = [bytes(1024 * 1024)]
SPEC = BronzeSpec(PATH, "flights", "events.flights", "topic-id")


class TestDeltaBronzeTables(TablesConformance):
    @pytest.fixture
    def lab(self, emulator: Emulator, storage: LakeStorage) -> DeltaTablesLab:
        return DeltaTablesLab(storage, emulator)


@pytest.mark.parametrize(
    ("schema", "properties", "problem"),
    [
        (BRONZE_SCHEMA.remove(10), {}, "differ in written_at timestamp"),
        (pa.unify_schemas([BRONZE_SCHEMA, pa.schema([("flight", pa.string())])]), {}, "in flight string"),
        (pa.schema(reversed(list(FIELDS))), {}, "differ in their order"),
        (BRONZE_SCHEMA, {"lake.topic_id": ""}, "lake.topic_id is not set"),
        (BRONZE_SCHEMA, {"delta.appendOnly": "false"}, "appendOnly is not true"),
        (BRONZE_SCHEMA, {"delta.setTransactionRetentionDuration": "interval 1 days"}, "forgets its tokens"),
    ],
)
def test_a_table_of_another_kind_is_not_written_to(
    schema: pa.Schema, properties: dict[str, str], problem: str, storage: LakeStorage
) -> None:
    DeltaTable.create(
        storage.uri(PATH),
        schema,
        configuration={**SPEC.properties, **properties},
        storage_options=storage.delta_options(),
        raise_if_key_not_exists=False,
    )
    tables = DeltaBronzeTables(storage)
    tables.create(SPEC)  # leaves what is there as it is
    with pytest.raises(TableUnfit, match=problem):
        tables.table(PATH).open()


def test_a_partitioned_table_is_not_written_to(storage: LakeStorage) -> None:
    DeltaTable.create(
        storage.uri(PATH),
        BRONZE_SCHEMA,
        partition_by=["topic"],
        configuration=dict(SPEC.properties),
        storage_options=storage.delta_options(),
        raise_if_key_not_exists=False,
    )
    with pytest.raises(TableUnfit, match="partitioned by topic"):
        DeltaBronzeTables(storage).table(PATH).open()


@pytest.mark.parametrize("content", [b"{nonsense", b'{"commitInfo":{}}'])
def test_a_log_that_makes_no_table_is_told_as_that(content: bytes, storage: LakeStorage) -> None:
    storage.objects().create(f"{PATH}/_delta_log/{0:020d}.json", content)
    tables = DeltaBronzeTables(storage)
    for act in (lambda: tables.create(SPEC), lambda: tables.table(PATH).open()):
        with pytest.raises(TableUnfit, match="Kernel error"):
            act()


def test_a_bucket_that_is_not_there_is_told_as_that(emulator: Emulator) -> None:
    tables = DeltaBronzeTables(LakeStorage("gs://no-such-bucket", emulator.service_account_path))
    for act in (lambda: tables.create(SPEC), lambda: tables.table(PATH).open()):
        with pytest.raises(StoreRefused, match="bucket of lake_root exists"):
            act()


def test_files_of_large_rows_that_compress_well_are_not_folded_into_one(storage: LakeStorage) -> None:
    tables = DeltaBronzeTables(storage)
    tables.create(SPEC)
    source, rows_a_file, files = Source("topic-id", 0), 20, 20
    for number in range(files):
        handle = tables.table(PATH).open()
        offsets = OffsetRange(number * rows_a_file, (number + 1) * rows_a_file)
        rows = bronze_rows(source, offsets)
        at = rows.schema.get_field_index("value")
        heavy = rows.set_column(at, FIELDS.field("value"), [_HEAVY * rows_a_file])
        handle.append(heavy, {source: offsets}, announcement_of(PATH, source, offsets))
    done = tables.table(PATH).compact(8 * 1024 * 1024)
    # 20 MiB in each: a dozen of them are as much as is held at once.
    assert done.files_removed > 0
    assert 2 <= files - done.files_removed + done.files_added <= 4
