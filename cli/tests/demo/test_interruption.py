"""Ctrl-C during work that knows nothing of it."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from tidelake.cli.demo.interruption import Interrupted, Stopping, heard
from tidelake.cli.patience import interruptible
from tidelake.runtime.shutdown import StopSignal

# One call in C without a step of Python in it, as a table scan is: no handler runs in its thread meanwhile.
_SCAN = """
import ctypes, sys
from tidelake.cli.demo.interruption import Interrupted, heard, leave
from tidelake.cli.patience import interruptible

def scan():
    sys.stdout.write("scanning\\n")
    sys.stdout.flush()
    wait = ctypes.CDLL(None).sleep
    while wait(30):  # a signal that this thread gets does not end it
        pass

with interruptible() as stop:
    try:
        heard(stop, scan, lambda: sys.stdout.write("Interrupted\\n"), leave_it=True)
    except Interrupted:
        leave(130)
"""


def test_a_long_call_keeps_nobody_from_hearing_the_signal_nor_the_process_from_ending() -> None:
    process = subprocess.Popen([sys.executable, "-c", _SCAN], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "scanning\n"
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == "Interrupted\n"
        assert process.wait(10) == 130
        assert time.monotonic() - began < 5
    finally:
        process.kill()


def test_work_that_minds_the_signal_itself_is_waited_for() -> None:
    stop, steps = StopSignal(), list[str]()

    def work() -> None:
        stop.wait()
        threading.Event().wait(0.2)
        steps.append("ended in order")

    stop_soon = threading.Timer(0.1, stop.request)
    stop_soon.start()
    with pytest.raises(Interrupted):
        heard(stop, work, lambda: steps.append("said"), leave_it=False)
    assert steps == ["said", "ended in order"]


def test_a_signal_at_the_very_end_is_not_lost() -> None:
    with interruptible() as stop, pytest.raises(Interrupted):
        heard(stop, lambda: os.kill(os.getpid(), signal.SIGINT), lambda: None, leave_it=True)


def test_without_a_signal_the_work_returns_and_raises_as_if_called() -> None:
    stop = StopSignal()
    assert heard(stop, lambda: 7, lambda: None, leave_it=True) == 7
    with pytest.raises(ZeroDivisionError):
        heard(stop, lambda: 1 // 0, lambda: None, leave_it=True)


def test_what_is_being_stopped_is_not_given_up_and_a_second_signal_forces_it() -> None:
    stop = StopSignal()
    stop.request()
    assert not Stopping(stop).requested
    assert not Stopping(stop).forced
    stop.request()
    assert Stopping(stop).forced
