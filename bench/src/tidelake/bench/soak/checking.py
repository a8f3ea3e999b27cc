"""Whether what was acknowledged stands in silver or is explained there: by identities, as users read it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from deltalake import DeltaTable
from tidelake.bench.soak.report import Kept
from tidelake.bench.writing.landed import Landed
from tidelake.bench.writing.planes import plane_identity
from tidelake.contracts.contract import Contract
from tidelake.tables.storage import LakeStorage

EXAMPLES = 20


def kept(
    acknowledged: Collection[str], landed: Sequence[Landed], lost: Sequence[str], not_in_silver: Sequence[str]
) -> Kept:
    """The account of one dataset, with some of each that is missing."""
    unexplained = [one.write.identity for one in landed if one.in_silver is None]
    return Kept(len(set(acknowledged)), tuple(lost), tuple(unexplained), tuple(not_in_silver))


def events_not_in_silver(
    storage: LakeStorage, contract: Contract, acknowledged: Collection[str]
) -> list[str]:
    """Event ids that are neither in an append dataset's silver nor among its outcomes, whatever these say."""
    there = _column(storage, contract.silver_path, "lake_event_id")
    there |= _column(storage, contract.outcomes_path, "event_id")
    return sorted(set(acknowledged) - there)


def planes_not_as_in_source(storage: LakeStorage, contract: Contract, source: Sequence[str]) -> list[str]:
    """States of planes that silver and the source's table don't have in common; `source`: those of its rows.

    A plane of which something is in quarantine is behind its source rightly, and is not compared.
    """
    rows = _table(storage, contract.silver_path, ["tailnum", "changed_at", "lake_is_deleted"])
    living = {
        plane_identity(tail, changed_at)
        for tail, changed_at, deleted in zip(rows[0], rows[1], rows[2], strict=True)
        if not deleted
    }
    ids, outcomes = _table(storage, contract.outcomes_path, ["event_id", "outcome"])
    refused = {key for key, outcome in zip(ids, outcomes, strict=True) if outcome == "quarantined"}
    return sorted(one for one in living ^ set(source) if f'["{one.partition("@")[0]}"]' not in refused)


def source_planes(rows: Sequence[str]) -> list[str]:
    """Identities of what `PLANES_NOW` answered."""
    return [row.replace("|", "@") for row in rows]


PLANES_NOW = "select tailnum, (extract(epoch from changed_at) * 1000000)::bigint from app.planes"


def _column(storage: LakeStorage, path: str, column: str) -> set[str]:
    return set(_table(storage, path, [column])[0])


def _table(storage: LakeStorage, path: str, columns: list[str]) -> list[list[Any]]:
    table = cast("Any", DeltaTable(storage.uri(path), storage_options=storage.delta_options()))
    found: Mapping[str, list[Any]] = table.to_pyarrow_table(columns=columns).to_pydict()
    return [found[column] for column in columns]
