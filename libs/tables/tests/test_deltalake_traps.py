"""Facts of deltalake that this package is built around. If one changes with a new version, look at the module
that its test names before anything else."""

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError
from tidelake.tables.storage import LakeStorage
from tidelake.testkit.gcs.faults_client import FaultRule
from tidelake.testkit.gcs_fixture import Emulator

pytestmark = pytest.mark.conformance
SCHEMA = pa.schema([pa.field("offset", pa.int64())])


@pytest.fixture
def uri(storage: LakeStorage) -> str:
    uri = storage.uri("bronze/traps")
    DeltaTable.create(uri, SCHEMA, storage_options=storage.delta_options())
    return uri


def open_(uri: str, storage: LakeStorage) -> DeltaTable:
    return DeltaTable(uri, storage_options=storage.delta_options())


def commit(handle: DeltaTable | str, source: str, token: int, retries: int = 15, **options: object) -> None:
    write_deltalake(
        handle,
        pa.table({"offset": pa.array([0], pa.int64())}),
        mode="append",
        commit_properties=CommitProperties(
            app_transactions=[Transaction(source, token)],
            max_commit_retries=retries,
            custom_metadata={"by": source},
        ),
        **options,  # pyright: ignore[reportArgumentType, reportCallIssue]
    )


@pytest.mark.parametrize("retries", [0, 1, 15])
def test_a_stale_handle_cannot_commit_a_source_that_moved(
    retries: int, uri: str, storage: LakeStorage
) -> None:
    mine, others = open_(uri, storage), open_(uri, storage)
    commit(others, "P", 10)
    with pytest.raises(CommitFailedError):
        commit(mine, "P", 10, retries)


def test_a_handle_that_moved_on_accepts_a_lower_token(uri: str, storage: LakeStorage) -> None:
    """tokens.py: what no one compares is doubled."""
    mine, others = open_(uri, storage), open_(uri, storage)
    commit(others, "P", 10)
    commit(mine, "Q", 5)
    commit(mine, "P", 3)
    assert (mine.version(), mine.transaction_version("P")) == (3, 3)


def test_a_write_to_a_path_accepts_a_lower_token(uri: str, storage: LakeStorage) -> None:
    """delta_handle.py: writes go to a handle."""
    commit(uri, "P", 10, storage_options=storage.delta_options())
    commit(uri, "P", 3, storage_options=storage.delta_options())
    assert open_(uri, storage).transaction_version("P") == 3


def test_without_commit_retries_every_commit_of_another_source_is_a_conflict(
    uri: str, storage: LakeStorage
) -> None:
    """delta_handle.py: why commits may step over others'."""
    mine, others = open_(uri, storage), open_(uri, storage)
    commit(others, "P", 10)
    with pytest.raises(CommitFailedError):
        commit(mine, "Q", 5, retries=0)


def test_a_late_handle_gives_up_without_asking_the_store(
    uri: str, storage: LakeStorage, emulator: Emulator
) -> None:
    """probe.py: two handles one after the other prove nothing of the store."""
    first, second = open_(uri, storage), open_(uri, storage)
    with emulator.faults.during(FaultRule("ignore_preconditions")):
        commit(first, "P", 1, retries=0)
        with pytest.raises(CommitFailedError):
            commit(second, "Q", 1, retries=0)


def test_history_gives_commits_the_version_of_others(uri: str, storage: LakeStorage) -> None:
    """delta_log.py: why log entries are read by their version."""
    mine, others = open_(uri, storage), open_(uri, storage)
    commit(others, "P", 1)
    commit(others, "Q", 1)
    mine.load_as_version(1)
    assert [(each["version"], each["by"]) for each in mine.history(2) if "by" in each] == [(1, "Q"), (0, "P")]
