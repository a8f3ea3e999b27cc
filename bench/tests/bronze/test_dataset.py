"""The dataset of the bench."""

from tidelake.bench.bronze.dataset import PARTITIONS, BenchDataset, bench_contract
from tidelake.contracts.registry import PublishedContracts
from tidelake.tables.memory_objects import MemoryObjects


def test_services_find_it_in_force_and_bound_to_the_filled_topic() -> None:
    contract, text = bench_contract("bench_300")
    objects = MemoryObjects()

    BenchDataset(contract, text, "topic-id").publish(objects)

    registry = PublishedContracts(objects)
    registry.refresh()
    published, binding = registry.newest("bench_300"), registry.binding("bench_300", 1)
    assert published is not None
    assert published.contract == contract
    assert published.contract.partitions == PARTITIONS
    assert binding is not None
    assert binding.topic_id == "topic-id"
