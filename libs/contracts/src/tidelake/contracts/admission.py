"""The door's verdict on one record. It is the rule for every later check of the same kind.

Spark's expressions are written to match it; examples/golden_records.jsonl holds the cases and their reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, NoReturn

import jsonschema_rs
import msgspec
from tidelake.contracts.broken_rules import MASK, BrokenRule, shortened
from tidelake.contracts.contract import Contract
from tidelake.contracts.event_id import MAX_EVENT_ID_BYTES, id_writer, new_event_id
from tidelake.contracts.exactness import ExactChecks
from tidelake.contracts.explanation import explain
from tidelake.contracts.instants import utc_text
from tidelake.contracts.masking import has_masked, names_in
from tidelake.contracts.strict_json import NotStrict, read_object
from tidelake.contracts.types import Struct
from tidelake.runtime.errors import LakeError, Terminal

_MOST_PROBLEMS = 20
# All errors are found at once, which takes seconds in a megabyte of them; then the first one must do.
_LARGEST_EXPLAINED = 64 * 1024


@dataclass(frozen=True, slots=True)
class Admitted:
    """The record keeps its contract."""

    event_id: str
    event_time: str | None  # RFC 3339 in UTC, if the contract names one
    retry_recognised: bool  # False: the id was made up, so that the same record sent again is another event


@dataclass(frozen=True, slots=True)
class Refused:
    """The record breaks its contract and must not come into the lake."""

    problems: tuple[BrokenRule, ...]  # never empty; at most 20, and of a very large record the first alone


class UnusableSchema(LakeError, Terminal):
    """A published JSON Schema can't be compiled, so that nothing could be checked with it."""

    def __init__(self, dataset: str, reason: str) -> None:
        self.dataset = dataset
        super().__init__(
            f"The JSON Schema of {dataset} can't be used: {reason}. Records of {dataset} can't be checked. "
            "Publish a new version of its contract with lake dataset apply."
        )


class Door:
    """Checks records by one version of one contract. Safe to share between threads; does no I/O."""

    def __init__(
        self, contract: Contract, json_schema: bytes, new_id: Callable[[], str] = new_event_id
    ) -> None:
        """Compile the checks once. Raises UnusableSchema."""
        self.contract = contract
        self._valid = compile_schema(contract.dataset, json_schema)
        self._exact = ExactChecks(contract.fields)
        self._write_id = id_writer(contract)
        self._event_time = contract.event_time
        self._new_id = new_id
        self._masked = has_masked(Struct(contract.fields))
        self._names = frozenset(names_in(contract.fields))

    def admit(self, raw: bytes, given_id: str | None = None) -> Admitted | Refused:
        """The verdict on one record. Its bytes are read and never changed.

        `given_id` is the sender's name for the event; it counts if the contract names no id fields.
        """
        try:
            record = read_object(raw, self._masked, self._names)
        except NotStrict as problem:
            return Refused((problem.broken,))
        if not self._valid.is_valid(record):
            return Refused(self._explained(record, len(raw)))
        if broken := tuple(islice(self._exact.broken_by(record), _MOST_PROBLEMS)):
            return Refused(broken)
        if self._write_id is not None:
            event_id, recognised = self._write_id(record), True
        elif given_id is not None:
            event_id, recognised = given_id, True
        else:
            event_id, recognised = self._new_id(), False
        if broken := self._id_problem(event_id):
            return Refused((broken,))
        event_time = None if self._event_time is None else utc_text(record[self._event_time])
        return Admitted(event_id, event_time, recognised)

    def _explained(self, record: Mapping[str, Any], size: int) -> tuple[BrokenRule, ...]:
        problems: dict[tuple[str, str], BrokenRule] = {}
        if size > _LARGEST_EXPLAINED:
            try:
                self._valid.validate(record)
            except jsonschema_rs.ValidationError as error:
                return (explain(error, self.contract.fields, self._masked),)
        for error in self._valid.iter_errors(record):
            broken = explain(error, self.contract.fields, self._masked)
            problems.setdefault((broken.field, broken.rule), broken)
            if len(problems) == _MOST_PROBLEMS:
                break
        return tuple(problems.values())

    def _id_problem(self, event_id: str) -> BrokenRule | None:
        if event_id and len(event_id) * 4 <= MAX_EVENT_ID_BYTES:
            return None
        size = len(event_id.encode())
        if 0 < size <= MAX_EVENT_ID_BYTES:
            return None
        value = MASK if self._masked else shortened(event_id)
        return BrokenRule("", "event_id_length", value, f"an event id of 1 to {MAX_EVENT_ID_BYTES} bytes")


def compile_schema(dataset: str, json_schema: bytes) -> jsonschema_rs.Validator:
    """The validator of a published JSON Schema. It asks nobody for anything: a schema that refers to another
    document can't be used. Raises UnusableSchema."""
    try:
        schema = msgspec.json.decode(json_schema, type=dict[str, Any])
        return jsonschema_rs.validator_for(schema, validate_formats=True, retriever=_retrieve_nothing)
    except (msgspec.MsgspecError, ValueError, RecursionError, jsonschema_rs.ReferencingError) as problem:
        raise UnusableSchema(dataset, str(problem)) from problem


def _retrieve_nothing(uri: str) -> NoReturn:
    raise ValueError(f"{uri} lies outside of it, and nothing outside is read")
