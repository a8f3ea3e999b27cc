"""Rows of the road."""

from tidelake.bench.road.figures import Measure
from tidelake.bench.road.measure import road_rows


def test_each_measure_becomes_a_row_over_all_runs() -> None:
    first, second = Measure("p50", "s"), Measure("CPU", "s")

    rows = road_rows([{first: 1.0, second: 5.0}, {first: 3.0, second: 5.0}, {first: 2.0, second: 8.0}])

    assert [(row.measure, row.ours, row.spread, row.runs) for row in rows] == [
        ("p50", 2.0, 2.0, 3),
        ("CPU", 5.0, 3.0, 3),
    ]
