"""A lake on twins and its clock."""

import pytest
from bronze_writer.on_twins import LakeOnTwins
from tidelake.testkit.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def lake(clock: FakeClock) -> LakeOnTwins:
    return LakeOnTwins(clock)
