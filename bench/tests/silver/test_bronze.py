"""The bench's bronze has as many repeats and broken rows as it says."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from deltalake import DeltaTable
from tidelake.bench.silver.bronze import ROWS_A_COMMIT, Expected, fill_bronze
from tidelake.contracts.loading import parse_contract
from tidelake.tables.storage import LakeStorage
from tidelake.testkit.gcs_fixture import running_emulator

pytestmark = pytest.mark.conformance


def test_each_kind_is_counted_and_each_commit_has_its_rows(tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "datasets/flights.odcs.yaml").read_text()
    contract = parse_contract(text, "flights")
    events: list[bytes] = [orjson.dumps({"flight": nth, "month": 1}) for nth in range(2 * ROWS_A_COMMIT)]
    with running_emulator(tmp_path) as emulator:
        storage = LakeStorage(emulator.lake_root, emulator.service_account_path)
        expected = fill_bronze(storage, contract, events, commits=2)
        table = DeltaTable(storage.uri(contract.bronze_path), storage_options=storage.delta_options())
        rows: list[dict[str, Any]] = table.to_pyarrow_table(columns=["offset", "value"]).to_pylist()
    values = [row["value"] for row in rows]
    broken = sum(orjson.loads(value)["month"] == 13 for value in values)
    assert expected == Expected(len(set(values)) - broken, len(values) - len(set(values)), broken)
    assert expected.duplicates > expected.quarantined > 0
    assert sorted(row["offset"] for row in rows) == list(range(2 * ROWS_A_COMMIT))
    assert table.version() == 2
