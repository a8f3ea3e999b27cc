"""What is known of keys and contracts is trusted for so long and no longer."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from shutil import rmtree

import pytest
from query_gateway.outbound.catalogue import Catalogue
from query_gateway.outbound.rules_file import RulesNotWritten
from tidelake.tables.memory_objects import MemoryObjects
from tidelake.testkit.clock import FakeClock

VALID = timedelta(hours=1)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    return folder / "access-rules.json"


@pytest.fixture
def catalogue(clock: FakeClock, rules: Path, publish: Callable[..., None]) -> Catalogue:
    objects = MemoryObjects()
    publish(objects, "trips")
    return Catalogue(objects, clock, VALID, rules)


def test_it_is_closed_until_both_are_read(catalogue: Catalogue) -> None:
    catalogue.refresh_keys()
    assert catalogue.why_closed() == "keys and contracts are not read yet"
    catalogue.refresh_contracts()
    assert catalogue.why_closed() is None
    assert "silver.trips" in catalogue.visible("analysts")


def test_keys_that_are_not_read_again_close_it(catalogue: Catalogue, clock: FakeClock) -> None:
    catalogue.refresh_keys()
    clock.advance(VALID)
    catalogue.refresh_contracts()
    assert catalogue.why_closed() is None
    clock.advance(timedelta(seconds=1))
    assert "API keys were last read 3601 s ago" in str(catalogue.why_closed())


def test_contracts_whose_rules_cannot_be_written_close_it(
    catalogue: Catalogue, clock: FakeClock, rules: Path
) -> None:
    catalogue.refresh_keys()
    catalogue.refresh_contracts()
    rmtree(rules.parent)
    clock.advance(VALID + timedelta(seconds=1))
    catalogue.refresh_keys()
    with pytest.raises(RulesNotWritten):
        catalogue.refresh_contracts()
    assert "contracts were last read 3601 s ago" in str(catalogue.why_closed())
