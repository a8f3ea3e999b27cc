"""A dataset as silver processes it."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql.types import StructType
from tidelake.contracts.contract import Contract


@dataclass(frozen=True, slots=True)
class SilverDataset:
    """One major version of a dataset: one bronze table, one silver table, one of outcomes."""

    contract: Contract
    shape: StructType  # of its silver table

    @property
    def name(self) -> str:
        """What people call it: flights, flights.v2."""
        return self.contract.address
