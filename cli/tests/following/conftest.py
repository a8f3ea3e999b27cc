"""A contract that follows a table."""

from pathlib import Path

import pytest
from tidelake.contracts.contract import Contract, SourceTable
from tidelake.contracts.loading import parse_contract

_PLANES = Path(__file__).parents[3] / "datasets/planes.odcs.yaml"


@pytest.fixture
def contract() -> Contract:
    """The planes', by tailnum."""
    return parse_contract(_PLANES.read_text(), "planes.odcs.yaml")


@pytest.fixture
def table(contract: Contract) -> SourceTable:
    """What it follows."""
    assert contract.table is not None
    return contract.table
