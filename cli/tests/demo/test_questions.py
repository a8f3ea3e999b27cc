"""The questions, asked of a few flights."""

import duckdb
from tidelake.cli.demo.questions import QUESTIONS


def test_a_carrier_that_never_arrived_has_no_punctuality_and_stands_last() -> None:
    """NaN would be unequal to itself in the CSV file's answer."""
    with duckdb.connect() as connection:
        connection.sql(
            """
            create view flights as select * from (values
                ('OO', 'EWR', 'IAH', null, null), ('UA', 'EWR', 'IAH', 515, 20), ('DL', 'EWR', 'IAH', 515, 5)
            ) as given(carrier, origin, dest, dep_time, arr_delay)
            """
        )
        rows = connection.sql(QUESTIONS[1].sql).fetchall()
    assert [(row[0], row[-1]) for row in rows] == [("DL", 100.0), ("UA", 0.0), ("OO", None)]
