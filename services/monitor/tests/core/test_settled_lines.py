"""A line must be somewhere once bronze has taken all that the log-router had sent when it committed."""

from monitor.core.settled_lines import SettledLines
from tidelake.tables.positions import Source

IN, OUT, GONE = Source("inbound", 0), Source("weather", 0), Source("made-anew", 0)


def test_what_was_committed_is_due_only_when_bronze_has_taken_what_was_sent_by_then() -> None:
    lines = SettledLines()
    lines.see({IN: 10}, {OUT: 7}, 0.0)
    assert lines.settled({OUT: 6}, {OUT: 7}, 0.0) == {}
    lines.see({IN: 20}, {OUT: 15}, 0.0)
    assert lines.settled({OUT: 7}, {OUT: 15}, 0.0) == {IN: 10}
    assert lines.settled({OUT: 14}, {OUT: 15}, 0.0) == {IN: 10}
    assert lines.settled({OUT: 15}, {OUT: 15}, 0.0) == {IN: 20}


def test_under_load_a_bronze_that_is_always_behind_settles_earlier_commits_all_the_same() -> None:
    lines = SettledLines()
    for look in range(1, 6):
        lines.see({IN: 10 * look}, {OUT: 10 * look}, 0.0)
        assert lines.settled({OUT: 10 * look - 5}, {OUT: 10 * look}, 0.0) == (
            {IN: 10 * look - 10} if look > 1 else {}
        )


def test_a_dataset_without_a_table_settles_nothing_until_its_topic_has_no_record() -> None:
    lines = SettledLines()
    lines.see({IN: 10}, {OUT: 7}, 0.0)
    assert lines.settled({}, {OUT: 7}, 0.0) == {}
    empty = SettledLines()
    empty.see({IN: 10}, {OUT: 0}, 0.0)
    assert empty.settled({}, {OUT: 0}, 0.0) == {IN: 10}


def test_a_topic_that_was_made_anew_holds_nothing_up() -> None:
    lines = SettledLines()
    lines.see({IN: 10}, {GONE: 7}, 0.0)
    assert lines.settled({}, {OUT: 0}, 0.0) == {IN: 10}


def test_a_dataset_that_the_log_router_knew_first_is_waited_for() -> None:
    new = Source("new", 0)
    lines = SettledLines()
    lines.see({IN: 10}, {OUT: 7}, 5.0)
    assert lines.settled({OUT: 7}, {OUT: 7}, 4.0) == {}, "nobody knows what was published since"
    assert lines.settled({OUT: 7}, {OUT: 7, new: 3}, 5.0) == {}
    assert lines.settled({OUT: 7, new: 2}, {OUT: 7, new: 9}, 6.0) == {}
    assert lines.settled({OUT: 7, new: 3}, {OUT: 7, new: 9}, 6.0) == {IN: 10}


def test_it_has_reached_its_beginning_when_what_was_committed_then_is_proved() -> None:
    lines = SettledLines()
    assert not lines.has_reached_its_beginning({IN: 99})
    lines.see({IN: 10}, {}, 0.0)
    lines.see({IN: 30}, {}, 0.0)
    assert not lines.has_reached_its_beginning({IN: 9})
    assert lines.has_reached_its_beginning({IN: 10})
