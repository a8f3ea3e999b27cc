from collections.abc import Sequence
from datetime import timedelta
from typing import cast

from ingest_router.flows.refresh_catalogue import CatalogueRefresher
from ingest_router.outbound.catalogue import Catalogue
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


def reason(health: Health) -> str:
    components = cast("dict[str, dict[str, str]]", health.report()["components"])
    return components["contracts"]["reason"]


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
    clock.advance(timedelta(hours=1, seconds=1))
    await refresher.step()
    assert not health.ready()
    store.faulty = False
    await refresher.step()
    assert health.ready()
    assert reason(health) == ""
