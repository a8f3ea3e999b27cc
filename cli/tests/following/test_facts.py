"""What is wrong with a table that is to be followed, and what to do about it."""

import re
from dataclasses import replace

import pytest
from tidelake.cli.following.columns import ColumnType, SourceColumn
from tidelake.cli.following.facts import SourceFacts, reasons_against
from tidelake.contracts.contract import Contract, SourceTable

TEXT, INT4 = ColumnType("text", "S"), ColumnType("int4", "N")
COLUMNS = (
    *(SourceColumn(name, "text", TEXT) for name in ("tailnum", "type", "manufacturer", "model", "engine")),
    *(SourceColumn(name, "integer", INT4) for name in ("year", "engines", "seats", "speed")),
    SourceColumn("changed_at", "timestamp with time zone", ColumnType("timestamptz", "D")),
    SourceColumn("area", "integer[]", ColumnType("_int4", "A", INT4), dimensions=2, generated=True),
)
"""What the contract of the planes names, and one that is nobody's matter."""
FIT = SourceFacts(
    user="lake_airports",
    wal_level="logical",
    replicates=True,
    kind="r",
    readable=True,
    key=("tailnum",),
    identity="d",
    columns=COLUMNS,
    owned=True,
    may_publish=True,
)


def year(**changes: object) -> SourceFacts:
    """The column is another."""
    columns = (replace(one, **changes) if one.name == "year" else one for one in COLUMNS)  # type: ignore[arg-type]
    return replace(FIT, columns=tuple(columns))


PUBLISHED = replace(FIT, owned=False, may_publish=False, published=("app.planes",))


def test_a_table_as_it_should_be_is_followed(contract: Contract, table: SourceTable) -> None:
    assert reasons_against(FIT, contract, table, "p", begun=False) == []


def test_one_that_its_owner_has_published_needs_no_right_to_publish(
    contract: Contract, table: SourceTable
) -> None:
    assert reasons_against(PUBLISHED, contract, table, "p", begun=False) == []


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (replace(FIT, wal_level="replica"), "wal_level is replica.*wal_level = logical.*restart"),
        (replace(FIT, replicates=False), 'may not replicate. Run: ALTER ROLE "lake_airports" REPLICATION;'),
        (replace(FIT, kind=None), "There is no table app.planes in the database airports"),
        (replace(FIT, kind="v"), "app.planes is a view"),
        (replace(FIT, kind="p"), "app.planes is a partitioned table"),
        (replace(FIT, readable=False), r'may not read it. Run: GRANT USAGE.*GRANT SELECT ON "app"."planes"'),
        (replace(FIT, key=()), "primary key is missing, and idFields are tailnum"),
        (replace(FIT, key=("tailnum", "year")), "primary key is tailnum, year, and idFields are tailnum"),
        (replace(FIT, identity="n"), 'is NOTHING.*refuses UPDATE.*"app"."planes" REPLICA IDENTITY DEFAULT;'),
        (replace(FIT, identity="i"), "is an index other than its primary key's.*REPLICA IDENTITY DEFAULT;"),
        (replace(FIT, identity="n", key_defers=True), "is NOTHING.*REPLICA IDENTITY FULL;"),
        (replace(FIT, key_defers=True), "its primary key, which is DEFERRABLE.*REPLICA IDENTITY FULL;"),
        (
            replace(FIT, identity="f", unchangeable=True),
            "FULL.*generated.*refuses.*IDENTITY DEFAULT;",
        ),
        (
            year(name="built"),
            'no column year, .*RENAME COLUMN "..." TO "year".*or take it out',
        ),
        (year(generated=True), "column year is generated.*or take it out of the contract"),
        (year(dimensions=2), "year is an array of more than one dimension.*Make it jsonb"),
        (
            year(written="date", type=ColumnType("date", "D")),
            "year is date, and the contract says int.*or let the contract say so",
        ),
        (replace(FIT, owned=False), 'owner run: CREATE PUBLICATION "p" FOR TABLE "app"."planes";'),
        (replace(FIT, may_publish=False), "may not publish"),
        (replace(PUBLISHED, published=("app.planes", "app.airlines")), "it is of app.planes, app.airlines"),
        (replace(PUBLISHED, published=()), 'of no table.*DROP PUBLICATION "p"; CREATE PUBLICATION'),
        (replace(PUBLISHED, publishes_all=False), "not of all changes of this table alone"),
    ],
)
def test_each_thing_that_is_not_is_named_with_its_remedy(
    contract: Contract, table: SourceTable, facts: SourceFacts, reason: str
) -> None:
    [found] = reasons_against(facts, contract, table, "p", begun=False)
    assert re.search(reason, str(found)), found


def test_what_changed_after_a_table_was_followed_wants_a_new_major_version(
    contract: Contract, table: SourceTable
) -> None:
    for facts in (year(name="built"), replace(FIT, key=("year",))):
        [found] = reasons_against(facts, contract, table, "p", begun=True)
        assert "or raise the version to 2.0.0" in found.remedy


@pytest.mark.parametrize("published", [None, (), ("app.airlines",)])
def test_a_publication_that_went_while_the_table_was_followed_is_not_made_again(
    contract: Contract, table: SourceTable, published: tuple[str, ...] | None
) -> None:
    facts = replace(FIT, slot_of="airports", published=published)
    [found] = reasons_against(facts, contract, table, "p", begun=True)
    assert "in no log" in found.seen
    assert found.remedy.startswith("Raise the version to 2.0.0")
    followed = replace(PUBLISHED, slot_of="airports")
    assert reasons_against(followed, contract, table, "p", begun=True) == []


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("slot_of", ["airports", "airports_staging", ""])
def test_a_slot_that_another_lake_reads_is_left_alone(
    contract: Contract, table: SourceTable, slot_of: str, begun: bool
) -> None:
    facts = replace(PUBLISHED, slot_of=slot_of)
    found = reasons_against(facts, contract, table, "p", begun=begun)
    if begun and slot_of == table.database:
        assert found == []
    else:
        [reason] = found
        assert f"slot p already (of the database {slot_of or '-'}), which this lake has not made" in str(
            reason
        )
        assert "pg_replication_slots WHERE slot_name = 'p'" in reason.remedy
        assert "SELECT pg_drop_replication_slot('p');" in reason.remedy


def test_a_foreign_slot_is_not_taken_for_ones_own_whose_publication_went(
    contract: Contract, table: SourceTable
) -> None:
    facts = replace(FIT, slot_of="airports")
    [found] = reasons_against(facts, contract, table, "p", begun=False)
    assert "which this lake has not made" in found.seen


def test_the_whole_row_tells_a_changed_one_whatever_its_key(contract: Contract, table: SourceTable) -> None:
    for key_defers in (False, True):
        facts = replace(FIT, identity="f", key_defers=key_defers)
        assert reasons_against(facts, contract, table, "p", begun=False) == []


def test_all_that_is_wrong_is_named_at_once(contract: Contract, table: SourceTable) -> None:
    facts = replace(FIT, wal_level="replica", replicates=False, readable=False, key=(), owned=False)
    assert len(reasons_against(facts, contract, table, "p", begun=False)) == 5


def test_the_order_of_the_keys_columns_does_not_matter(contract: Contract, table: SourceTable) -> None:
    both = replace(contract, id_fields=("tailnum", "year"))
    assert reasons_against(replace(FIT, key=("year", "tailnum")), both, table, "p", begun=False) == []
