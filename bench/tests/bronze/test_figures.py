"""Side by side."""

from tidelake.bench.bronze.figures import PEER, SideBySide, bronze_rows
from tidelake.local.memory import Cost


def test_rates_are_per_second_of_processor_time_and_beside_the_bare_limit() -> None:
    run = SideBySide(1_000_000, 300, 1.5, ours=Cost(200_000_000, 10.0), bare=Cost(100_000_000, 5.0))

    records, payload, cpu, memory, start_up = bronze_rows("300 B", [run])

    assert (records.ours, records.peer, records.peer_value, records.ratio) == (100_000, PEER, 200_000, 0.5)
    assert (payload.unit, payload.ours, payload.peer_value) == ("MB", 30.0, 60.0)
    assert (cpu.ours, cpu.ratio) == (10.0, 2.0)
    assert (memory.ours, memory.peer_value) == (200.0, 100.0)
    assert (start_up.ours, start_up.peer) == (1.5, None)
