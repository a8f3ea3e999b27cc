"""The example contracts, and doors that check by them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tidelake.contracts.admission import Door
from tidelake.contracts.contract import Contract
from tidelake.contracts.loading import parse_contract

EXAMPLES = Path(__file__).parents[1] / "examples"
DATASETS = Path(__file__).parents[3] / "datasets"


def _load(directory: Path, dataset: str) -> Contract:
    path = directory / f"{dataset}.odcs.yaml"
    return parse_contract(path.read_text(), path.name)


def _door(contract: Contract) -> Door:
    schema = (EXAMPLES / f"{contract.dataset}.schema.json").read_bytes()
    return Door(contract, schema, new_id=lambda: "made-up")


@pytest.fixture(scope="session")
def examples() -> Path:
    return EXAMPLES


@pytest.fixture(scope="session")
def flights_text() -> str:
    return (DATASETS / "flights.odcs.yaml").read_text()


@pytest.fixture(scope="session")
def flights() -> Contract:
    return _load(DATASETS, "flights")


@pytest.fixture(scope="session")
def golden() -> Contract:
    return _load(EXAMPLES, "golden")


@pytest.fixture(scope="session")
def flights_door(flights: Contract) -> Door:
    return _door(flights)


@pytest.fixture(scope="session")
def golden_door(golden: Contract) -> Door:
    return _door(golden)


@pytest.fixture(scope="session")
def golden_ids_door() -> Door:
    return _door(_load(EXAMPLES, "golden_ids"))
