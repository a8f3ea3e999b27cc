"""What the guard takes and refuses, and what it makes of it, without Trino."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from query_gateway.core.guard import check
from query_gateway.core.lexing import plain_spelling
from query_gateway.core.refusals import QuestionRefused, Reason


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("delete from silver.trips", Reason.NOT_A_QUERY),
        ("explain select 1", Reason.NOT_A_QUERY),
        ("select 1; select 2", Reason.MALFORMED),
        ("select * into silver.mine from silver.trips", Reason.NOT_A_QUERY),
        ("with x as (delete from silver.trips) select 1", Reason.NOT_A_QUERY),
        ("select * from TABLE(a.b.c())", Reason.NOT_A_QUERY),
        ("(table silver.trips)", Reason.NOT_A_QUERY),
        ('select "$path" from silver.trips', Reason.NOT_A_QUERY),
        ("select * from silver.trips /* */ for version as of 0", Reason.NOT_A_QUERY),
        ("with function f() returns bigint return 1 select f()", Reason.NOT_A_QUERY),
        ("select * from tpch.tiny.nation", Reason.NOT_A_QUERY),
        ("select * from trips", Reason.MALFORMED),
        ("select 'x", Reason.MALFORMED),
        ("sel\u200bect 1", Reason.MALFORMED),
    ],
)
def test_what_is_no_query_over_tables_is_refused(sql: str, reason: Reason) -> None:
    with pytest.raises(QuestionRefused) as refused:
        check(sql)
    assert refused.value.reason == reason


def test_each_place_of_a_table_is_pinned_whatever_its_spelling() -> None:
    sql = (
        'select t.id from silver.trips t join lake."Silver".TRIPS u on t.id = (select max(id) from silver.b)'
    )
    checked = check(sql)
    assert checked.tables == ("silver.trips", "silver.b")
    pinned = checked.pinned({"silver.trips": 4, "silver.b": 5})
    assert pinned.count('"lake"."silver"."trips" FOR VERSION AS OF 4') == 2
    assert pinned.count('"lake"."silver"."b" FOR VERSION AS OF 5') == 1


def test_a_cte_shadows_its_bare_name_alone() -> None:
    checked = check("with trips as (select * from silver.trips) select * from trips, silver.trips as other")
    pinned = checked.pinned({"silver.trips": 1})
    assert pinned.count("FOR VERSION AS OF 1") == 2
    assert "select * from trips ," in pinned


def test_text_that_looks_like_a_table_stays_text() -> None:
    checked = check("select 'silver.trips for version as of 1 -- ; table' from silver.trips")
    assert "'silver.trips for version as of 1 -- ; table'" in checked.pinned({"silver.trips": 2})


@given(st.text())
def test_a_text_of_any_letters_stays_what_it_is(text: str) -> None:
    quoted = "'" + text.replace("'", "''") + "'"
    assert plain_spelling(f"select {quoted}") == f"select {quoted}"


@given(st.text(max_size=60))
def test_any_input_is_checked_or_refused_and_never_breaks_the_guard(sql: str) -> None:
    try:
        checked = check(sql)
    except QuestionRefused:
        return
    assert plain_spelling(checked.sql) == checked.sql
