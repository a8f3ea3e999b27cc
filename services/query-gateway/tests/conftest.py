"""Contracts of two datasets: trips, with masked fields, read by analysts; fares, read by accounting."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tidelake.contracts import names
from tidelake.contracts.contract import Contract
from tidelake.contracts.loading import parse_contract
from tidelake.tables.objects import Objects

PUBLISHED = Path(__file__).with_name("published")
SCHEMA = b'{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}'

Change = Callable[[str], str]


def read_contract(dataset: str) -> Contract:
    return parse_contract((PUBLISHED / f"{dataset}.odcs.yaml").read_text(), dataset)


def put_contract(objects: Objects, dataset: str, version: str = "1.0.0", change: Change = str) -> None:
    """Puts a contract into the store; `change` may spoil it."""
    text = (PUBLISHED / f"{dataset}.odcs.yaml").read_text().replace("1.0.0", version)
    objects.create(names.json_schema_path(dataset, version), SCHEMA)
    objects.create(names.contract_path(dataset, version), change(text).encode())


@pytest.fixture(scope="session")
def publish() -> Callable[..., None]:
    return put_contract


@pytest.fixture
def trips() -> Contract:
    return read_contract("trips")


@pytest.fixture
def fares() -> Contract:
    return read_contract("fares")
