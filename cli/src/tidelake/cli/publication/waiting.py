"""Waiting until the services have taken a contract up, and saying who has not."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from tidelake.contracts.bindings import TopicBinding
from tidelake.contracts.contract import Contract
from tidelake.runtime.clock import Clock
from tidelake.runtime.errors import LakeError, Terminal
from tidelake.runtime.shutdown import Deadline
from tidelake.tables.bronze_table import TableMissing
from tidelake.tables.errors import StoreUnavailable

from .door import Serving
from .lake import Lake

_INTERVAL = timedelta(milliseconds=250)


class NotInForce(LakeError, Terminal):
    """Somebody has not taken the contract up in time."""

    def __init__(self, contract: Contract, missing: Sequence[str], timeout: timedelta) -> None:
        self.dataset = contract.dataset
        self.missing = tuple(missing)
        listed = "\n".join(f"  {one}" for one in missing)
        super().__init__(
            f"{contract.dataset} {contract.version} is published, and after {timeout.total_seconds():g} s "
            f"it is not in force everywhere:\n{listed}\n"
            "Nothing is lost: services take it up when they run. See ./lake status, then run the same again."
        )


class WaitInterrupted(LakeError, Terminal):
    """The waiting was ended from outside."""

    def __init__(self, contract: Contract) -> None:
        self.dataset = contract.dataset
        super().__init__(
            f"{contract.dataset} {contract.version} is published, and not waited for any more: services take "
            "it up by themselves."
        )


def wait_until_in_force(
    lake: Lake,
    contract: Contract,
    binding: TopicBinding,
    timeout: timedelta,
    clock: Clock,
    wait: Callable[[timedelta], bool],
    waiting_for: Callable[[str], None],
) -> None:
    """Return once the bronze table is there and filled from the bound topic, silver has its tables with every
    field (where the lake makes silver of the dataset), and the door serves the version, or the log-router
    routes lines by it.

    `wait` sleeps and returns True to end the waiting. Raises NotInForce, WaitInterrupted.
    """
    deadline = Deadline(timeout, clock)
    while missing := list(_missing(lake, contract, binding)):
        if deadline.expired:
            raise NotInForce(contract, missing, timeout)
        waiting_for(missing[0])
        if wait(_INTERVAL):
            raise WaitInterrupted(contract)


def _missing(lake: Lake, contract: Contract, binding: TopicBinding) -> list[str]:
    looks = (_table(lake, contract, binding), *_silver(lake, contract), _door(lake, contract))
    return [one for one in looks if one]


def _table(lake: Lake, contract: Contract, binding: TopicBinding) -> str:
    path = contract.bronze_path
    try:
        topic_id = lake.tables.table(path).open().topic_id
    except TableMissing:
        return f"bronze-writer: the table {path} is not there yet"
    except StoreUnavailable as problem:
        return f"the object store: {problem}"
    if topic_id != binding.topic_id:
        return f"bronze-writer: the table {path} is still filled from the topic with id {topic_id}"
    return ""


def _silver(lake: Lake, contract: Contract) -> list[str]:
    if lake.silver_columns is None or not contract.has_silver:
        return []
    fields = [field.name for field in contract.fields]
    return [
        _lacking(lake.silver_columns, contract.silver_path, fields),
        _lacking(lake.silver_columns, contract.outcomes_path, ()),
    ]


def _lacking(columns: Callable[[str], frozenset[str]], path: str, fields: Sequence[str]) -> str:
    try:
        known = columns(path)
    except TableMissing:
        return f"silver-processor: the table {path} is not there yet"
    except StoreUnavailable as problem:
        return f"the object store: {problem}"
    lacking = [name for name in fields if name.lower() not in known]
    return f"silver-processor: the table {path} has no column {', '.join(lacking)} yet" if lacking else ""


def _door(lake: Lake, contract: Contract) -> str:
    if contract.comes_by_door:
        return _behind("ingest-router", lake.serving(contract.address), contract)
    if contract.log is not None and lake.routing is not None:
        return _behind("log-router", lake.routing(contract.address), contract)
    return ""  # nobody stands before its topic, or nobody knows where to ask


def _behind(service: str, serving: Serving, contract: Contract) -> str:
    if serving.version is None:
        return f"{service}: {serving.why}"
    if _numbers(serving.version) < _numbers(str(contract.version)):
        return f"{service}: it still serves {contract.address} {serving.version}"
    return ""


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdecimal()]
