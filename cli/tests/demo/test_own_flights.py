"""Whatever else anybody sent into the lake is not the demo's."""

from collections.abc import Callable, Sequence
from pathlib import Path

import orjson
import pytest
from tidelake.cli.demo.answers import answers_from_bronze, answers_from_csv
from tidelake.cli.demo.differences import differences
from tidelake.cli.demo.flights import flights
from tidelake.cli.demo.own_flights import Foreign, flights_by_month, foreign_events, own_flights
from tidelake.contracts.event_id import id_writer
from tidelake.contracts.loading import parse_contract

Row = tuple[bytes | None, bytes]
MakeBronze = Callable[[Sequence[Row]], str]

_CONTRACT = parse_contract(
    (Path(__file__).parents[3] / "datasets/flights.odcs.yaml").read_text(), "flights.odcs.yaml"
)


def _rows(lines: Sequence[bytes]) -> list[Row]:
    """As the door keys them."""
    write_id = id_writer(_CONTRACT)
    assert write_id is not None
    return [(write_id(orjson.loads(line)).encode(), line) for line in lines]


@pytest.fixture(scope="module")
def february() -> Sequence[Row]:
    """The shortest month, as bronze has it."""
    return _rows(list(flights({2})))


OF_THE_README = (
    b'["2013-02-01T10:00:00Z","UA",9999]',
    b'{"year":2013,"month":2,"day":1,"carrier":"UA","flight":9999,"origin":"EWR","dest":"IAH"}',
)
MONTH_13 = (b'["2013-01-01T10:00:00Z","toolong",1]', b'{"month":13,"carrier":"toolong"}')
MADE_UP_BY_THE_DEMO = (b'["2013-01-01T10:00:00Z","??",100007]', b'{"month":1,"carrier":"??"}')
WITHOUT_ID = (None, b"no JSON")


def test_the_demo_knows_its_flights_by_the_ids_that_the_contract_gives_them(february: Sequence[Row]) -> None:
    with own_flights({2}) as connection:
        found = {key for (key,) in connection.sql("select id from own").fetchall()}
    assert found == {key for key, _ in february}
    assert len(found) == len(february) == 24_951


def test_foreign_events_change_no_answer_and_are_counted_and_named(
    bronze: MakeBronze, february: Sequence[Row]
) -> None:
    uri = bronze(
        [OF_THE_README, *february, *february[:100], OF_THE_README, MONTH_13, MADE_UP_BY_THE_DEMO, WITHOUT_ID]
    )
    assert differences(answers_from_bronze(uri, {}, [2]), answers_from_csv([2])) == []
    assert foreign_events(uri, {}) == Foreign(
        3, ('["2013-01-01T10:00:00Z","toolong",1]', '["2013-02-01T10:00:00Z","UA",9999]')
    )


def test_flights_of_another_run_are_not_foreign(bronze: MakeBronze, february: Sequence[Row]) -> None:
    assert foreign_events(bronze(february[:10]), {}) == Foreign(0, ())


def test_only_own_flights_say_which_months_the_lake_has(bronze: MakeBronze, february: Sequence[Row]) -> None:
    uri = bronze([*february[:10], *february[:3], OF_THE_README, MONTH_13, WITHOUT_ID])
    assert flights_by_month(uri, {}) == {2: 10}


def test_a_real_difference_names_the_row_and_both_values(bronze: MakeBronze, february: Sequence[Row]) -> None:
    lost, *rest = february
    origin, carrier = (orjson.loads(lost[1])[name] for name in ("origin", "carrier"))
    found = differences(answers_from_bronze(bronze(rest), {}, [2]), answers_from_csv([2]))
    by_place = {(one.row, one.column): one for one in found}
    flights_of_origin = by_place[origin, "flights"]
    assert flights_of_origin.lake == flights_of_origin.csv - 1
    assert str(flights_of_origin) == (
        f"Flights by origin, and how many never left: flights of {origin} is "
        f"{flights_of_origin.lake:,} in the lake and {flights_of_origin.csv:,} in the CSV file"
    )
    assert (carrier, "flights") in by_place


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_records_under_one_id_the_first_is_the_flight(
    bronze: MakeBronze, february: Sequence[Row], first: int
) -> None:
    key, line = february[0]
    other = (key, orjson.dumps({**orjson.loads(line), "origin": "XXX"}))
    both = [february[0], other]
    uri = bronze([both[first], both[1 - first], *february[1:]])
    found = {one.row for one in differences(answers_from_bronze(uri, {}, [2]), answers_from_csv([2]))}
    assert ("XXX" in found) == (first == 1)
