import asyncio
import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import cast

from ingest_router.flows.refresh_catalogue import CatalogueRefresher
from ingest_router.outbound.catalogue import Catalogue
from tidelake.contracts import names
from tidelake.contracts.keys import create_key, revoke_key
from tidelake.runtime.health import Health
from tidelake.tables.errors import StoreUnavailable
from tidelake.tables.memory_objects import MemoryObjects
from tidelake.tables.objects import ObjectEntry
from tidelake.testkit.clock import FakeClock

HOUR = timedelta(hours=1)


class Flickering(MemoryObjects):
    """A store that is away when told so, or whose client has a fault that nobody thought of."""

    away = True
    faulty = False

    def list(self, prefix: str) -> Sequence[ObjectEntry]:
        if self.away:
            raise StoreUnavailable("list", prefix, "connection refused")
        if self.faulty:
            raise TypeError("nobody thought of this")
        return super().list(prefix)


def reason(health: Health, component: str = "keys") -> str:
    components = cast("dict[str, dict[str, str]]", health.report()["components"])
    return components[component]["reason"]


async def test_a_store_away_at_start_is_not_ready_with_its_reason_until_it_is_back(clock: FakeClock) -> None:
    store, health = Flickering(), Health()
    refresher = CatalogueRefresher(Catalogue(store, clock, HOUR), health, clock)
    assert not health.ready()
    await refresher.step()
    assert not health.ready()
    assert "connection refused" in reason(health)
    store.away = False
    await refresher.step()
    assert health.ready()


async def test_a_store_away_later_leaves_the_door_ready_and_says_how_old_its_knowledge_is(
    clock: FakeClock,
) -> None:
    store, health = Flickering(), Health()
    store.away = False
    refresher = CatalogueRefresher(Catalogue(store, clock, HOUR), health, clock)
    await refresher.step()
    store.away = True
    clock.advance(timedelta(seconds=40))
    await refresher.step()
    assert health.ready()
    assert "read 40 s ago" in reason(health)


async def test_a_store_away_for_longer_than_keys_are_valid_is_not_ready_until_it_is_back(
    clock: FakeClock,
) -> None:
    store, health = Flickering(), Health()
    store.away = False
    refresher = CatalogueRefresher(Catalogue(store, clock, HOUR), health, clock)
    await refresher.step()
    store.away = True
    clock.advance(HOUR)
    await refresher.step()
    assert health.ready()
    clock.advance(timedelta(seconds=1))
    await refresher.step()
    assert not health.ready()
    assert "keys were last read 3601 s ago" in reason(health)
    assert "keys_valid_for" in reason(health)
    assert "connection refused" in reason(health)
    store.away = False
    await refresher.step()
    assert health.ready()


async def test_a_fault_that_nobody_thought_of_ends_no_door_and_is_told(clock: FakeClock) -> None:
    store, health = Flickering(), Health()
    store.away = False
    refresher = CatalogueRefresher(Catalogue(store, clock, HOUR), health, clock)
    await refresher.step()
    store.faulty = True
    await refresher.step()
    assert health.ready()
    assert "nobody thought of this" in reason(health)
    assert "nobody thought of this" in reason(health, "contracts")
    clock.advance(timedelta(hours=1, seconds=1))
    await refresher.step()
    assert not health.ready()
    store.faulty = False
    await refresher.step()
    assert health.ready()
    assert reason(health) == ""


class SlowContracts(MemoryObjects):
    """A store whose contracts take until they are released to be listed."""

    def __init__(self) -> None:
        super().__init__()
        self.release = threading.Event()
        self.release.set()

    def list(self, prefix: str) -> Sequence[ObjectEntry]:
        if prefix == names.CONTRACTS:
            self.release.wait()
        return super().list(prefix)


async def test_a_key_is_revoked_while_contracts_are_being_read(clock: FakeClock) -> None:
    store, health = SlowContracts(), Health()
    catalogue = Catalogue(store, clock, HOUR)
    refresher = CatalogueRefresher(catalogue, health, clock)
    key, token = create_key(store, "terminals", clock.now())
    await refresher.step()
    assert catalogue.producer_of(token) == "terminals"
    store.release.clear()
    slow = asyncio.create_task(refresher.contracts.run(timedelta(0)))
    quick = asyncio.create_task(refresher.keys.run(timedelta(0)))
    try:
        assert revoke_key(store, key.id)
        async with asyncio.timeout(30):
            while catalogue.producer_of(token) is not None:
                await asyncio.sleep(0.01)
    finally:
        store.release.set()
        for task in (slow, quick):
            task.cancel()
        await asyncio.gather(slow, quick, return_exceptions=True)


async def test_contracts_that_can_not_be_read_leave_keys_fresh_and_the_door_ready(clock: FakeClock) -> None:
    store, health = Flickering(), Health()
    store.away = False
    refresher = CatalogueRefresher(Catalogue(store, clock, HOUR), health, clock)
    await refresher.step()
    clock.advance(timedelta(minutes=59))
    await refresher.keys.step()
    store.away = True
    clock.advance(timedelta(minutes=59))
    await refresher.contracts.step()
    assert health.ready()
    assert reason(health) == ""
    assert "using what was read 7080 s ago" in reason(health, "contracts")
