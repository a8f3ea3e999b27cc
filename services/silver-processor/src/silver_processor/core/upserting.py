"""An upsert dataset: the newest state of each key, and what became of every change.

Spark has judged the changes. Here each key's changes are gone through one after the other, in Kafka's order:
what becomes of one depends on what became of those before it (decision 0049).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute
from tidelake.contracts.contract import Contract

from silver_processor.core.key_history import Change, Earlier, Known, Place, State, Told, follow
from silver_processor.core.shapes import POSITION
from silver_processor.core.shaping import Stamp, shaped
from silver_processor.core.spans import is_sound

# What its type stubs say is known in part only.
pc: Any = pyarrow.compute

_PLACE = [("topic_id", pa.string()), ("partition", pa.int32()), ("offset", pa.int64())]
_OF = pa.struct(_PLACE)
_BEFORE = pa.struct([*_PLACE, ("lsn", pa.int64()), ("is_deleted", pa.bool_())])
_NARROW = ("event_id", "op", "lsn", "tx_id", "left_out", "ignored", "written_at")


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a batch.

    `rows`: the judged rows that had no outcome yet, in their order, each with its `outcome` and `of`: the
    change that it repeats, or that is newer. Where a value was left out that silver can't know, `broken` says
    so.
    `keys`: one row for each key that changed, as silver is to have it: the columns of the judged row that
    changed it last, its `record` whole, and `is_deleted`, `newest_lsn`, `before` (see shapes).
    """

    rows: pa.Table
    keys: pa.Table


def decided(
    judged: pa.Table, silver: pa.Table, earlier: pa.Table, explained: pa.Table, contract: Contract
) -> Decision:
    """What becomes of judged changes.

    `silver`: its rows of all keys of these. `explained`: positions of rows that have an outcome. `earlier`:
    rows of the outcomes, those at least

    - that have the key, position in the log, transaction and operation of one of these;
    - in quarantine, with the key of a snapshot's row and a later position in the log;
    - with a key that `looks_back` names, at or behind the offset that it says.
    """
    empty = _empty(silver, {name for names in judged["left_out"].to_pylist() for name in names or ()})
    known = {
        row["lake_event_id"]: (number, _known(row, empty[number]))
        for number, row in enumerate(_states(silver))
    }
    before = _earlier(earlier)
    told: dict[int, Told] = {}
    final: list[tuple[int, Told]] = []
    for key, changes in _by_key(judged, explained).items():
        number, standing = known.get(key, (0, None))
        follows = list(follow(changes, standing, before.get(key, Earlier())))
        told.update({one.change.row: one for one in follows})
        if (last := next((one for one in reversed(follows) if one.content is not None), None)) is not None:
            final.append((len(judged) + number, last))
    return Decision(_explained(judged, told), _changed(judged, silver, final, contract))


def looks_back(judged: pa.Table, silver: pa.Table, explained: pa.Table) -> Mapping[str, int]:
    """Keys of which the outcomes must be known from an offset on: that of what silver has, or had before its
    last decision if that did not come to its outcomes. The offset is 0 where partitions differ."""
    known = {row["lake_event_id"]: _known(row, frozenset()) for row in _states(silver)}
    found: dict[str, int] = {}
    for key, changes in _by_key(judged, explained).items():
        if (standing := known.get(key)) is None:
            continue
        is_again = any(standing.now.has_reached(one.place) for one in changes)
        start = standing.before if is_again else standing.now
        if is_again or any(one.left_out for one in changes):
            is_here = start is not None and {one.place[:2] for one in changes} == {start.place[:2]}
            found[key] = start.place[2] if start is not None and is_here else 0
    return found


def silver_rows(keys: pa.Table, stamp: Stamp, shape: pa.Schema) -> pa.Table:
    """The keys of a decision, as silver of this shape has them."""
    record = pa.Table.from_struct_array(keys["record"])
    columns: dict[str, Any] = {
        **{name: record[name] for name in record.column_names},
        "lake_event_id": keys["event_id"],
        **{f"lake_{name}": keys[name] for name in (*POSITION, "written_at", "changed_at")},
        **{f"lake_{name}": keys[name] for name in ("is_deleted", "before")},
        "lake_lsn": keys["newest_lsn"],
        "lake_processed_at": stamp.processed_at,
        "lake_contract_version": stamp.contract_version,
    }
    return shaped(columns, len(keys), shape)


def _by_key(judged: pa.Table, explained: pa.Table) -> Mapping[str, list[Change]]:
    """What has no outcome yet, in order. Sources of a key come one after the other, as bronze began with
    them."""
    has = set(_places(explained))
    narrow = judged.select([*POSITION, *_NARROW]).append_column("sound", is_sound(judged))
    rows = narrow.to_pylist()
    began: dict[tuple[str, int], Any] = {}
    for row in rows:
        source, at = (row["topic_id"], row["partition"]), row["written_at"]
        began[source] = min(began.get(source, at), at)
    found: dict[str, list[Change]] = defaultdict(list)
    for number, row in enumerate(rows):
        if (place := (row["topic_id"], row["partition"], row["offset"])) not in has:
            found[row["event_id"]].append(_change(number, place, row))
    for changes in found.values():
        changes.sort(key=lambda one: (began[one.place[:2]], one.place))
    return found


def _change(number: int, place: Place, row: Mapping[str, Any]) -> Change:
    return Change(
        row=number,
        place=place,
        op=row["op"],
        lsn=row["lsn"],
        tx_id=row["tx_id"],
        left_out=tuple(row["left_out"]),
        is_sound=row["sound"],
        is_ignored=row["ignored"],
    )


def _states(silver: pa.Table) -> list[dict[str, Any]]:
    names = ["event_id", *POSITION, "is_deleted", "lsn", "before"]
    return silver.select([f"lake_{name}" for name in names]).to_pylist()


def _empty(silver: pa.Table, names: Collection[str]) -> Sequence[frozenset[str]]:
    """Of each row those of these fields that are null."""
    there = {name.lower(): name for name in silver.column_names}
    nulls = {
        name: pc.is_null(silver[there[name.lower()]]).to_pylist() for name in names if name.lower() in there
    }
    return [frozenset(name for name, of in nulls.items() if of[row]) for row in range(len(silver))]


def _known(row: Mapping[str, Any], empty: frozenset[str]) -> Known:
    place = (row["lake_topic_id"], row["lake_partition"], row["lake_offset"])
    before = row["lake_before"]
    return Known(
        State(place, row["lake_lsn"], row["lake_is_deleted"]),
        before and State(tuple(before[name] for name in POSITION), before["lsn"], before["is_deleted"]),
        empty,
    )


def _earlier(outcomes: pa.Table) -> Mapping[str, Earlier]:
    found: dict[str, Earlier] = {}
    for row in outcomes.to_pylist():
        place = (row["topic_id"], row["partition"], row["offset"])
        identity = (row["op"], row["lsn"], row["tx_id"])
        found.setdefault(row["event_id"], Earlier()).add(place, identity, row["outcome"])
    return found


def _places(table: pa.Table) -> Iterator[Place]:
    columns = [table[name].to_pylist() for name in POSITION]
    return cast("Iterator[Place]", zip(*columns, strict=True))


def _explained(judged: pa.Table, told: Mapping[int, Told]) -> pa.Table:
    numbers = sorted(told)
    rows = judged.take(pa.array(numbers, pa.int64()))
    broken: Any = rows["broken"]
    if any(told[number].unavailable for number in numbers):
        values = [
            [*entries, *(_unavailable(field) for field in told[number].unavailable)]
            for number, entries in zip(numbers, broken.to_pylist(), strict=True)
        ]
        broken = cast("Any", pa.array)(values, broken.type)
    of = [one and dict(zip(POSITION, one, strict=True)) for one in (told[number].of for number in numbers)]
    return (
        rows.set_column(rows.column_names.index("broken"), "broken", broken)
        .append_column("outcome", pa.array([told[number].outcome for number in numbers], pa.string()))
        .append_column("of", pa.array(of, _OF))
    )


def _unavailable(field: str) -> Mapping[str, str]:
    return {
        "field": field,
        "rule": "unavailable",
        "value": "left out",
        "expected": "a value: silver does not have the one that the source left out as unchanged",
    }


def _changed(
    judged: pa.Table, silver: pa.Table, final: Sequence[tuple[int, Told]], contract: Contract
) -> pa.Table:
    """`final`: of each key the row of silver, counted behind those judged, and the last change applied."""
    rows = judged.take(pa.array([told.change.row for _, told in final], pa.int64()))
    record = pa.Table.from_struct_array(judged["record"])
    there = {name.lower(): name for name in silver.column_names}
    fields: list[Any] = []
    for field in contract.fields:
        of_batch: Any = record[field.name]
        of_silver: Any = silver[there[field.name.lower()]].cast(of_batch.type)
        both = cast("Any", pa.chunked_array)([*of_batch.chunks, *of_silver.chunks], of_batch.type)
        rows_of = [told.content_of(field.name, silver_row) for silver_row, told in final]
        fields.append(both.take(pa.array(rows_of, pa.int64())).combine_chunks())
    whole = cast("Any", pa.StructArray).from_arrays(fields, [field.name for field in contract.fields])
    states = [cast("State", told.state) for _, told in final]
    return (
        rows.set_column(rows.column_names.index("record"), "record", whole)
        .append_column("is_deleted", pa.array([state.is_deleted for state in states], pa.bool_()))
        .append_column("newest_lsn", pa.array([state.lsn for state in states], pa.int64()))
        .append_column("before", pa.array([_before(told.start) for _, told in final], _BEFORE))
    )


def _before(start: State | None) -> Mapping[str, Any] | None:
    if start is None:
        return None
    place = dict(zip(POSITION, start.place, strict=True))
    return {**place, "lsn": start.lsn, "is_deleted": start.is_deleted}
