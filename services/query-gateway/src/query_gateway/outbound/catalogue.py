"""The published contracts and the API keys, as this process knows them, and the access rules made of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import structlog
from tidelake.contracts.keys import KeyRing
from tidelake.contracts.reading import read_contracts, unusable
from tidelake.contracts.registry import PublishedContracts
from tidelake.runtime.clock import Clock
from tidelake.tables.objects import Objects

from query_gateway.core.rules import access_rules
from query_gateway.core.sight import Sight, sight
from query_gateway.outbound.rules_file import write_rules

log = structlog.get_logger()

_CONTRACT = re.compile(r"contracts/(?P<dataset>[^/]+)/(?P<major>[0-9]+)\.[0-9]+\.[0-9]+\.")


class Catalogue:
    """Who asks, and what each may see. Asking never waits and is safe from any thread; one thread at a time
    refreshes keys, and one contracts.

    A contract that can't be read gives no access to its tables, also where an older one of the same major
    version can be: the newer one may have classified more.
    """

    def __init__(self, objects: Objects, clock: Clock, keys_valid_for: timedelta, rules: Path) -> None:
        self._contracts = PublishedContracts(objects)
        self._keys = KeyRing(objects)
        self._clock = clock
        self._keys_valid_s = keys_valid_for.total_seconds()
        self._rules = rules
        self._keys_read_at: float | None = None
        self._contracts_read_at: float | None = None
        self._sight: Sight | None = None

    def why_closed(self) -> str | None:
        """Why nobody may be answered by what is known now; None if they may."""
        if self._keys_read_at is None or self._contracts_read_at is None:
            return "keys and contracts are not read yet"
        now, limit = self._clock.monotonic(), self._keys_valid_s
        for what, read_at, why in (
            ("API keys were", self._keys_read_at, "one of them may have been revoked since"),
            ("contracts were", self._contracts_read_at, "one of them may have taken access away since"),
        ):
            if now - read_at > limit:
                return (
                    f"{what} last read {now - read_at:.0f} s ago and are trusted for {limit:g} s "
                    f"(keys_valid_for), as {why}"
                )
        return None

    def role_of(self, token: str) -> str | None:
        """Whose key it is; None if it is nobody's (any more)."""
        return self._keys.producer_of(token)

    def visible(self, role: str) -> Mapping[str, str]:
        """Path by name of every table that a role reads."""
        return self._sight.of(role) if self._sight else {}

    def refresh_keys(self) -> str:
        """Reads what changed of the keys. Returns what /readyz says of them: nothing, or which are broken.
        Raises StoreUnavailable or StoreRefused; what was known stays."""
        asked_at = self._clock.monotonic()
        keys = self._keys.refresh()
        self._keys_read_at = asked_at  # what was revoked later than this may not have been seen
        if keys:
            log.info("keys_changed", added=keys.added, revoked=keys.revoked, broken=dict(keys.broken))
        return unusable(self._keys.broken())

    def refresh_contracts(self) -> str:
        """As refresh_keys, of the contracts; writes the access rules when they changed. Raises
        RulesNotWritten too."""
        asked_at = self._clock.monotonic()
        said = read_contracts(self._contracts)
        closed = {
            (match["dataset"], int(match["major"]))
            for path in self._contracts.broken()
            if (match := _CONTRACT.match(path))
        }
        seen = sight(found.contract for found in self._contracts.tables() if found.table not in closed)
        if write_rules(self._rules, access_rules(seen)):
            log.info("access_rules_written", path=str(self._rules), tables=len(seen.tables))
        self._sight, self._contracts_read_at = seen, asked_at
        return said
