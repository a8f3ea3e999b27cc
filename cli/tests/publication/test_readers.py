"""Who reads a dataset is told by contract.yaml files."""

from pathlib import Path

import pytest
from tidelake.cli.publication.readers import InvalidReader, find_readers


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_services_and_applications_that_list_a_dataset_read_it(tmp_path: Path) -> None:
    write(tmp_path / "services/silver/contract/contract.yaml", "owner: lake\nreads: [flights, weather]\n")
    write(tmp_path / "apps/planner/contract.yaml", "name: trip-planner\nreads: [flights]\n")
    write(tmp_path / "services/door/contract/contract.yaml", "owner: lake\n")
    assert find_readers(tmp_path) == {"flights": ("silver", "trip-planner"), "weather": ("silver",)}


def test_nobody_reads_where_nobody_says_so(tmp_path: Path) -> None:
    assert find_readers(tmp_path) == {}


@pytest.mark.parametrize("text", ["", "- a", "reads: flights", "reads: [1]", "reads: [", "\t"])
def test_a_reader_that_can_not_be_understood_is_named(tmp_path: Path, text: str) -> None:
    write(tmp_path / "apps/planner/contract.yaml", text)
    with pytest.raises(InvalidReader, match=r"apps/planner/contract\.yaml"):
        find_readers(tmp_path)


def test_the_readers_of_this_lake_can_be_found() -> None:
    find_readers(Path(__file__).parents[3])
