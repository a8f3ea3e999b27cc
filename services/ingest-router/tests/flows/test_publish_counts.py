import orjson
from ingest_router.core.outcomes import Accepted, Refused, Unconfirmed, outcome
from ingest_router.on_twins import DoorOnTwins
from tidelake.contracts.broken_rules import BrokenRule
from tidelake.contracts.contract import Version
from tidelake.streams.producer import Failed

REQUEST = outcome(
    "trips",
    Version(1, 0, 0),
    (
        Accepted(0, "a", True, "events.trips", 0, 0),
        Refused(1, (BrokenRule("distance", "type", "x", "y"),)),
        Unconfirmed(2, "c", True),
    ),
)


def published(door: DoorOnTwins) -> list[dict[str, object]]:
    return [orjson.loads(record.value or b"") for record in door.kept("ingest-counts")]


async def test_counts_are_cumulative_and_say_whose_they_are(door: DoorOnTwins) -> None:
    door.door.tally.add(REQUEST)
    await door.door.counts.step()
    door.door.tally.add(REQUEST)
    await door.door.counts.step()
    first, second = published(door)
    assert second == {
        "instance": "twin",
        "run_id": first["run_id"],
        "dataset": "trips",
        "major": 1,
        "seq": 2,
        "received": 6,
        "acknowledged": 2,
        "refused": {"type": 2},
        "unconfirmed": 2,
        "final": False,
        "at": "2013-01-01T00:00:00.000Z",
    }
    assert door.kept("ingest-counts")[0].key == f"{first['run_id']}/trips".encode()


async def test_nothing_is_published_when_nothing_changed(door: DoorOnTwins) -> None:
    await door.door.counts.step()
    door.door.tally.add(REQUEST)
    await door.door.counts.step()
    await door.door.counts.step()
    assert len(published(door)) == 1


async def test_what_kafka_did_not_take_is_published_again(door: DoorOnTwins) -> None:
    door.door.tally.add(REQUEST)
    door.producer.fail_next(Failed("away", maybe_kept=False))
    assert not await door.door.counts.step()
    assert door.door.counts.unpublished() == 1
    assert await door.door.counts.step()
    assert door.door.counts.unpublished() == 0
    assert [count["received"] for count in published(door)] == [3]


async def test_the_last_count_of_a_run_says_so_and_is_the_highest(door: DoorOnTwins) -> None:
    door.door.tally.add(REQUEST)
    await door.door.counts.step()
    await door.door.counts.step(final=True)
    counts = published(door)
    assert [count["final"] for count in counts] == [False, True]
    assert counts[0]["seq"] < counts[1]["seq"]  # type: ignore[operator]


async def test_a_producer_that_failed_leaves_the_counts_unpublished(door: DoorOnTwins) -> None:
    door.door.tally.add(REQUEST)
    door.producer.close()
    assert not await door.door.counts.step(final=True)
