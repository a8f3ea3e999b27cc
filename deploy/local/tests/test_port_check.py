"""Looking at the ports before anything starts."""

import os
import socket
import subprocess
import sys

import pytest
from tidelake.local.freeports import free_ports, holder, is_free
from tidelake.local.port_check import PortsTaken, check_ports
from tidelake.local.program import Port


def test_every_taken_port_is_named_with_its_holder_and_what_to_do() -> None:
    [free] = free_ports(1)
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        taken = [int(server.getsockname()[1]) for server in (one, two)]
        with pytest.raises(PortsTaken) as caught:
            check_ports([Port(taken[0], "Kafka"), Port(free, "nothing"), Port(taken[1], "the GCS emulator")])
    text = str(caught.value)
    assert f"port {taken[0]} (Kafka) is held by process {os.getpid()}" in text
    assert f"port {taken[1]} (the GCS emulator)" in text
    assert str(free) not in text
    assert "LAKE_PORTS" in text


def test_free_ports_pass() -> None:
    check_ports([Port(port, "x") for port in free_ports(3)])


def test_a_listener_on_all_addresses_holds_the_port_too() -> None:
    with socket.create_server(("0.0.0.0", 0)) as server:
        port = int(server.getsockname()[1])
        assert not is_free(port)
        assert str(os.getpid()) in (holder(port) or "")


def test_a_holder_is_named_in_one_short_line() -> None:
    code = """
import socket, time
with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    time.sleep(60)
"""
    listener = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert listener.stdout is not None
    try:
        who = holder(int(listener.stdout.readline())) or ""
    finally:
        listener.kill()
        listener.wait()
        listener.stdout.close()
    assert who.startswith(f"process {listener.pid} ({sys.executable}"[:60])
    assert "\n" not in who
    assert len(who) < 100
