"""A stack of its own for commands under test: nothing of this checkout's is looked at or touched."""

from collections.abc import Generator
from pathlib import Path

import pytest
from tidelake.cli.here import default_stack
from tidelake.local.ports import free_offset
from tidelake.local.process import stop_all
from tidelake.local.stack import Stack


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Stack]:
    """The stack that commands speak of within this test, without the query layer; what runs in it afterwards
    is ended."""
    monkeypatch.setenv("LAKE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LAKE_PORTS", str(free_offset()))
    monkeypatch.setenv("LAKE_PARTS", "road")
    stack = default_stack()
    yield stack
    stop_all(stack.home, force=lambda: True)
