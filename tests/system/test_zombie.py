"""A writer that sleeps through its own expulsion wakes up and goes on as if nothing had happened."""

from datetime import timedelta

import pytest
from tidelake.testkit.gcs.fault_rule import FaultRule
from tidelake.testkit.road.road import Road
from tidelake.testkit.road.waiting import pause, until

pytestmark = [pytest.mark.system, pytest.mark.timeout(480)]

_COMMIT = r"_delta_log/\d+\.json$"


def test_a_zombie_that_still_commits_another_partition_doubles_nothing(road: Road, seed: int) -> None:
    dataset = road.publish(partitions=4, freshness=timedelta(seconds=2))
    # It commits at once what it takes at once, so that what it read ahead reaches a commit, too, before it
    # hears of its expulsion.
    zombie = road.writer("zombie", MAX_POLL_RECORDS=2000, MAX_COMMIT_BYTES=1024 * 1024).start(wait=False)
    heir = road.writer("heir").start(wait=False)
    zombie.wait_ready()
    heir.wait_ready()
    road.wait_shared(dataset, zombie, heir)
    kept, moved = road.owned_by(zombie, dataset)
    traffic = road.kafka_traffic(dataset, seed=seed)
    traffic.send(40)
    road.wait_caught_up(dataset)
    topic_id = road.kafka.topic_id(dataset.topic)

    # The zombie is in the middle of a commit of `kept`, has read ahead in `moved`, and falls asleep. The
    # store holds its request for a while and then refuses it, so that the commit is made after it woke up.
    faults = road.emulator.faults
    held = faults.add(FaultRule("latency", method="PUT", path=_COMMIT, seconds=2.0))
    faults.add(FaultRule("status", method="PUT", path=_COMMIT, status=503))
    traffic.send(30, partition=kept)
    until(lambda: faults.struck(held), 20.0, "a commit is under way")
    first_kept = road.bronze(dataset).next_offsets(topic_id, [kept])[kept]
    traffic.send(4500, partition=moved, size=1000)
    pause(0.5)  # for the reading ahead, which nothing tells of
    zombie.freeze()
    faults.clear()

    # Kafka forgets what the commit holds: the heir can't take that partition up, so it stays the zombie's.
    before = road.kafka.read(dataset.topic)
    road.kafka.forget(dataset.topic, kept, before.ends[kept])
    until(lambda: sorted(road.owned_by(heir, dataset)) == [0, 1, 2, 3], 40.0, "the heir owns everything")
    road.wait_caught_up(dataset, partitions=[moved])
    assert road.bronze(dataset).next_offsets(topic_id, [kept]) == {kept: first_kept}
    version_of_heir = road.bronze(dataset).version()
    zombie.thaw()
    until(
        lambda: road.bronze(dataset).next_offsets(topic_id, [kept])[kept] == before.ends[kept],
        20.0,
        lambda: f"the zombie's commit: {zombie.tail()}",
    )

    # The table's own history: after it woke up, and after the heir's commits, the zombie committed.
    (last,) = [one for one in road.bronze(dataset).commits() if one.version > version_of_heir]
    assert [(one.partition, one.first, one.end) for one in last.ranges] == [
        (kept, first_kept, before.ends[kept])
    ]
    heirs = [one for one in road.bronze(dataset).commits() if one.version <= version_of_heir]
    assert any(covered.partition == moved for covered in heirs[-1].ranges)

    # What it had read ahead was the heir's by then. Everybody goes on, and nothing stands twice.
    road.wait_shared(dataset, zombie, heir)
    traffic.send(200)
    road.wait_caught_up(dataset)
    found = road.findings(dataset, traffic.acknowledged, earlier=[before])
    assert found.clean, found
    until(lambda: zombie.ready and heir.ready, 20.0, lambda: f"ready: {zombie.report()} {heir.report()}")
