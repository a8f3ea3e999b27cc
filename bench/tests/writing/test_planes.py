"""Changes of planes."""

import re
from datetime import UTC, datetime

import orjson
import pytest
from tidelake.bench.writing.planes import PlaneChanges, change_identity, plane_identity

AT = datetime(2026, 11, 30, 12, 0, 0, 250_000, tzinfo=UTC)
TAILS = [f"N{nth}AA" for nth in range(1, 31)]


def test_a_state_is_told_from_all_others_by_its_microsecond() -> None:
    _, first = PlaneChanges(TAILS).transaction(10, AT)

    assert len(first) == len(set(first)) == 10
    assert first[0] == plane_identity("N00000ZZ", AT)
    assert first[1] == f"N1AA@{int(AT.timestamp() * 1_000_000) + 1}"


def test_planes_take_turns() -> None:
    changes = PlaneChanges(TAILS)
    written = [one.partition("@")[0] for _ in range(4) for one in changes.transaction(10, AT)[1]]

    assert sorted(written[1:10] + written[11:20] + written[21:30]) == sorted(TAILS[:27])
    assert written[31:40] == [*TAILS[27:], *TAILS[:6]]


def test_a_plane_that_was_entered_is_struck_off_later_and_each_transaction_has_as_many_changes() -> None:
    changes = PlaneChanges(TAILS)
    sql = [changes.transaction(10, AT)[0] for _ in range(30)]

    entered = [re.findall(r"values \('(N\d+ZZ)'", one)[0] for one in sql]
    gone = [re.findall(r"delete from .* tailnum = '(\w+)'", one) for one in sql]
    assert gone == [[]] * 20 + [[one] for one in entered[:10]]
    counts = [len(re.findall(r"\('N\d+(?:AA|ZZ)'", one)) + one.count("delete") for one in sql]
    assert counts == [10] * 30


@pytest.mark.parametrize("changes", [0, 1, 31])
def test_a_transaction_never_changes_a_plane_twice(changes: int) -> None:
    with pytest.raises(ValueError, match="2 to 30"):
        PlaneChanges(TAILS).transaction(changes, AT)


@pytest.mark.parametrize("written", ["2026-11-30T12:00:00.25Z", "2026-11-30T12:00:00.250000Z"])
def test_a_change_is_the_state_that_it_leaves(written: str) -> None:
    envelope = orjson.dumps({"op": "u", "before": None, "after": {"tailnum": "N1AA", "changed_at": written}})

    assert change_identity(envelope) == plane_identity("N1AA", AT)


def test_what_leaves_no_row_is_no_state() -> None:
    assert change_identity(None) is None
    assert change_identity(orjson.dumps({"op": "d", "after": None})) is None
