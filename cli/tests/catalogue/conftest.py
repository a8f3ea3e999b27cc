"""Contracts to enter in a catalogue, and a store for the table of them."""

from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from tidelake.contracts.contract import Contract
from tidelake.contracts.loading import parse_contract
from tidelake.tables.storage import LakeStorage
from tidelake.testkit.gcs_fixture import running_emulator

_ROOT = Path(__file__).parents[3]

Edit = Callable[..., Contract]


@pytest.fixture
def contract() -> Edit:
    """The flights' contract, with texts replaced: contract(("1.0.0", "1.1.0"), ...)."""

    def edit(*changes: tuple[str, str]) -> Contract:
        text = (_ROOT / "datasets/flights.odcs.yaml").read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        return parse_contract(text, "flights.odcs.yaml")

    return edit


@pytest.fixture
def storage(tmp_path: Path) -> Generator[LakeStorage]:
    """An empty lake."""
    with running_emulator(tmp_path) as emulator:
        yield LakeStorage(emulator.lake_root, emulator.service_account_path)
