"""Silver's rows beside the database's."""

import pyarrow as pa
from tidelake.cli.demo.catch_up import Reach, together
from tidelake.cli.demo.source_tables import SourceTableSpec
from tidelake.cli.demo.table_equality import same_rows

TABLE = SourceTableSpec("planes", "tailnum text primary key, year integer, seats integer not null")


def _silver(*rows: tuple[str, int | None, int, bool]) -> pa.Table:
    names = ["tailnum", "year", "seats", "lake_is_deleted"]
    return pa.table({name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)})


def test_rows_are_the_same_whatever_their_order_nulls_too() -> None:
    silver = _silver(("N2", None, 2, False), ("N1", 1999, 55, False))
    assert same_rows(TABLE, silver, "N1,1999,55\nN2,\\N,2") == Reach(2, 2)


def test_deleted_rows_do_not_count_and_a_value_that_differs_is_two_rows() -> None:
    silver = _silver(("N1", 1999, 55, False), ("N2", 2000, 2, True), ("N3", 2001, 3, False))
    assert same_rows(TABLE, silver, "N1,1999,56\nN3,2001,3") == Reach(1, 3)
    assert same_rows(TABLE, silver, "N1,1999,55\nN2,2000,2\nN3,2001,3") == Reach(2, 3)


def test_what_one_dataset_has_too_much_makes_up_for_nothing_that_another_lacks() -> None:
    assert together([Reach(7, 5), Reach(1, 3)]) == Reach(6, 8)
