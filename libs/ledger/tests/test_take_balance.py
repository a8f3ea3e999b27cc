"""A dataset whose files are not there is not counted. Tables are files here."""

from pathlib import Path
from typing import cast
from unittest import mock

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from tidelake.contracts.contract import Contract
from tidelake.ledger.take_balance import take_balance
from tidelake.streams.topics import Topics
from tidelake.tables.errors import FilesMissing
from tidelake.testkit.disk_lake import DiskLake


@pytest.mark.parametrize(
    ("damaged", "named"),
    [
        (["silver/a"], "2 data files of silver/a "),
        (["silver/a_outcomes"], "2 data files of silver/a_outcomes "),
        (["silver/a", "bronze/a"], "2 data files of bronze/a "),
    ],
)
def test_files_that_are_gone_are_named_before_anything_is_counted_and_those_of_bronze_first(
    tmp_path: Path, damaged: list[str], named: str
) -> None:
    paths = ("bronze/a", "silver/a", "silver/a_outcomes")
    for path in paths:
        for number in range(2):
            write_deltalake(str(tmp_path / path), pa.table({"n": [number]}), mode="append")
    for path in damaged:
        for file in (tmp_path / path).glob("*.parquet"):
            file.unlink()
    bronze, silver, outcomes = paths
    contract = mock.Mock(bronze_path=bronze, silver_path=silver, outcomes_path=outcomes)
    with pytest.raises(FilesMissing, match=named):
        take_balance(
            mock.Mock(contract=cast("Contract", contract)),
            versions=(),
            storage=DiskLake("gs://lake", folder=tmp_path),
            bootstrap="",
            topics=cast("Topics", None),
            door={},
            only_major=True,
            progress=lambda _: None,
        )
