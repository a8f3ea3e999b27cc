"""What the demo changes in its database: in DuckDB here, in PostgreSQL by the demo itself."""

import duckdb
from tidelake.cli.demo.csv_tables import make_csv_tables
from tidelake.cli.demo.source_changes import CHANGES
from tidelake.cli.demo.source_tables import TABLES


def test_every_kind_of_change_leaves_its_mark_and_what_is_rolled_back_none() -> None:
    with duckdb.connect() as before, duckdb.connect() as after:
        make_csv_tables(before, changed=False)
        make_csv_tables(after, changed=True)
        for each, asked in (
            ("N328AA", "select count(*) from planes where tailnum = 'N328AA'"),
            ("old planes", "select count(*) > 0 from planes where year < 1970"),
            ("an airline", "select 1 - count(*) from airlines where carrier = 'ZZ'"),
            ("its name", "select count(*) from airlines where name = 'Envoy Air'"),
        ):
            assert before.sql(asked).fetchall() == [(1,)], each
            assert after.sql(asked).fetchall() == [(0,)], each
        assert "note" in after.table("airports").columns
        assert after.sql("select count(*) > 3000 from planes").fetchall() == [(True,)]
    assert [change.committed for change in CHANGES].count(False) == 1


def test_each_is_of_tables_that_the_demo_has() -> None:
    names = {table.name for table in TABLES}
    assert all(change.told.split(":")[0] in names for change in CHANGES)
