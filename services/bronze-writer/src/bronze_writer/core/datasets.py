"""The datasets to be written, out of what is published."""

from __future__ import annotations

from tidelake.contracts.registry import PublishedContracts

from bronze_writer.core.dataset import Dataset
from bronze_writer.core.pace import commit_interval


def datasets_of(published: PublishedContracts) -> tuple[Dataset, ...]:
    """One per major version whose topic is bound. One that is not is still being applied."""
    found: list[Dataset] = []
    for newest in published.tables():
        contract = newest.contract
        binding = published.binding(contract.dataset, contract.major)
        if binding is not None:
            found.append(
                Dataset(
                    contract.dataset,
                    contract.major,
                    binding.topic,
                    contract.bronze_path,
                    commit_interval(contract.freshness),
                    contract.description,
                    binding.topic_id,
                )
            )
    return tuple(found)
