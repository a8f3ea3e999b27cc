"""Whose rows silver holds, and how the gateway is asked of the demo's own."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from tidelake.cli.demo.gateway import AsOf, Reply
from tidelake.cli.demo.own_flights import own_flights
from tidelake.cli.demo.questions import CANCELLED, PUNCTUALITY, WIND
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


NEWEST = {"silver.flights": 7, "silver.weather": 3}


def test_all_questions_are_asked_of_the_versions_that_were_read_first() -> None:
    asked: list[tuple[Sequence[str], AsOf]] = []

    def ask(sql: str, parameters: Sequence[str], as_of: AsOf) -> Reply:
        assert sql.startswith("with flights as (select * from silver.flights where month in (1, 2) and not")
        asked.append((parameters, as_of))
        read = (
            {"silver.flights": 7, "silver.weather": 3} if "silver.weather" in sql else {"silver.flights": 7}
        )
        return Reply(("origin",), (("EWR",),), read)

    tables = {"flights": "silver.flights", "weather": "silver.weather"}
    questions = [CANCELLED, WIND, PUNCTUALITY, WIND]
    found = answers_from_silver(ask, questions, tables, [2, 1], ['"odd', "id"], {})
    assert [parameters for parameters, _ in asked] == [['["\\"odd","id"]']] * 4
    flights, both = {"silver.flights": 7}, {"silver.flights": 7, "silver.weather": 3}
    assert [as_of for _, as_of in asked] == [{}, flights, flights, both]
    assert (found.versions, [answer.rows for answer in found.answers]) == (both, [(("EWR",),)] * 4)


def test_a_time_is_asked_as_it_is() -> None:
    then = datetime(2026, 1, 1, tzinfo=UTC)

    def ask(sql: str, parameters: Sequence[str], as_of: AsOf) -> Reply:
        assert as_of == then
        return Reply(("origin",), (), {"silver.flights": 2})

    found = answers_from_silver(ask, [CANCELLED], {"flights": "silver.flights"}, [1], [], then)
    assert found.versions == {"silver.flights": 2}
