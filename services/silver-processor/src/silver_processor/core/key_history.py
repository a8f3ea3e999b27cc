"""One key's changes, one after the other: what becomes of each, and the state that they leave.

Kafka's order within a partition is the source's order of commits. A bare LSN is none: of two transactions on
one key the later one may have written to the log first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from silver_processor.core.changes import DELETED, READ, UPDATED
from silver_processor.core.shaping import QUARANTINED

Place = tuple[str, int, int]
"""Topic id, partition, offset."""
Identity = tuple[str | None, int | None, int | None]
"""Operation, position in the source's log, transaction: the same for a change that is sent again."""

APPLIED = ("inserted", "updated", "deleted")
"""Outcomes of changes that silver took."""
SILVER = -1


@dataclass(frozen=True, slots=True)
class Change:
    """A judged row that has no outcome yet."""

    row: int  # of the batch
    place: Place
    op: str | None
    lsn: int | None
    tx_id: int | None
    left_out: tuple[str, ...]  # fields whose value the source did not send
    is_sound: bool
    is_ignored: bool

    @property
    def identity(self) -> Identity:
        return self.op, self.lsn, self.tx_id


@dataclass(frozen=True, slots=True)
class State:
    """Where a key stands."""

    place: Place  # of the newest change that was applied
    lsn: int  # the greatest of all that were
    is_deleted: bool

    def has_reached(self, place: Place) -> bool:
        """Whether a place is this one, or one before it in the same partition."""
        return place[:2] == self.place[:2] and place[2] <= self.place[2]

    def after(self, before: State | None) -> State | None:
        """This state, where it comes after another; that one, where it does not."""
        if before is None or before.place[0] != self.place[0]:
            return self
        if before.has_reached(self.place):
            return before
        return State(self.place, max(self.lsn, before.lsn), self.is_deleted)


@dataclass(frozen=True, slots=True)
class Known:
    """What silver has of a key, and what it had before the decision that wrote that."""

    now: State
    before: State | None
    empty: frozenset[str] = frozenset()
    """Fields that are null in silver. What a source leaves out is long, and so never null: silver's row is of
    before the contract had the field."""


@dataclass(slots=True)
class Earlier:
    """What the outcomes have of a key."""

    sent: dict[tuple[str, int, Identity], int] = field(default_factory=dict[tuple[str, int, Identity], int])
    """First offset of each change, by topic id, partition and identity."""
    quarantined: list[tuple[Place, int]] = field(default_factory=list[tuple[Place, int]])
    """With their positions in the source's log."""
    applied: list[State] = field(default_factory=list[State])
    """What each that was applied left, but for the LSN, which is its own."""

    def add(self, place: Place, identity: Identity, outcome: str) -> None:
        """One more row."""
        topic_id, partition, offset = place
        self.sent[topic_id, partition, identity] = min(
            offset, self.sent.get((topic_id, partition, identity), offset)
        )
        if outcome == QUARANTINED:
            self.quarantined.append((place, identity[1] or 0))
        elif outcome in APPLIED:
            self.applied.append(State(place, identity[1] or 0, outcome == "deleted"))

    def applied_until(self, place: Place, state: State | None) -> State | None:
        """The state once all is applied that lies between it and a place in the same partition."""
        for one in sorted(self.applied, key=lambda one: one.place):
            if one.place[:2] == place[:2] and one.place < place:
                state = one.after(state)
        return state

    def first(self, change: Change) -> Place | None:
        """Where the same change stands before this place; None if it does not."""
        topic_id, partition, offset = change.place
        first = self.sent.get((topic_id, partition, change.identity), offset)
        return (topic_id, partition, first) if first < offset else None

    def gap(self, since: Place, until: Place) -> bool:
        """Whether a change between these two places is in quarantine: what came after it was left out
        against a state that silver does not have."""
        return any(
            one[:2] == until[:2] and one[2] < until[2] and (one[:2] != since[:2] or one[2] > since[2])
            for one, _ in self.quarantined
        )

    def refused_later(self, change: Change, lsn: int) -> Place | None:
        """A change in quarantine that came before this place and was made behind it in the log."""
        for place, written in self.quarantined:
            if place[:2] == change.place[:2] and place < change.place and written > lsn:
                return place
        return None


@dataclass(frozen=True, slots=True)
class Told:
    """What becomes of one change."""

    change: Change
    outcome: str
    of: Place | None = None  # the change that it repeats, or that is newer
    unavailable: tuple[str, ...] = ()  # fields left out that nobody knows
    state: State | None = None  # that it left, if it was applied
    start: State | None = None  # where the key stood before the whole decision
    content: Mapping[str, int] | None = None
    """Of a change that silver has not got: where the values of left-out fields stand, by row or SILVER."""

    def content_of(self, name: str, silver_row: int) -> int:
        """The row that has this field's value."""
        row = (self.content or {}).get(name, self.change.row)
        return silver_row if row == SILVER else row


def follow(changes: Sequence[Change], known: Known | None, earlier: Earlier) -> Iterator[Told]:
    """What becomes of changes of one key, given in Kafka's order and without those that have an outcome.

    If some of them lie at or before what silver has, a decision was committed there and fell before it came
    to its outcomes: they are decided as they were, from the state before it, and change nothing. `earlier`
    must have all of the key's outcomes behind that state then. Fields that are null in silver say nothing of
    these: its row is of a later change, a deletion perhaps. Where the row before it was too old for a field,
    what left that out is told as applied; no version of silver has shown it.
    """
    is_again = known is not None and any(known.now.has_reached(one.place) for one in changes)
    state = start = known and (known.before if is_again else known.now)
    content = Content(SILVER, MappingProxyType({}))
    for change in changes:
        is_known = known is not None and known.now.has_reached(change.place)
        if known is not None and is_again and not is_known:
            state, is_again = known.now, False
        elif is_again:
            state = earlier.applied_until(change.place, state)
        told = _outcome(change, state, earlier, () if is_known else content.nowhere(change, known))
        if known is not None and change.place == known.now.place:
            # Silver has it, whatever today's rules say of it.
            told = Told(change, _applied_as(known.now.is_deleted, state), state=known.now)
        earlier.add(change.place, change.identity, told.outcome)
        if told.state is not None:
            state = told.state
            if not is_known:
                content = content.after(change)
                told = replace(told, start=start, content=content.others)
        yield told


@dataclass(frozen=True, slots=True)
class Content:
    """Which rows have the values of a key's state."""

    row: int
    others: Mapping[str, int]  # by field

    def after(self, change: Change) -> Content:
        """What a change makes of it."""
        kept = {name: self.others.get(name, self.row) for name in change.left_out}
        return Content(change.row, MappingProxyType(kept))

    def nowhere(self, change: Change, known: Known | None) -> tuple[str, ...]:
        """Fields that a change leaves out, and of which silver's row has no value either."""
        empty = known.empty if known else frozenset[str]()
        return tuple(
            name for name in change.left_out if name in empty and self.others.get(name, self.row) == SILVER
        )


def _outcome(change: Change, state: State | None, earlier: Earlier, nowhere: tuple[str, ...]) -> Told:
    if change.is_ignored:
        return Told(change, "ignored")
    if change.lsn is not None and (first := earlier.first(change)) is not None:
        return Told(change, "duplicate", first)
    if not change.is_sound or change.lsn is None:
        return Told(change, QUARANTINED)
    if (newer := _newer(change, change.lsn, state, earlier)) is not None:
        return Told(change, "superseded", newer)
    if change.left_out and not _keeps_values(change, state, earlier):
        return Told(change, QUARANTINED, unavailable=change.left_out)
    if nowhere:
        return Told(change, QUARANTINED, unavailable=nowhere)
    new = State(change.place, change.lsn, change.op == DELETED)
    return Told(change, _applied_as(new.is_deleted, state), state=new.after(state))


def _newer(change: Change, lsn: int, state: State | None, earlier: Earlier) -> Place | None:
    """What came before a change and is newer all the same: the state, if the change lies behind it in Kafka.
    For a row of a snapshot any change that the log has behind it: that one was committed later."""
    if state is not None and state.has_reached(change.place):
        return state.place
    if change.op != READ:
        return None
    if state is not None and state.place[0] == change.place[0] and lsn < state.lsn:
        return state.place
    return earlier.refused_later(change, lsn)


def _keeps_values(change: Change, state: State | None, earlier: Earlier) -> bool:
    """Whether the key's values are those that the source did not send again."""
    if change.op != UPDATED or state is None or state.is_deleted:
        return False
    return not earlier.gap(state.place, change.place)


def _applied_as(is_deleted: bool, before: State | None) -> str:
    if is_deleted:
        return "deleted"
    return "inserted" if before is None or before.is_deleted else "updated"
