"""Whose rows silver holds, and how the gateway is asked of the demo's own."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from tidelake.cli.demo.gateway import Reply
from tidelake.cli.demo.own_flights import own_flights
from tidelake.cli.demo.questions import CANCELLED, PUNCTUALITY
from tidelake.cli.demo.silver_answers import answers_from_silver, silver_ids

OTHERS = '["2013-02-01T10:00:00Z","UA",9999]'


def _append(uri: Path, rows: Mapping[str, int]) -> None:
    """Event ids and their months."""
    columns = {"lake_event_id": list(rows), "month": pa.array(rows.values(), pa.int32())}
    write_deltalake(str(uri), pa.table(columns), mode="append")


def test_ids_are_told_by_whose_they_are_in_the_version_that_is_open(tmp_path: Path) -> None:
    with own_flights({2}) as connection:
        first, second = (id_.decode() for (id_,) in connection.sql("select id from own limit 2").fetchall())
    _append(tmp_path, {first: 2})
    _append(tmp_path, {second: 2, OTHERS: 2, "of another month": 3})
    table = DeltaTable(str(tmp_path))
    now = silver_ids(table, {2})
    assert (now.own, now.foreign) == (tuple(sorted([first, second])), (OTHERS,))
    table.load_as_version(0)
    then = silver_ids(table, {2})
    assert (then.own, then.foreign) == ((first,), ())


def test_all_questions_are_asked_of_the_version_that_the_first_one_read() -> None:
    asked: list[tuple[Sequence[str], Mapping[str, int]]] = []

    def ask(sql: str, parameters: Sequence[str], versions: Mapping[str, int]) -> Reply:
        assert sql.startswith("with flights as (select * from silver.flights where month in (1, 2) and not")
        asked.append((parameters, versions))
        return Reply(("origin",), (("EWR",),), {"silver.flights": 7})

    found = answers_from_silver(ask, [CANCELLED, PUNCTUALITY], "silver.flights", [2, 1], ['"odd', "id"], {})
    assert asked == [(['["\\"odd","id"]'], {}), (['["\\"odd","id"]'], {"silver.flights": 7})]
    assert (found.version, [answer.rows for answer in found.answers]) == (7, [(("EWR",),)] * 2)
