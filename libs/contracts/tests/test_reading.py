"""What services say of contracts that they can't use."""

from structlog.testing import capture_logs
from tidelake.contracts.reading import read_contracts
from tidelake.contracts.registry import PublishedContracts
from tidelake.tables.memory_objects import MemoryObjects


def test_an_object_that_can_not_be_used_is_named_as_long_as_it_is_there_and_logged_once() -> None:
    objects = MemoryObjects()
    published = PublishedContracts(objects)
    assert read_contracts(published) == ""
    objects.create("contracts/broken/topic-v1.json", b"\xff")
    with capture_logs() as logs:
        told = [read_contracts(published), read_contracts(published)]
    assert told[0] == told[1]
    assert told[0].startswith("contracts/broken/topic-v1.json can't be used: ")
    assert [(entry["event"], entry["path"]) for entry in logs] == [
        ("contract_unusable", "contracts/broken/topic-v1.json")
    ]
