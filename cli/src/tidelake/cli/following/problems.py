"""Why a table can't be followed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tidelake.contracts.contract import Contract, SourceTable
from tidelake.contracts.source_epoch import SourceEpoch
from tidelake.runtime.errors import LakeError, Terminal, Transient


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing for which a table can't be followed."""

    seen: str  # and what it means
    remedy: str

    def __str__(self) -> str:
        return f"{self.seen} {self.remedy}"


class NoConnect(LakeError, Terminal):
    """The lake has no Kafka Connect."""

    def __init__(self, contract: Contract) -> None:
        self.dataset = contract.dataset
        super().__init__(
            f"{contract.dataset} follows the table {contract.table}, and this lake has no Kafka Connect that "
            "could. Nothing was changed. Start the stack whole: ./lake down and ./lake up, without "
            "LAKE_PARTS (or name another lake's by LAKE_CONNECT_URL and LAKE_SOURCES)."
        )


class DatabaseAway(LakeError, Transient):
    """The database of a dataset can't be asked."""

    def __init__(self, database: str, login: Path, reason: str) -> None:
        self.database = database
        self.reason = reason
        super().__init__(
            f"The database {database} can't be asked: {reason} See that it runs and that {login} names "
            "its host, port, user and password, then run the same again, which is safe."
        )


class QuestionRefused(LakeError, Terminal):
    """The database refuses what following a table needs."""

    def __init__(self, database: str, reason: str, remedy: str) -> None:
        self.database = database
        super().__init__(f"The database {database} refuses: {reason} {remedy}")


class Unfollowable(LakeError, Terminal):
    """The table, its database or the login is not as following needs it."""

    def __init__(self, contract: Contract, reasons: Sequence[Reason]) -> None:
        self.dataset = contract.dataset
        self.reasons = tuple(reasons)
        listed = "\n".join(f"  {reason}" for reason in reasons)
        super().__init__(
            f"{contract.dataset} {contract.version} can't follow {contract.table}, so nothing was changed:\n"
            f"{listed}"
        )


class OtherEpoch(LakeError, Terminal):
    """The database is not the one, or not in the life, that bronze holds the changes of."""

    def __init__(self, contract: Contract, kept: SourceEpoch, found: SourceEpoch) -> None:
        self.dataset = contract.dataset
        self.kept = kept
        self.found = found
        super().__init__(
            f"{contract.dataset} {contract.version} follows {contract.table} of the PostgreSQL {kept}, and "
            f"its login leads to {found}: another server, or one that was restored or promoted. What was "
            "changed between the two is in no log, so bronze does not go on with it. "
            f"Lead the login back to the first one; or raise the version to {contract.major + 1}.0.0: that "
            "begins with a snapshot, in a topic and tables of its own."
        )


class KeysWouldMove(LakeError, Terminal):
    """Another number of partitions would part the changes of one key."""

    def __init__(self, contract: Contract, has: int) -> None:
        self.dataset = contract.dataset
        self.has = has
        super().__init__(
            f"The contract of {contract.dataset} asks for {contract.partitions} partitions, and its topic "
            f"{contract.topic} has {has}. With another number later changes of a key would lie elsewhere "
            "than earlier ones, and their order would be lost. It stays as it is. Set the customProperty "
            f"partitions to {has}, or raise the version to {contract.major + 1}.0.0."
        )


class ConnectAway(LakeError, Transient):
    """Kafka Connect does not answer, or not as it should."""

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        super().__init__(
            f"Kafka Connect at {url} {reason}. Doing the same again is safe. See ./lake status and "
            "./lake logs connect, then run the same again."
        )


class ConnectorRefused(LakeError, Terminal):
    """Kafka Connect does not take a connector's configuration: by its own check, or the database's answer."""

    def __init__(self, connector: str, status: int, reason: str) -> None:
        self.connector = connector
        self.status = status
        super().__init__(
            f"Kafka Connect refuses the connector {connector} ({status}): {reason}\n"
            "The connector is as it was, and so is the published contract. Mend what is named, then run the "
            "same again."
        )


class ConnectorFailed(LakeError, Terminal):
    """The connector of a dataset has stopped by an error."""

    def __init__(self, contract: Contract, cause: str) -> None:
        self.dataset = contract.dataset
        self.cause = cause
        super().__init__(
            f"The connector {contract.topic}, which follows {contract.table}, has failed: {cause}\n"
            "Bronze keeps what it has, and nothing is skipped. Mend it (./lake logs connect has the rest) "
            "and run the same again, which starts the connector anew. If the database no longer has the "
            "changes that come next (the slot was dropped, or held back more than max_slot_wal_keep_size), "
            f"raise the version to {contract.major + 1}.0.0, which begins with a snapshot."
        )


class NotFollowing(LakeError, Terminal):
    """The connector did not come to follow the table in time."""

    def __init__(self, contract: Contract, why: str, seconds: float) -> None:
        self.dataset = contract.dataset
        super().__init__(
            f"{contract.dataset} {contract.version} does not follow {contract.table} yet, after "
            f"{seconds:g} s: {why}. Nothing is lost: the connector goes on by itself. Look at ./lake logs "
            "connect, and run the same again, with a longer --timeout if the table is large."
        )


def publication_remedy(publication: str, table: SourceTable) -> str:
    """What the database's owner may run instead of the lake."""
    quoted = ".".join(f'"{part}"' for part in (table.schema, table.name))
    return f'CREATE PUBLICATION "{publication}" FOR TABLE {quoted};'


def instead(contract: Contract, what: str, *, begun: bool) -> str:
    """What may be done to the contract in place of the table. Of one that is followed already (`begun`) it
    takes a new major version."""
    if not begun:
        return f"or {what}."
    return (
        f"or raise the version to {contract.major + 1}.0.0 and {what} there: that begins with a snapshot, in "
        "a topic and tables of its own. If the table is mended, rows that were changed meanwhile are right "
        "once they are changed again."
    )
