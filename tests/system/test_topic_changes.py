"""A topic is made anew, grows, or loses its beginning under a running writer."""

from datetime import UTC, datetime

import pytest
from tidelake.testkit.road.dataset import make_topic
from tidelake.testkit.road.road import Road
from tidelake.testkit.road.waiting import until

from .conftest import LakeCommand

pytestmark = [pytest.mark.system, pytest.mark.timeout(480)]


def test_a_topic_made_anew_is_found_before_a_commit_and_read_once_accepted(
    road: Road, lake: LakeCommand, seed: int
) -> None:
    dataset = road.publish()
    router, writer = road.router().start(wait=False), road.writer().start()
    first = road.kafka_traffic(dataset, seed=seed)
    first.send(300)
    road.check(dataset, first.acknowledged)
    earlier = road.kafka.read(dataset.topic)
    version = road.bronze(dataset).version()

    road.delete_topic(dataset)
    make_topic(road.bootstrap, dataset.topic, dataset.partitions)
    second = road.kafka_traffic(dataset, seed=seed + 1)
    second.send(600)
    anew = road.kafka.topic_id(dataset.topic)
    assert anew != earlier.topic_id

    until(lambda: anew in writer.reasons(), 40.0, lambda: f"found: {writer.report()}\n{writer.tail()}")
    assert dataset.name in writer.reasons()
    assert "--accept-new-topic" in writer.reasons()
    assert writer.alive
    assert road.bronze(dataset).version() == version, "nothing of the new topic is in bronze yet"

    router.wait_ready()
    accepted = lake(router, "dataset", "apply", "--accept-new-topic", dataset.name)
    assert accepted.returncode == 0, accepted.stdout + accepted.stderr
    assert anew in accepted.stdout
    road.wait_caught_up(dataset)
    both = road.findings(dataset, {**first.acknowledged, **second.acknowledged}, earlier=[earlier])
    assert both.clean, both
    assert both.rows == 900
    until(lambda: writer.ready, 20.0, lambda: f"ready again: {writer.report()}")


def test_an_added_partition_is_read_without_a_restart(road: Road, seed: int) -> None:
    dataset = road.publish(partitions=2)
    road.writer().start()
    traffic = road.kafka_traffic(dataset, seed=seed)
    traffic.send(100)
    make_topic(road.bootstrap, dataset.topic, 3)
    added = road.kafka_traffic(dataset, seed=seed + 1)
    added.send(100, partition=2)
    found = road.check(dataset, {**traffic.acknowledged, **added.acknowledged})
    assert found.rows == 200


def test_records_that_kafka_forgot_stop_their_partition_alone_until_they_are_given_up(
    road: Road, lake: LakeCommand, seed: int
) -> None:
    dataset = road.publish()
    writer = road.writer().start()
    traffic = road.kafka_traffic(dataset, seed=seed)
    traffic.send(300)
    road.check(dataset, traffic.acknowledged)
    before = road.kafka.read(dataset.topic)
    assert writer.stop() == 0

    traffic.send(300)
    forgotten = road.kafka.ends(dataset.topic)[0] - 10
    road.kafka.forget(dataset.topic, 0, forgotten)
    began = datetime.now(UTC)
    writer.start(wait=False)
    traffic.send(30)
    road.wait_caught_up(dataset, partitions=[1, 2])
    until(lambda: str(before.ends[0]) in writer.reasons(), 20.0, lambda: f"an alert: {writer.report()}")
    assert f"{dataset.topic}" in writer.reasons()
    assert writer.alive
    assert not writer.ready

    tokens = road.bronze(dataset).next_offsets(before.topic_id, [0])
    assert tokens[0] == before.ends[0], "it never jumps over what it can't read"
    in_bronze = {position for position, _ in road.bronze(dataset).rows()}
    others = {position for position in traffic.acknowledged if position.partition != 0}
    assert others <= in_bronze
    assert all(
        covered.partition != 0
        for commit in road.bronze(dataset).commits()
        if commit.at >= began
        for covered in commit.ranges
    )

    router = road.router()  # never asked
    shown = lake(router, "dataset", "give-up-offsets", dataset.name)
    assert shown.returncode == 1, shown.stdout + shown.stderr
    lost = [str(before.ends[0]), str(forgotten), f"{forgotten - before.ends[0]:,}"]
    assert [line.split()[-4:] for line in shown.stdout.splitlines()].count(["0", *lost]) == 1, shown.stdout
    assert road.bronze(dataset).next_offsets(before.topic_id, [0]) == tokens, "it only shows"

    given_up = lake(router, "dataset", "give-up-offsets", dataset.name, "--partition", "0", "--yes")
    assert given_up.returncode == 0, given_up.stdout + given_up.stderr
    road.wait_caught_up(dataset)
    until(lambda: writer.ready, 20.0, lambda: f"ready again: {writer.report()}")
    kept = [before, road.kafka.read(dataset.topic)]
    found = road.findings(dataset, earlier=kept[:1])
    assert found.clean, found
    assert found.rows == len({position for log in kept for position in log.records})

    again = lake(router, "dataset", "give-up-offsets", dataset.name, "--yes")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "nothing to give up" in again.stdout
    audit = lake(router, "audit", dataset.name)
    assert audit.returncode == 0, audit.stdout + audit.stderr
    assert f"{forgotten - before.ends[0]:,} deleted from Kafka before bronze had read them" in audit.stdout
