"""The account of a source, by tables on a store as the services leave them."""

from collections.abc import Generator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pytest
from deltalake import CommitProperties, Transaction, write_deltalake
from tidelake.bench.soak import accounts
from tidelake.bench.soak.accounts import account
from tidelake.bench.soak.sources import Source as SoakSource
from tidelake.bench.writing.planes import plane_identity
from tidelake.bench.writing.write import Sender, Write
from tidelake.contracts.contract import Contract
from tidelake.contracts.loading import parse_contract
from tidelake.runtime.shutdown import StopSignal
from tidelake.tables.announcement import METADATA_KEY, encode
from tidelake.tables.bronze import BRONZE_SCHEMA
from tidelake.tables.positions import OffsetRange, Source
from tidelake.tables.storage import LakeStorage
from tidelake.testkit.bronze_rows import announcement_of
from tidelake.testkit.gcs_fixture import running_emulator

SOURCE = Source("t", 0)
AT = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing does not come later here."""
    monkeypatch.setattr(accounts, "_PATIENCE_S", 0.0)


@pytest.fixture
def storage(tmp_path: Path) -> Generator[LakeStorage]:
    with running_emulator(tmp_path / "store") as emulator:
        yield LakeStorage(emulator.lake_root, emulator.service_account_path)


def _contract(name: str) -> Contract:
    return parse_contract((Path(__file__).parents[3] / f"datasets/{name}.odcs.yaml").read_text(), name)


def _bronze(
    storage: LakeStorage, contract: Contract, rows: Sequence[tuple[bytes | None, bytes | None]]
) -> None:
    found: list[dict[str, object]] = [
        {
            **{"topic_id": "t", "topic": contract.topic, "partition": 0, "offset": offset},
            **{"key": key, "value": value, "headers": [], "kafka_timestamp": AT},
            **{"kafka_timestamp_type": "create_time", "received_at": None, "written_at": AT},
        }
        for offset, (key, value) in enumerate(rows)
    ]
    token = CommitProperties(app_transactions=[Transaction(SOURCE.app_id, len(rows))])
    _write(storage, contract.bronze_path, pa.Table.from_pylist(found, BRONZE_SCHEMA), token)


def _silver(
    storage: LakeStorage, contract: Contract, silver: Mapping[str, Any], outcomes: Mapping[str, Any], end: int
) -> None:
    for path, columns in ((contract.silver_path, silver), (contract.outcomes_path, outcomes)):
        said = announcement_of(path, SOURCE, OffsetRange(0, end))
        metadata = CommitProperties(custom_metadata={METADATA_KEY: encode(said).decode()})
        _write(storage, path, pa.table(columns), metadata)


def _write(storage: LakeStorage, path: str, rows: pa.Table, properties: CommitProperties) -> None:
    uri, options = storage.uri(path), storage.delta_options()
    write_deltalake(uri, rows, storage_options=options, commit_properties=properties, mode="append")


def _wrote(contract: Contract, identities: Sequence[str]) -> SoakSource:
    sender = Sender()
    sender.writes += [Write(one, 1.0, 2.0) for one in identities]
    return SoakSource("events", contract, 1.0, sender)


def test_what_was_acknowledged_twice_is_one_and_quarantine_keeps_it_too(storage: LakeStorage) -> None:
    flights = _contract("flights")
    _bronze(storage, flights, [(b"a", b"{}"), (b"b", b"{}"), (b"a", b"{}")])
    _silver(storage, flights, {"lake_event_id": ["a"]}, {"event_id": ["b", "a"]}, end=3)

    found = account(_wrote(flights, ["a", "b", "a"]), storage, list, StopSignal())

    assert (found.kept.acknowledged, found.kept.lost) == (2, 0)
    assert {one.write.identity for one in found.landed} == {"a", "b"}
    assert all(one.in_silver is not None and one.in_silver >= one.in_bronze for one in found.landed)


def test_what_is_missing_is_named_by_where_it_is_missing(storage: LakeStorage) -> None:
    flights = _contract("flights")
    _bronze(storage, flights, [(b"a", b"{}"), (b"b", b"{}")])
    _silver(storage, flights, {"lake_event_id": ["a"]}, {"event_id": ["x"]}, end=1)

    kept = account(_wrote(flights, ["a", "b", "c"]), storage, list, StopSignal()).kept

    assert (kept.not_in_bronze, kept.not_explained, kept.not_in_silver) == (("c",), ("b",), ("b", "c"))
    assert kept.lost == 2


def _change(tail: str, at: datetime) -> tuple[bytes, bytes]:
    after = {"tailnum": tail, "changed_at": at.isoformat().replace("+00:00", "Z")}
    return tail.encode(), orjson.dumps({"op": "u", "before": None, "after": after})


def test_changes_are_kept_where_silver_is_the_sources_table(storage: LakeStorage) -> None:
    planes, later = _contract("planes"), AT + timedelta(microseconds=7)
    changes = [
        _change("N1", AT),
        _change("N1", later),
        _change("N2", AT),
        (b"N2", None),
        _change("N3", later),
    ]
    _bronze(storage, planes, changes)
    _silver(
        storage,
        planes,
        {
            "tailnum": ["N1", "N2", "N3"],
            "changed_at": pa.array([later, None, AT], pa.timestamp("us", "UTC")),
            "lake_is_deleted": [False, True, False],
        },
        {"event_id": ['["N1"]', '["N3"]'], "outcome": ["updated", "quarantined"]},
        end=5,
    )
    micros = int(later.timestamp() * 1_000_000)
    now = [f"N1|{micros}", f"N3|{micros}"]  # the source's N3 broke a rule, and is in quarantine
    written = [plane_identity("N1", AT), plane_identity("N1", later), plane_identity("N3", later)]

    assert account(_wrote(planes, written), storage, lambda: now, StopSignal()).kept.lost == 0
    behind = account(_wrote(planes, written), storage, lambda: [*now, f"N4|{micros}"], StopSignal()).kept
    assert behind.not_in_silver == (f"N4@{micros}",)
