"""What `lake doctor` says of the tables that the local stack follows."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event

from tidelake.cli.connection import CONNECT, STORE, Connection, Sources
from tidelake.contracts.contract import Contract
from tidelake.contracts.registry import PublishedContracts
from tidelake.local.finding import Finding
from tidelake.local.stack import Stack
from tidelake.runtime.clock import SystemClock
from tidelake.runtime.errors import LakeError
from tidelake.runtime.shutdown import Deadline
from tidelake.streams.connectors import ConnectorState, ConnectorStatus

from .following import Following
from .opening import open_following
from .problems import ConnectAway, Unfollowable

_STARTS_WITHIN, _PAUSE = timedelta(seconds=10), timedelta(milliseconds=500)
_AGAIN = "./lake dataset apply its contract"
_ADVICE: dict[ConnectorState, str] = {
    "absent": f"{_AGAIN} makes it again.",
    "starting": "./lake logs connect tells why.",
    "paused": f"{_AGAIN} resumes it.",
    "stopped": f"{_AGAIN} resumes it.",
    "failed": f"Mend what it names, then {_AGAIN}: that starts it anew.",
}


def check_stack(stack: Stack) -> list[Finding]:
    """As `check_sources`, of the local stack. Nothing where a process that is needed does not run."""
    lake, sources = stack.lake, Sources(stack.connect_url, stack.home.sources)
    connection = Connection(
        lake.lake_root,
        lake.service_account,
        lake.kafka_bootstrap_servers,
        stack.router_url,
        local=stack.home,
        sources=sources,
    )
    return check_sources(connection) if connection.runs(STORE) and connection.runs(CONNECT) else []


def check_sources(connection: Connection) -> list[Finding]:
    """Whether the connector of each dataset works, and its table still is what the contract says. That
    Connect does not answer is told as a process, and not here."""
    published = PublishedContracts(connection.objects())
    try:
        published.refresh()
    except LakeError as problem:
        return [Finding("sources", f"Contracts can't be read: {problem}", "See ./lake status.")]
    contracts = [one.contract for one in published.tables() if one.contract.table is not None]
    patience, found = Deadline(_STARTS_WITHIN, SystemClock()), list[Finding]()
    for contract in contracts:
        newest = published.newest(contract.dataset)
        old = newest is not None and newest.contract.major > contract.major
        try:
            following = open_following(connection, contract)
        except LakeError as problem:  # its login
            found.append(_told(contract, str(problem), "Mend that."))
        else:
            assert following is not None
            found += findings_of(following, patience, _pause, old=old)
    tables = "table" if len(contracts) == 1 else "tables"
    return found or [Finding("sources", f"{len(contracts)} {tables} followed as the contracts say")]


def findings_of(
    following: Following, patience: Deadline, pause: Callable[[], None], *, old: bool
) -> list[Finding]:
    """What is wrong with one. `old`: the dataset has a newer major version; if the connector of this one was
    deleted, nobody follows it any more. `patience`: of all that start, as while Connect shares its connectors
    anew."""
    status = _status(following, patience, pause)
    if status is not None and status.state == "absent" and old:
        return []
    contract, found = following.contract, list[Finding]()
    if status is not None and status.state != "running":
        seen = f"its connector {contract.topic} {status}. Its changes do not come."
        found.append(_told(contract, seen, _ADVICE[status.state]))
    try:
        following.check()
    except ConnectAway:
        pass  # see check_sources
    except Unfollowable as problem:
        found += [_told(contract, reason.seen, reason.remedy) for reason in problem.reasons]
    except LakeError as problem:
        found.append(_told(contract, str(problem), "Mend that."))
    return found


def _told(contract: Contract, seen: str, advice: str) -> Finding:
    return Finding("sources", f"{contract.address} ({contract.table}): {seen}", advice)


def _status(following: Following, patience: Deadline, pause: Callable[[], None]) -> ConnectorStatus | None:
    """None: Connect does not answer."""
    try:
        while (status := following.connect.status(following.contract.topic)).state == "starting":
            if patience.expired:
                break
            pause()
    except ConnectAway:
        return None
    return status


def _pause() -> None:
    Event().wait(_PAUSE.total_seconds())
