"""Figures of what is written beside the events."""

import pytest
from tidelake.bench.errors import BenchFailed
from tidelake.bench.road.aside import aside_figures
from tidelake.bench.road.figures import Measure
from tidelake.bench.writing.landed import Landed
from tidelake.bench.writing.write import Write


def _landed(due: float, in_silver: float | None) -> Landed:
    return Landed(Write(str(due), due, due + 0.25), due + 1, due + 2, due + 2.5, in_silver)


def test_each_leg_counts_from_when_a_write_was_due() -> None:
    found = aside_figures("log lines", [_landed(10, 16), _landed(20, 30)], counted_s=4)

    assert found[Measure("log lines: ack p99", "ms")] == 250
    assert found[Measure("log lines: due to readable in bronze p50", "s")] == 2.5
    assert found[Measure("log lines: bronze to readable in silver p50", "s")] == 3.5
    assert found[Measure("log lines: due to readable in silver p95", "s")] == 10
    assert found[Measure("log lines: rate acknowledged", "a second")] == 0.5


def test_the_hops_together_are_the_whole_way_to_bronze() -> None:
    found = aside_figures("changes", [_landed(10, None)], counted_s=1)

    hops = [found[one] for one in found if "hop" in one.name and one.name.endswith("p50")]
    assert sum(hops) == 2500
    assert not [one for one in found if "silver" in one.name]


def test_without_a_write_there_is_no_figure() -> None:
    with pytest.raises(BenchFailed, match="No changes were acknowledged"):
        aside_figures("changes", [], counted_s=1)
