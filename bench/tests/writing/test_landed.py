"""Where what was written stands, by the rows of bronze and the commits of both layers."""

from pathlib import Path

import msgspec
import orjson
from tidelake.bench.commits import CommitLog
from tidelake.bench.road.silver import SilverLog
from tidelake.bench.writing.landed import BronzeRow, identify, land
from tidelake.bench.writing.write import Write
from tidelake.contracts.contract import Contract
from tidelake.contracts.loading import parse_contract
from tidelake.tables.memory_objects import MemoryObjects
from tidelake.tables.positions import Source

SOURCE = Source("t", 0)


def _contract(name: str) -> Contract:
    return parse_contract((Path(__file__).parents[3] / f"datasets/{name}.odcs.yaml").read_text(), name)


def test_what_is_not_in_bronze_is_lost_and_what_silver_has_not_explained_is_named_so() -> None:
    flights, objects = _contract("flights"), MemoryObjects()
    token = msgspec.json.encode({"txn": {"appId": SOURCE.app_id, "version": 5}})
    objects.create(f"{flights.bronze_path}/_delta_log/{0:020d}.json", token)
    bronze, silver = CommitLog(objects, flights.bronze_path), SilverLog(objects, flights)
    bronze.refresh()
    silver.refresh()
    rows = {"a": BronzeRow(SOURCE, 4, 2.0, 3.0), "beyond": BronzeRow(SOURCE, 5, 2.0, 3.0)}

    landed, lost = land([Write(one, 1.0, 1.5) for one in ("a", "beyond", "never")], rows, bronze, silver)

    assert lost == ["beyond", "never"]
    assert [(one.write.identity, one.in_kafka, one.written, one.in_silver) for one in landed] == [
        ("a", 2.0, 3.0, None)
    ]
    assert landed[0].in_bronze == bronze.versions[0]


def test_each_source_names_its_rows() -> None:
    change = orjson.dumps({"after": {"tailnum": "N1AA", "changed_at": "1970-01-01T00:00:00.000007Z"}})

    assert identify(_contract("flights"))(b'["x"]', b"{}") == '["x"]'
    assert identify(_contract("weather"))(None, b"2013-01-01T06:00:00Z EWR temp=1") == (
        '["EWR","2013-01-01T06:00:00Z"]'
    )
    assert identify(_contract("planes"))(b"key", change) == "N1AA@7"
    assert identify(_contract("planes"))(b"key", None) is None
