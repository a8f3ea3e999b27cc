"""What each row of bronze means by its contract: a record that can go on, or every rule that it breaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from tidelake.contracts.contract import Contract
from tidelake.contracts.event_id import MAX_EVENT_ID_BYTES
from tidelake.contracts.masking import has_masked
from tidelake.contracts.types import Struct

from silver_processor.core.brokenness import BROKEN_TYPE, MOST_PROBLEMS, as_message, broken_rule
from silver_processor.core.changes import ChangeReader
from silver_processor.core.cleaning import cleaned, empties
from silver_processor.core.conditions import all_of
from silver_processor.core.entries import Entries
from silver_processor.core.event_id import contract_id, is_usable, position, senders_id
from silver_processor.core.explaining import INEXACT, explained
from silver_processor.core.log_lines import LineReader
from silver_processor.core.ordinary import is_ordinary
from silver_processor.core.quality import row_rules
from silver_processor.core.records import DOCUMENT, FOUND, TEXT, Reader, RecordReader
from silver_processor.core.seen import Seen, kind_of
from silver_processor.core.strict_json import without_strings
from silver_processor.core.values import value_of

_KINDS, _ORDINARY, _TYPED, _FIELDS, _ID = (
    f"judging_{step}" for step in ("kinds", "ordinary", "typed", "fields", "id")
)
_ANSWERS = ("event_id", "record", "broken", "event_time", "ignored")


class Judge:
    """Judges rows by one version of a contract. Its columns are made once, for any number of frames."""

    def __init__(self, contract: Contract) -> None:
        """Needs a running session."""
        self.contract = contract
        reader = _reader(contract)
        self._columns = (*_ANSWERS, *reader.answers)
        # Each step names what the next one asks for more than once: Spark keeps them apart.
        self._steps: tuple[Mapping[str, Column], ...] = (
            *reader.steps,
            {DOCUMENT: reader.document, _KINDS: _kinds(contract)},
            {_TYPED: _typed(contract), _ORDINARY: _ordinary(contract, reader)},
            {_FIELDS: _fields(contract, reader)},
            {_ID: _id(contract)},
            {"broken": _broken(contract, reader)},
            {**_answers(contract, reader), **reader.answers},
        )

    def judge(self, bronze: DataFrame) -> DataFrame:
        """Every column of bronze, and what the row means.

        - event_id string, never null: see the module event_id
        - record struct of the contract's fields: null where the row is broken or ignored
        - broken array<struct<field, rule, value, expected>>: empty where all is well, never null, at most 20
        - event_time timestamp: null if the contract names none, or where it is broken or counts as empty
        - ignored boolean: whether the row is a tombstone, which has no value, or another row without a record

        And of change data, all but the last null where they can't be read:

        - op string, lsn bigint, tx_id bigint, changed_at timestamp: what was done, where in the source's log,
          by which transaction, and when it committed
        - left_out array<string>: fields that the source did not send, as they did not change

        Of a delete `record` has the key alone. Of a change that is ignored `broken` says why.

        The verdict is the door's, apart from what the modules here say themselves. The session must be in
        ANSI mode and in UTC. Keep the result before asking it twice, since each question judges anew.
        """
        rows = bronze
        for step in self._steps:
            rows = rows.withColumns(dict(step))
        return rows.select(*bronze.columns, *self._columns)


def _reader(contract: Contract) -> Reader:
    match contract.source:
        case "api":
            return RecordReader(contract)
        case "log":
            return LineReader(contract)
        case "cdc":
            return ChangeReader(contract)


def _kinds(contract: Contract) -> Column:
    found = F.col(FOUND)
    return F.struct(*[kind_of(found[field.name]).alias(field.name) for field in contract.fields])


def _typed(contract: Contract) -> Column:
    values = [value_of(field, _seen(field.name)).alias(field.name) for field in contract.fields]
    return F.struct(*values)


def _ordinary(contract: Contract, reader: Reader) -> Column:
    return all_of(
        [
            reader.unless_excused(field.name, is_ordinary(field, _seen(field.name)))
            for field in contract.fields
        ]
    )


def _seen(name: str) -> Seen:
    return Seen(F.col(FOUND)[name], F.col(_KINDS)[name])


def _fields(contract: Contract, reader: Reader) -> Column:
    """The rules that the fields break; of broken JSON that alone."""
    document, inexact = F.col(DOCUMENT), without_strings(F.col(TEXT)).rlike(INEXACT)
    entries = Entries(contract.fields, F.col(FOUND))
    every = reader.counted(explained(entries, inexact, guarded=_guarded(contract)))
    told = F.slice(every, 1, MOST_PROBLEMS)
    nothing_to_tell = F.col(TEXT).isNull() | (F.size(document) > 0) | F.col(_ORDINARY)
    return F.when(nothing_to_tell, document).otherwise(told)


def _id(contract: Contract) -> Column:
    own = F.when(_are_fine(contract.id_fields), contract_id(contract, F.col(_TYPED)))
    return F.coalesce(own, senders_id())


def _are_fine(names: Sequence[str]) -> Column:
    """Whether none of these fields breaks a rule, in a row whose JSON is as it should be."""
    broken = F.col(_FIELDS)
    named = F.exists(broken, lambda entry: entry["field"].isin(*names)) if names else F.lit(False)
    return F.when(F.size(broken) == 0, F.lit(True)).otherwise((F.size(DOCUMENT) == 0) & ~named)


def _broken(contract: Contract, reader: Reader) -> Column:
    """The rules that the fields break, then the contract's quality rules, then that of the id."""
    typed, fields, named = F.col(_TYPED), F.col(_FIELDS), F.col(_ID)
    rules = row_rules(contract)
    long_id = named.isNotNull() & ~is_usable(named)
    kept = [reader.unless_excused(rule.target.path[0], ~rule.broken_by(typed)) for rule in rules]
    well = all_of([*kept, ~long_id])
    id_entry = broken_rule(
        F.lit(""),
        F.lit("event_id_length"),
        as_message(named, masked=_guarded(contract)),
        F.lit(f"an event id of 1 to {MAX_EVENT_ID_BYTES} bytes"),
    )
    more = [rule.told(typed, F.col(FOUND), fields) for rule in rules]
    more_told = reader.counted(F.array_compact(F.array(*more).cast(BROKEN_TYPE)))
    told = F.concat(fields, more_told, F.array_compact(F.array(F.when(long_id, id_entry))))
    final = F.col(TEXT).isNull() | (F.size(DOCUMENT) > 0) | well
    return F.when(final, fields).otherwise(F.slice(told, 1, MOST_PROBLEMS))


def _guarded(contract: Contract) -> bool:
    """Whether the contract has masked fields, at any depth."""
    return has_masked(Struct(contract.fields))


def _answers(contract: Contract, reader: Reader) -> Mapping[str, Column]:
    typed, named, time = F.col(_TYPED), F.col(_ID), contract.event_time
    ignored = reader.ignored
    good = ~ignored & (F.size("broken") == 0)
    # A time that counts as empty is none.
    clean = cleaned(contract, typed) if time in empties(contract) else typed
    return {
        "event_id": F.when(is_usable(named), named).otherwise(position()),
        "record": F.when(good, cleaned(contract, typed)),
        "event_time": F.when(_are_fine([time]), clean[time]) if time else F.lit(None).cast("timestamp"),
        "ignored": ignored,
    }
