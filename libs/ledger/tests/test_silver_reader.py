"""What silver's tables say of bronze's rows, each kind of fault planted once."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from tidelake.ledger.silver_balance import SilverBalance
from tidelake.ledger.silver_reader import DECISION, PROMISE, SilverTables
from tidelake.tables.positions import Source

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
TIME = pa.timestamp("us", "UTC")
POSITION = [("topic_id", pa.string()), ("partition", pa.int32()), ("offset", pa.int64())]
SILVER = pa.schema(
    [
        *((f"lake_{name}", kind) for name, kind in POSITION),
        ("lake_event_id", pa.string()),
        ("lake_written_at", TIME),
        ("lake_contract_version", pa.string()),
    ]
)
REASONS = pa.list_(pa.struct([("field", pa.string()), ("rule", pa.string())]))
OUTCOMES = pa.schema([*POSITION, ("outcome", pa.string()), ("reasons", REASONS)])
WINDOWS = {"1.0.0": timedelta(days=7), "1.1.0": timedelta(days=30)}

Inserted = tuple[int, str, int, str]  # offset, event id, day of bronze's commit, contract version
Other = tuple[int, str, Sequence[tuple[str, str]]]  # offset, outcome, reasons


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def balance(
    folder: Path,
    bronze: Iterable[int],
    silver: Sequence[Inserted],
    outcomes: Sequence[Other],
    *,
    end: int = 100,
    promised: int = 0,
    kept: int = 0,
) -> SilverBalance:
    """`end`: Kafka's when the count began; `promised` by silver, `kept` by the outcomes: decisions."""
    rows: list[dict[str, Any]] = [
        {
            **at(offset, "lake_"),
            "lake_event_id": event_id,
            "lake_written_at": BEGAN + timedelta(days=day),
            "lake_contract_version": version,
        }
        for offset, event_id, day, version in silver
    ]
    others: list[dict[str, Any]] = [
        {
            **at(offset),
            "outcome": word,
            "reasons": [{"field": field, "rule": rule} for field, rule in reasons],
        }
        for offset, word, reasons in outcomes
    ]
    tables = SilverTables(
        made(folder / "silver", rows, SILVER, Transaction(PROMISE, promised)),
        made(folder / "outcomes", others, OUTCOMES, Transaction(DECISION, kept)),
    )
    with duckdb.connect() as connection:
        in_bronze = pa.Table.from_pylist([at(offset) for offset in bronze], pa.schema(POSITION))
        connection.register("bronze", in_bronze)
        return tables.balance(connection, WINDOWS, {Source("t", 0): end})


def at(offset: int, prefix: str = "") -> dict[str, Any]:
    return {f"{prefix}topic_id": "t", f"{prefix}partition": 0, f"{prefix}offset": offset}


def made(place: Path, rows: list[dict[str, Any]], schema: pa.Schema, token: Transaction) -> DeltaTable:
    properties = CommitProperties(app_transactions=[token])
    write_deltalake(str(place), pa.Table.from_pylist(rows, schema), commit_properties=properties)
    return DeltaTable(str(place))


def test_each_row_once_is_balanced_and_reasons_are_counted(folder: Path) -> None:
    found = balance(
        folder,
        range(4),
        [(0, "a", 0, "1.0.0"), (1, "b", 0, "1.0.0")],
        [(2, "duplicate", []), (3, "quarantined", [("", "json"), ("month", "range")])],
    )
    assert found.balanced
    assert (found.inserted, found.outcomes) == (2, {"duplicate": 1, "quarantined": 1})
    assert found.reasons == {"json": 1, "range (month)": 1}


def test_rows_before_and_behind_the_last_explained_one_are_missing_and_waiting(folder: Path) -> None:
    found = balance(folder, range(5), [(0, "a", 0, "1.0.0")], [(2, "ignored", [])])
    assert (found.missing, found.waiting, found.balanced) == (1, 2, False)


def test_what_came_in_since_the_count_began_needs_no_outcome_yet(folder: Path) -> None:
    found = balance(
        folder, range(9), [(0, "a", 0, "1.0.0"), (6, "b", 0, "1.0.0")], [(1, "ignored", [])], end=2
    )
    assert (found.missing, found.waiting, found.newer, found.balanced) == (0, 0, 6, True)


def test_a_fault_in_what_came_in_since_is_one_all_the_same(folder: Path) -> None:
    found = balance(folder, range(3), [(5, "a", 0, "1.0.0")], [(2, "ignored", []), (2, "ignored", [])], end=0)
    assert (found.doubled, found.unknown, found.balanced) == (1, 1, False)


@pytest.mark.parametrize(
    ("promised", "kept", "missing", "waiting"), [(3, 2, 0, 2), (3, 3, 1, 1), (3, 5, 1, 1)]
)
def test_a_row_between_silvers_two_commits_is_not_lost(
    folder: Path, promised: int, kept: int, missing: int, waiting: int
) -> None:
    inserted = [(0, "a", 0, "1.0.0"), (2, "c", 0, "1.0.0")]
    found = balance(folder, range(4), inserted, [], promised=promised, kept=kept)
    assert (found.missing, found.waiting, found.faults) == (missing, waiting, missing)


def test_two_outcomes_and_one_of_nothing_are_found(folder: Path) -> None:
    found = balance(
        folder,
        range(2),
        [(0, "a", 0, "1.0.0"), (7, "b", 0, "1.0.0")],
        [(0, "ignored", []), (1, "ignored", [])],
    )
    assert (found.doubled, found.unknown, found.balanced) == (1, 1, False)


@pytest.mark.parametrize(
    ("day", "version", "repeated"), [(7, "1.0.0", 1), (8, "1.0.0", 0), (8, "1.1.0", 1), (31, "1.1.0", 0)]
)
def test_an_event_repeats_within_the_window_that_it_was_judged_by(
    folder: Path, day: int, version: str, repeated: int
) -> None:
    found = balance(folder, range(2), [(0, "a", 0, "1.0.0"), (1, "a", day, version)], [])
    assert (found.repeated, found.balanced) == (repeated, not repeated)


KEYS = pa.schema(
    [
        *((f"lake_{name}", kind) for name, kind in POSITION),
        ("lake_event_id", pa.string()),
        ("lake_is_deleted", pa.bool_()),
    ]
)
CHANGES = pa.schema(
    [
        *POSITION,
        ("outcome", pa.string()),
        ("reasons", REASONS),
        ("event_id", pa.string()),
        ("written_at", TIME),
    ]
)


@pytest.mark.parametrize(
    ("keys", "astray"),
    [
        ([(2, "a", False), (3, "b", True)], 0),
        ([(2, "a", False), (3, "b", True), (9, "c", False)], 0),  # newer than the outcomes
        ([(2, "a", False)], 1),
        ([(2, "a", False), (3, "b", False)], 1),
        ([(0, "a", False), (3, "b", True)], 1),
        ([(2, "a", False), (2, "a", False), (3, "b", True)], 1),
        ([(2, "a", False), (3, "b", True), (4, "c", False)], 1),
    ],
)
def test_of_an_upsert_dataset_silver_is_to_have_what_the_newest_outcomes_say(
    folder: Path, keys: Sequence[tuple[int, str, bool]], astray: int
) -> None:
    words = ["inserted", "inserted", "updated", "deleted", "superseded"]
    outcomes: list[dict[str, Any]] = [
        {**at(offset), "outcome": word, "reasons": [], "event_id": key, "written_at": BEGAN}
        for offset, (word, key) in enumerate(zip(words, "abaca", strict=True))
    ]
    outcomes[3]["event_id"] = "b"
    found = balance_of_keys(folder, keys, outcomes)
    assert (found.explained, found.missing, found.waiting, found.doubled, found.unknown) == (5, 0, 0, 0, 0)
    assert found.inserted == 2
    assert dict(found.outcomes) == {"deleted": 1, "superseded": 1, "updated": 1}
    assert (found.astray, found.balanced) == (astray, not astray)


@pytest.mark.parametrize(("key", "astray"), [((1, "a", False), 0), ((0, "a", False), 1)])
def test_the_newest_outcome_of_a_key_is_that_of_its_largest_offset_though_a_clock_went_back(
    folder: Path, key: tuple[int, str, bool], astray: int
) -> None:
    earlier = BEGAN - timedelta(minutes=5)
    found = balance_of_keys(folder, [key], [change(0, "inserted", BEGAN), change(1, "updated", earlier)])
    assert (found.astray, found.balanced) == (astray, not astray)


@pytest.mark.parametrize(("topic_id", "astray"), [("anew", 0), ("t", 1)])
def test_of_a_keys_partitions_that_counts_which_was_written_last(
    folder: Path, topic_id: str, astray: int
) -> None:
    later, offset = BEGAN + timedelta(minutes=5), 0 if topic_id == "anew" else 4
    outcomes = [
        change(3, "inserted", later + timedelta(hours=1)),  # before the clock went back
        change(4, "updated", BEGAN),
        {**change(0, "updated", later), "topic_id": "anew"},
    ]
    row = {**silver_key(offset, "a", is_deleted=False), "lake_topic_id": topic_id}
    assert balance_of_keys(folder, [row], outcomes).astray == astray


def change(offset: int, word: str, written_at: datetime) -> dict[str, Any]:
    return {**at(offset), "outcome": word, "reasons": [], "event_id": "a", "written_at": written_at}


def silver_key(offset: int, key: str, *, is_deleted: bool) -> dict[str, Any]:
    return {**at(offset, "lake_"), "lake_event_id": key, "lake_is_deleted": is_deleted}


def balance_of_keys(
    folder: Path,
    keys: Sequence[tuple[int, str, bool] | dict[str, Any]],
    outcomes: list[dict[str, Any]],
) -> SilverBalance:
    """Every outcome has its row in bronze."""
    rows = [one if isinstance(one, dict) else silver_key(*one[:2], is_deleted=one[2]) for one in keys]
    write_deltalake(folder / "silver", pa.Table.from_pylist(rows, KEYS))
    write_deltalake(folder / "outcomes", pa.Table.from_pylist(outcomes, CHANGES))
    tables = SilverTables(
        DeltaTable(folder / "silver"), DeltaTable(folder / "outcomes"), silver_explains=False
    )
    with duckdb.connect() as connection:
        positions = [{name: one[name] for name, _ in POSITION} for one in outcomes]
        connection.register("bronze", pa.Table.from_pylist(positions, pa.schema(POSITION)))
        return tables.balance(connection, WINDOWS, {Source("t", 0): len(outcomes)})
