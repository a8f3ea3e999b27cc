"""What a database says about a table that is to be followed, and what is wrong with it."""

from dataclasses import dataclass

from tidelake.contracts.contract import Contract, SourceTable

from .columns import SourceColumn, reasons_against_columns
from .problems import Reason, instead, publication_remedy

_ORDINARY = "r"
_FULL, _BY_KEY = "f", "d"
_IDENTITIES = {"n": "NOTHING", "i": "an index other than its primary key's"}
_KINDS = {"p": "a partitioned table", "v": "a view", "m": "a materialized view", "f": "a foreign table"}


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """As the login sees it; what is about the table is empty where there is none."""

    user: str
    wal_level: str
    replicates: bool  # the login may
    kind: str | None = None  # PostgreSQL's relkind; None: there is no such table
    readable: bool = False
    key: tuple[str, ...] = ()  # columns of the primary key
    key_defers: bool = False  # the primary key is DEFERRABLE, so no change can be told by it
    identity: str = ""  # PostgreSQL's relreplident; the primary key's index named as such is the default
    unchangeable: bool = False  # once published: its replica identity is FULL and a column is generated
    columns: tuple[SourceColumn, ...] = ()
    owned: bool = False  # so that the login may publish the table
    may_publish: bool = False  # create publications in this database
    published: tuple[str, ...] | None = None  # tables of the publication; None: there is none of that name
    publishes_all: bool = True  # inserts, updates, deletes and truncates, without a list of columns
    slot_of: str | None = None  # database of the slot, whose name is the server's; None: there is none


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """A replication slot. `active`: somebody reads from it, which a connector does after its snapshot."""

    active: bool
    retained_bytes: int  # of the write-ahead log, kept for it


def reasons_against(
    facts: SourceFacts, contract: Contract, table: SourceTable, publication: str, *, begun: bool
) -> list[Reason]:
    """Why the table can't be followed, each with what to do; empty: it can be.

    `begun`: this lake has followed it, or was about to. A slot that is there without that is somebody else's.
    """
    reasons: list[Reason] = []
    if facts.wal_level != "logical":
        reasons.append(
            Reason(
                f"wal_level is {facts.wal_level}, and following needs logical.",
                "Set wal_level = logical in postgresql.conf and restart PostgreSQL.",
            )
        )
    if not facts.replicates:
        role = f'"{facts.user}"'
        reasons.append(Reason(f"{facts.user} may not replicate.", f"Run: ALTER ROLE {role} REPLICATION;"))
    if facts.kind is None:
        reasons.append(
            Reason(
                f"There is no table {table.schema}.{table.name} in the database {table.database} (or "
                f"{facts.user} may not see it).",
                "Mend the customProperty table, or make the table.",
            )
        )
        return reasons
    if facts.kind != _ORDINARY:
        what = _KINDS.get(facts.kind, "no table")
        seen = f"{table.schema}.{table.name} is {what}."
        return [*reasons, Reason(seen, "Only an ordinary table can be followed.")]
    if not facts.readable:
        reasons.append(
            Reason(
                f"{facts.user} may not read it.",
                f'Run: GRANT USAGE ON SCHEMA "{table.schema}" TO "{facts.user}"; '
                f'GRANT SELECT ON "{table.schema}"."{table.name}" TO "{facts.user}";',
            )
        )
    if set(facts.key) != set(contract.id_fields):
        reasons.append(_key(facts, contract, begun=begun))
    elif not (facts.identity == _FULL or (facts.identity == _BY_KEY and not facts.key_defers)):
        reasons.append(_identity(facts, table))
    if facts.unchangeable:
        reasons.append(_unchangeable(table))
    reasons += reasons_against_columns(facts.columns, contract, table, begun=begun)
    if facts.slot_of is not None and not (begun and facts.slot_of == table.database):
        return [*reasons, _foreign_slot(facts.slot_of, contract, publication)]
    return [*reasons, *_publication(facts, contract, table, publication)]


def _key(facts: SourceFacts, contract: Contract, *, begun: bool) -> Reason:
    has = f"is {', '.join(facts.key)}" if facts.key else "is missing"
    meanwhile = " Silver keeps one row for each value of idFields, whatever the table has." if begun else ""
    return Reason(
        f"Its primary key {has}, and idFields are {', '.join(contract.id_fields)}.{meanwhile}",
        "Both must name the same columns: mend the table's key, "
        + instead(contract, "mend the contract's idFields", begun=begun),
    )


def _unchangeable(table: SourceTable) -> Reason:
    return Reason(
        "Its replica identity is FULL and it has a generated column: once it is published, PostgreSQL "
        "refuses UPDATE and DELETE there to everybody.",
        f'Let its owner run: ALTER TABLE "{table.schema}"."{table.name}" REPLICA IDENTITY DEFAULT; (its '
        "primary key must not be DEFERRABLE for that).",
    )


def _identity(facts: SourceFacts, table: SourceTable) -> Reason:
    what = _IDENTITIES.get(facts.identity, "its primary key, which is DEFERRABLE")
    means = "FULL" if facts.key_defers else "DEFAULT"
    return Reason(
        f"Its replica identity is {what}: once it is published, PostgreSQL refuses UPDATE and DELETE there "
        "to everybody, or tells changed rows by other columns than idFields.",
        f'Let its owner run: ALTER TABLE "{table.schema}"."{table.name}" REPLICA IDENTITY {means};',
    )


def _foreign_slot(database: str, contract: Contract, slot: str) -> Reason:
    return Reason(
        f"The server has a replication slot {slot} already (of the database {database or '-'}), which this "
        "lake has not made. Each change is handed to one reader of a slot: of two lakes, either would lose "
        "what the other one reads.",
        f"See whose it is: SELECT * FROM pg_replication_slots WHERE slot_name = "
        f"'{slot}'; active_pid, in pg_stat_replication, leads to who reads it. If it is another lake's, give "
        f"the dataset another name here, or raise the version to {contract.major + 1}.0.0. If it is "
        f"nobody's, as after a lake that was purged, run: SELECT pg_drop_replication_slot('{slot}');",
    )


def _publication(
    facts: SourceFacts, contract: Contract, table: SourceTable, publication: str
) -> list[Reason]:
    make, own = publication_remedy(publication, table), (f"{table.schema}.{table.name}",)
    if facts.slot_of is not None and (facts.published != own or not facts.publishes_all):
        # PostgreSQL hands out nothing of a table that was not published when it was changed.
        return [
            Reason(
                f"The publication {publication} was dropped or altered while the table was followed, or the "
                "table was made anew: what was changed since is in no log, and in silver neither.",
                f"Raise the version to {contract.major + 1}.0.0, which begins with a snapshot, in a topic "
                "and tables of its own.",
            )
        ]
    if facts.published is None:
        if facts.owned and facts.may_publish:
            return []
        return [Reason(f"{facts.user} may not publish its changes.", f"Let its owner run: {make}")]
    if facts.published != own or not facts.publishes_all:
        there = ", ".join(facts.published) or "no table"
        return [
            Reason(
                f"The publication {publication} is there, and is not of all changes of this table alone, in "
                f"all rows and columns (it is of {there}).",
                f'Let its owner run: DROP PUBLICATION "{publication}"; {make}',
            )
        ]
    return []
