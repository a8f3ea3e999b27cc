"""From a contract to a connector that follows its table. Every step may be repeated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tidelake.contracts import names
from tidelake.contracts.contract import Contract, SourceTable
from tidelake.contracts.source_epoch import keep_epoch, read_epoch
from tidelake.runtime.clock import Clock
from tidelake.runtime.shutdown import Deadline

from .connector import connector_config
from .facts import reasons_against
from .old_failure import OldFailure
from .problems import ConnectorFailed, NotFollowing, OtherEpoch, Unfollowable

if TYPE_CHECKING:
    from tidelake.tables.objects import Objects

    from .connect_api import ConnectApi
    from .database import SourceDatabase

Told = Callable[[str], None]
_INTERVAL = timedelta(milliseconds=250)


@dataclass(frozen=True, slots=True)
class Following:
    """One dataset's way to its table. Made by `open_following`."""

    contract: Contract
    table: SourceTable
    database: SourceDatabase
    connect: ConnectApi
    objects: Objects
    login: Path
    replication: int  # of topics that Connect makes

    @property
    def _follower(self) -> str:
        return names.follower_name(self.contract.dataset, self.contract.major)

    def check(self) -> None:
        """Asks the database whether the table can be followed; changes nothing.

        Raises DatabaseAway, QuestionRefused, Unfollowable, OtherEpoch, ConnectAway.
        """
        contract = self.contract
        facts = self.database.look(self.table, self._follower)
        # `begin` keeps the epoch before anything makes the slot, so this lake's own has one beside it.
        kept = read_epoch(self.objects, contract.dataset, contract.major)
        begun = kept is not None
        if reasons := reasons_against(facts, contract, self.table, self._follower, begun=begun):
            raise Unfollowable(contract, reasons)
        found = self.database.epoch()
        if kept is not None and kept != found:
            raise OtherEpoch(contract, kept, found)
        self.connect.status(contract.topic)

    def begin(self, told: Told) -> None:
        """Publication and connector; what is there and right stays, and what somebody halted goes on. The
        topic must be there.

        Raises what `check` raises, ConnectorRefused.
        """
        contract, found = self.contract, self.database.epoch()
        kept = keep_epoch(self.objects, contract.dataset, contract.major, found)
        if kept != found:
            raise OtherEpoch(contract, kept, found)
        made = self.database.look(self.table, self._follower).published is None
        if made:
            self.database.publish(self.table, self._follower)
        told(f"publication {self._follower} of {self.table}{'' if made else ', as it was'}")
        config = connector_config(contract, self.table, self.login, self.replication)
        changed = self.connect.put(contract.topic, config)
        state = self.connect.status(contract.topic).state
        if state in ("paused", "stopped"):
            self.connect.resume(contract.topic)
            told(f"connector {contract.topic} was {state} and is resumed")
        elif not changed and state == "failed":
            self.connect.restart(contract.topic)
            told(f"connector {contract.topic} had failed and is started anew")
        else:
            told(f"connector {contract.topic}{'' if changed else ', as it was'}")

    def wait(
        self,
        timeout: timedelta,
        clock: Clock,
        wait: Callable[[timedelta], bool],
        waiting_for: Callable[[str], None],
    ) -> bool:
        """True once the connector reads the log of changes, its snapshot done; False if `wait` ended it.

        Raises ConnectorFailed, NotFollowing, and what asking raises.
        """
        deadline, old = Deadline(timeout, clock), OldFailure(timeout, clock)
        while (why := self._lacking(old)) is not None:
            if deadline.expired:
                raise NotFollowing(self.contract, why, timeout.total_seconds())
            waiting_for(why)
            if wait(_INTERVAL):
                return False
        return True

    def _lacking(self, old: OldFailure) -> str | None:
        topic = self.contract.topic
        status = self.connect.status(topic)
        if old.may_be(status):
            return f"connect: the connector {topic}, which had failed, is starting anew"
        if status.state == "failed":
            raise ConnectorFailed(self.contract, status.cause)
        if status.state != "running":
            return f"connect: the connector {topic} {status}"
        slot = self.database.slot(self._follower)
        if slot is None:
            return f"connect: the connector {topic} runs and has no slot in {self.table.database} yet"
        if not slot.active:
            return f"connect: the connector {topic} reads the whole table first, or waits for its database"
        return None
