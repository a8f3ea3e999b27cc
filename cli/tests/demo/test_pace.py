from datetime import timedelta

import pytest
from tidelake.cli.demo.interruption import Interrupted
from tidelake.cli.demo.pace import halved, paced


def test_it_waits_only_at_the_start_of_a_burst_and_never_negative():
    waits: list[timedelta] = []

    def wait(timeout: timedelta) -> bool:
        waits.append(timeout)
        return False

    assert list(paced(range(10), rate=1_000_000, wait=wait, burst=4)) == list(range(10))
    assert len(waits) == 3
    assert all(timeout >= timedelta(0) for timeout in waits)


def test_a_rate_makes_it_wait_until_the_burst_is_due():
    waits: list[timedelta] = []
    items = paced(range(101), rate=1.0, wait=lambda timeout: waits.append(timeout) or False, burst=100)
    assert len(list(items)) == 101
    assert timedelta(seconds=95) < waits[1] <= timedelta(seconds=100)


def test_it_ends_when_the_user_wants_to_stop():
    with pytest.raises(Interrupted):
        list(paced(range(10), rate=None, wait=lambda _: True, burst=5))


def test_between_two_halves_something_is_done_once():
    taken: list[int | str] = []
    taken.extend(halved(range(4), 2, lambda: taken.append("between")))
    assert taken == [0, 1, "between", 2, 3]
