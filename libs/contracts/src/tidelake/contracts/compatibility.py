"""What a change of a contract breaks in the lake itself, beyond what a comparison of schemas sees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tidelake.contracts.contract import Contract


@dataclass(frozen=True, slots=True, order=True)
class Break:
    """One change that somebody who relied on the contract until now could not go on with."""

    side: Literal["readers", "producers"]
    field: str  # path of the field; or the name of a term of the contract
    what: str


def lake_breaks(before: Contract, after: Contract) -> Iterator[Break]:
    """Breaks within one dataset. Nothing else about the two versions is looked at."""
    if before.id_fields != after.id_fields:
        what = f"Event ids would change from {_ids(before)} to {_ids(after)}: repeats would be missed."
        yield Break("readers", "idFields", what)
    if before.mode != after.mode:
        yield Break("readers", "mode", f"The table would change from {before.mode} to {after.mode}.")
    if before.event_time != after.event_time:
        what = f"Event time would change from {before.event_time} to {after.event_time}."
        yield Break("readers", "eventTime", what)
    if before.source != after.source:
        what = f"Records would come by {after.source} and no more by {before.source}."
        yield Break("producers", "source", what)
    if before.table != after.table:
        what = f"Rows would come from {after.table} and no more from {before.table}."
        yield Break("producers", "table", what)
    if before.log and after.log and before.log.stream != after.log.stream:
        what = f"Lines would come from the stream {after.log.stream} and no more from {before.log.stream}."
        yield Break("producers", "logStream", what)
    for producer in sorted(before.producers - after.producers):
        yield Break("producers", "roles", f"{producer} could not send any more.")


def _ids(contract: Contract) -> str:
    return f"[{', '.join(contract.id_fields)}]"
