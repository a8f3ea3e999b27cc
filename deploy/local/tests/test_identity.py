"""Telling processes apart that had the same pid."""

import os
import subprocess
import sys

from tidelake.local.identity import process_identity


def test_a_living_process_keeps_its_identity_and_another_has_another() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        assert process_identity(os.getpid()) == process_identity(os.getpid())
        assert process_identity(other.pid) not in (None, process_identity(os.getpid()))
        other.communicate(b"\n")
    assert process_identity(other.pid) is None


def test_a_process_that_only_waits_to_be_buried_is_gone() -> None:
    zombie = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    assert process_identity(zombie.pid) is None
    zombie.wait()
