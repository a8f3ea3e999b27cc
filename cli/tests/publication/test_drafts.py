"""Contracts come out of files with every problem in words."""

from pathlib import Path

import pytest
from tidelake.cli.publication.drafts import UnreadableFile, read_draft
from tidelake.contracts.problems import InvalidContract

from .conftest import FLIGHTS


def test_a_draft_keeps_the_bytes_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "flights.odcs.yaml"
    path.write_text(FLIGHTS)
    draft = read_draft(path)
    assert draft.text == FLIGHTS.encode()
    assert draft.contract.dataset == "flights"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"none\.yaml"):
        read_draft(tmp_path / "none.yaml")


def test_a_file_that_is_no_text_is_named_with_the_place(tmp_path: Path) -> None:
    path = tmp_path / "flights.odcs.yaml"
    path.write_bytes(b"name: \xff")
    with pytest.raises(UnreadableFile, match="byte 6"):
        read_draft(path)


def test_a_wrong_contract_is_refused_with_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "flights.odcs.yaml"
    path.write_text(FLIGHTS.replace("version: 1.0.0", "version: one"))
    with pytest.raises(InvalidContract, match=r"flights\.odcs\.yaml:5:"):
        read_draft(path)
