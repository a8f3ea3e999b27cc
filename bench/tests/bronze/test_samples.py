"""Payloads of an exact size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidelake.bench.bronze.samples import samples

EVENTS = [b'{"flight":%d}' % nth for nth in range(100)]


@given(st.integers(1, 3000))
def test_every_payload_has_the_size_to_the_byte(size: int) -> None:
    assert {len(one) for one in samples(EVENTS, size, count=30)} == {size}


def test_payloads_start_at_different_events() -> None:
    assert len(set(samples(EVENTS, 300, count=100))) == 100


def test_without_events_there_are_no_payloads() -> None:
    with pytest.raises(ValueError, match="no events"):
        samples([], 300)
