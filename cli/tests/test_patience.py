"""Signals as a flag."""

import os
import signal

import pytest
from tidelake.cli.patience import interruptible


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_signal_asks_to_stop_and_two_to_stop_at_once(number: signal.Signals) -> None:
    # Under nohup this process inherits that it ignores SIGHUP.
    inherited = signal.signal(number, signal.default_int_handler)
    try:
        with interruptible() as stop:
            assert not stop.requested
            os.kill(os.getpid(), number)
            assert stop.requested
            assert not stop.forced
            os.kill(os.getpid(), number)
            assert stop.forced
        assert signal.getsignal(number) is signal.default_int_handler
    finally:
        signal.signal(number, inherited)


def test_a_command_that_was_started_to_outlive_its_terminal_does() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible() as stop:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not stop.requested
    finally:
        signal.signal(signal.SIGHUP, before)
