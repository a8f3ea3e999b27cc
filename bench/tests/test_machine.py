"""What a figure was measured on."""

from tidelake.bench.machine import load_average, this_machine


def test_the_machine_is_told_without_its_name() -> None:
    machine = this_machine()

    assert machine.cores >= 1
    assert machine.memory_bytes > 100_000_000
    assert str(machine).startswith(f"{machine.cores} cores, ")
    assert load_average() >= 0
