"""Which datasets follow which stream of log lines, by the published contracts and the topics of Kafka."""

from __future__ import annotations

from types import MappingProxyType

import structlog
from tidelake.contracts.contract import Contract, Version
from tidelake.contracts.names import LOGS_INBOUND
from tidelake.contracts.reading import unusable
from tidelake.contracts.registry import PublishedContracts
from tidelake.streams.errors import UnknownTopic
from tidelake.streams.topics import Topics
from tidelake.tables.objects import Objects

from ingest_router.core.log_routing import Routes

log = structlog.get_logger()


class LogRoutes:
    """The routes as they were read last. One thread refreshes; asking is safe from any."""

    def __init__(self, objects: Objects, topics: Topics) -> None:
        self._contracts = PublishedContracts(objects)
        self._topics = topics
        self._routes: Routes | None = None

    @property
    def known(self) -> bool:
        """Whether they were read once: before that, every stream would seem unknown."""
        return self._routes is not None

    def now(self) -> Routes:
        """What is known. Only once it was read."""
        assert self._routes is not None, "the worker starts when the routes are read"
        return self._routes

    def version(self, address: str) -> Version | None:
        """The version by which lines are routed to the dataset that senders address so; None if none are."""
        followed = self._routes.by_stream.values() if self._routes else ()
        return next((one.version for many in followed for one in many if one.address == address), None)

    def refresh(self) -> str:
        """Reads what changed. Returns what /readyz says of it: nothing, or which contracts are broken.

        A contract counts from when `lake dataset apply` has bound its topic. Raises StoreUnavailable,
        StoreRefused, BrokerUnavailable, UnknownTopic (of the inbound topic); what was known stays.
        """
        for path, why in self._contracts.refresh().broken.items():
            log.error("contract_unusable", path=path, message=why)
        by_stream: dict[str, list[Contract]] = {}
        for published in self._contracts.tables():
            contract = published.contract
            if contract.log is not None and self._contracts.binding(*published.table) is not None:
                by_stream.setdefault(contract.log.stream, []).append(contract)
        wanted = [contract.topic for following in by_stream.values() for contract in following]
        there = self._topics.topic_ids([LOGS_INBOUND.name, *wanted])
        if LOGS_INBOUND.name not in there:
            raise UnknownTopic(LOGS_INBOUND.name)
        topics = frozenset(wanted) & there.keys()
        # Lines at work are of the topic that the process began with: if it is made anew, the process ends.
        began_with = self._routes.inbound_topic_id if self._routes else there[LOGS_INBOUND.name]
        routes = Routes(began_with, MappingProxyType(by_stream), topics)
        if routes != self._routes:
            self._routes = routes
            told = {stream: [one.address for one in following] for stream, following in by_stream.items()}
            log.info("routes_changed", streams=told, without_topic=sorted(set(wanted) - topics))
        return unusable(self._contracts.broken())
