"""Percentiles are samples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidelake.bench.percentiles import percentile

SAMPLES = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1)


@pytest.mark.parametrize(("percent", "wanted"), [(50, 10), (95, 19), (99, 20), (100, 20), (5, 1), (0.1, 1)])
def test_the_nearest_rank_is_taken(percent: float, wanted: float) -> None:
    assert percentile(list(range(20, 0, -1)), percent) == wanted


@given(SAMPLES, st.floats(0.1, 100))
def test_a_percentile_is_one_of_the_samples_and_is_not_exceeded_by_as_many(
    samples: list[float], percent: float
) -> None:
    found = percentile(samples, percent)

    assert found in samples
    assert sum(one <= found for one in samples) >= percent / 100 * len(samples) - 1e-6


@given(SAMPLES)
def test_a_higher_percentile_is_never_lower(samples: list[float]) -> None:
    found = [percentile(samples, percent) for percent in (1, 50, 95, 99, 100)]

    assert found == sorted(found)


def test_without_samples_there_is_no_percentile() -> None:
    with pytest.raises(ValueError, match="no samples"):
        percentile([], 50)


@pytest.mark.parametrize("percent", [0, -1, 100.1])
def test_what_is_no_percentage_is_refused(percent: float) -> None:
    with pytest.raises(ValueError, match="percent"):
        percentile([1.0], percent)
