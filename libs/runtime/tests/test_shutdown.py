import os
import signal
import threading
import time
from datetime import timedelta

import pytest
from tidelake.runtime.shutdown import Deadline, StopSignal
from tidelake.testkit.clock import FakeClock


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_signal_asks_and_a_second_forces(number: signal.Signals):
    with StopSignal() as stop:
        assert (stop.requested, stop.forced) == (False, False)
        os.kill(os.getpid(), number)
        assert stop.wait(timedelta(seconds=5))
        assert (stop.requested, stop.forced) == (True, False)
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)
        assert stop.forced


def test_the_signals_are_given_back():
    before = signal.getsignal(signal.SIGTERM)
    with StopSignal():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_wait_ends_at_its_timeout_and_says_that_nobody_asked():
    started = time.monotonic()
    assert not StopSignal().wait(timedelta(milliseconds=20))
    assert time.monotonic() - started < 5


def test_every_waiter_is_told():
    stop = StopSignal()
    told: list[bool] = []
    waiters = [threading.Thread(target=lambda: told.append(stop.wait())) for _ in range(3)]
    for waiter in waiters:
        waiter.start()
    stop.request()
    for waiter in waiters:
        waiter.join(5)
    assert told == [True, True, True]
    assert stop.wait()


def test_a_request_may_come_any_number_of_times():
    stop = StopSignal()
    for _ in range(100_000):
        stop.request()
    assert stop.forced


def test_steps_share_one_deadline():
    clock = FakeClock()
    deadline = Deadline(timedelta(seconds=30), clock)
    clock.advance(timedelta(seconds=20))
    assert (deadline.remaining(), deadline.expired) == (timedelta(seconds=10), False)
    clock.advance(timedelta(seconds=20))
    assert (deadline.remaining(), deadline.expired) == (timedelta(0), True)
