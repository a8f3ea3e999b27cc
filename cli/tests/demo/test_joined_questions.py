"""The questions that join, put to the CSV files: the demo's own side of the comparison."""

import duckdb
from tidelake.cli.demo.answers import answers_from_csv
from tidelake.cli.demo.csv_tables import make_csv_tables
from tidelake.cli.demo.questions import JOINED, MAKER, WIND


def test_every_flight_of_a_month_with_a_known_wind_counts_once() -> None:
    [answer] = answers_from_csv({1}, [WIND])
    with duckdb.connect() as connection:
        make_csv_tables(connection, changed=False)
        [(hours, doubled)] = connection.sql(
            "select count(*), count(*) - count(distinct (origin, time_hour)) from weather"
        ).fetchall()
    assert (hours, doubled) == (26_115, 0)
    assert sum(row[1] for row in answer.rows) == 26_952
    assert [row[0] for row in answer.rows] == sorted(row[0] for row in answer.rows)


def test_the_makers_of_planes_are_others_once_the_tables_are_changed() -> None:
    [before] = answers_from_csv({1}, [MAKER], changed=False)
    [after] = answers_from_csv({1}, [MAKER])
    flights = [{row[0]: row[2] for row in answer.rows} for answer in (before, after)]
    assert "AIRBUS INDUSTRIE" in flights[0]
    assert "AIRBUS INDUSTRIE" not in flights[1]
    assert flights[1]["AIRBUS"] == flights[0]["AIRBUS"] + flights[0]["AIRBUS INDUSTRIE"]


def test_all_have_an_answer_for_a_short_month_and_the_one_with_the_clock_change() -> None:
    for month in (2, 11):
        assert all(answer.rows for answer in answers_from_csv({month}, JOINED))
