"""Servers of tests that run side by side never meet on a port."""

import subprocess
import sys

from tidelake.testkit.road.ports import quiet_port

_ANOTHER = """
import random
from tidelake.testkit.road.ports import quiet_port
random.choice = lambda ports, chosen=iter([{taken}, *range(10_240, 18_000)]): next(chosen)
print(quiet_port())
"""


def test_no_port_is_given_twice_by_one_process() -> None:
    ports = [quiet_port() for _ in range(100)]
    assert len(set(ports)) == len(ports)


def test_another_process_does_not_get_a_port_that_nobody_listens_on_yet() -> None:
    taken = quiet_port()
    code = _ANOTHER.format(taken=taken)
    given = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert int(given.stdout) != taken
