"""What the guard takes and refuses, and what it makes of it, without Trino."""

import re

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


@pytest.mark.parametrize("sql", ["show tables from silver", "describe silver.trips", "DESC silver.trips"])
def test_who_looks_for_tables_or_columns_is_told_the_query_that_finds_them(sql: str) -> None:
    with pytest.raises(QuestionRefused) as refused:
        check(sql)
    assert refused.value.reason is Reason.NOT_A_QUERY
    told = re.findall(r"'(select [^']+)'", refused.value.next_step)
    assert [check(query).tables for query in told] == [("ops.datasets",), ("silver.flights",)]


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


@pytest.mark.parametrize(
    ("opening", "closing"),
    [("array[", "]"), ("row(", ")"), ("array[(", ")]"), ("coalesce(row(", "))"), ("map(array[", "])")],
)
@pytest.mark.parametrize("times", [1, 200])
def test_what_the_parser_tries_again_and_again_is_given_up(opening: str, closing: str, times: int) -> None:
    deep, usual = (opening * levels + "1" + closing * levels for levels in (30, 2))
    with pytest.raises(QuestionRefused, match="nested too deeply"):
        check(f"select {', '.join([deep] * times)}")
    assert check(f"select {', '.join([usual] * times)}").references == ()


def test_a_text_of_nothing_but_gaps_is_read_at_once() -> None:
    blank = " ;" * 40_000
    assert check(f"select 1{blank}").sql == "select 1"
    with pytest.raises(QuestionRefused, match="more than one statement"):
        check(f"select 1{blank}1")
    assert check(f"select{' ' * 90_000}1").sql == "select 1"


@pytest.mark.parametrize(
    "sql",
    [
        # sqlglot reads a command behind BEGIN, a second number behind LIMIT, PostgreSQL's * behind a table.
        "select begin fetch, x.* from (values 1) t(begin), lake.silver.b for version as of 0 x",
        "select x.begin fetch from silver.trips x",
        "select b.* from (values 1) limit(x), lake.silver.b",
        'select * from silver.trips limit, lake.silver."trips$history"',
        "select limit.id from silver.trips limit, lake.information_schema.columns",
        "select 1 begin fetch first ? row only",
        # Arguments that a function can't have are left out of sqlglot's tree.
        "select sha256(to_utf8('x'), (select max(amount) from lake.silver.b)) from silver.trips",
        "select from_utf8(x, 'y', ?) from silver.trips",
        # Units may be columns.
        'select date_trunc("$path", started) from silver.trips',
        'select "$path" from silver.trips',
        # Names with something else in them.
        "select 1 from lake . . trips",
        "select 1 from 'silver'.'trips'",
        "select 1 from lake. 'lax $.a'",
        # What sqlglot falls over.
        "select var_map(1)",
        "select * from t match_recognize (order by id measures a.id as x pattern ( ) define a as true)",
    ],
)
def test_what_two_readers_may_read_differently_is_refused(sql: str) -> None:
    with pytest.raises(QuestionRefused):
        check(sql)


def test_nothing_behind_a_table_changes_its_version() -> None:
    pinned = check("select * from silver.trips * (0)").pinned({"silver.trips": 7})
    assert pinned.endswith('from ("lake"."silver"."trips" FOR VERSION AS OF 7) * ( 0 )')


@pytest.mark.parametrize("sql", ["select 1 limit 5", "select id from silver.b offset ? rows limit all"])
def test_limits_stay_what_they_are(sql: str) -> None:
    assert check(f"{sql}").sql == sql.replace("silver.b", "silver . b")
