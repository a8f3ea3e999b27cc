"""What is lost is told by the tables' tokens and Kafka's log starts."""

import pytest
from tidelake.cli.lost_offsets.finding import LostRange, UnknownPartition, find_lost
from tidelake.cli.publication.applying import TopicMadeAnew
from tidelake.contracts.bindings import TopicBinding, accept_new_topic
from tidelake.streams.errors import BrokerUnavailable, UnknownTopic
from tidelake.tables.bronze_table import TableMissing, TableUnfit
from tidelake.tables.errors import StoreRefused, StoreUnavailable
from tidelake.tables.memory_bronze import MemoryBronzeTables
from tidelake.tables.positions import OffsetRange

from .conftest import LosingLake


def test_nothing_is_lost_while_every_token_can_be_read_on(losing: LosingLake) -> None:
    flights = losing.publish()
    losing.commit(flights, 0, 5)
    losing.forget(flights, 0, 5)  # what bronze has
    losing.forget(flights, 1, 9)  # what bronze never began to read
    found = find_lost(losing.lake, [flights])
    assert found.lost == found.problems == ()


def test_what_lies_between_token_and_log_start_is_lost(losing: LosingLake) -> None:
    flights = losing.publish()
    losing.lose(flights, 2, 3, 10)
    losing.lose(flights, 0, 5, 6)
    here = ("flights", 1, "events.flights", "bronze/flights")
    assert find_lost(losing.lake, [flights]).lost == (
        LostRange(*here, losing.source(flights, 0), OffsetRange(5, 6)),
        LostRange(*here, losing.source(flights, 2), OffsetRange(3, 10)),
    )


def test_only_the_partitions_that_are_named_are_looked_at(losing: LosingLake) -> None:
    flights = losing.publish()
    for partition in range(3):
        losing.lose(flights, partition, 3, 10)
    found = find_lost(losing.lake, [flights], [0, 2])
    assert [each.source.partition for each in found.lost] == [0, 2]


def test_a_partition_that_no_topic_of_the_dataset_has_is_named(losing: LosingLake) -> None:
    flights = losing.publish()
    with pytest.raises(UnknownPartition, match=r"no partition 3 and 7: its partitions are 0 to 2"):
        find_lost(losing.lake, [flights], [7, 1, 3])


def test_every_major_version_is_looked_at(losing: LosingLake) -> None:
    first, second = losing.publish(), losing.publish("2.0.0")
    losing.lose(first, 0, 1, 2)
    losing.lose(second, 1, 3, 4)
    found = find_lost(losing.lake, [first, second])
    assert [(each.major, each.topic, each.table) for each in found.lost] == [
        (1, "events.flights", "bronze/flights"),
        (2, "events.flights.v2", "bronze/flights_v2"),
    ]


def test_a_topic_that_is_missing_is_told_and_hides_no_other(losing: LosingLake) -> None:
    first, second = losing.publish(), losing.publish("2.0.0")
    losing.broker.delete_topic(first.topic)
    losing.lose(second, 1, 3, 4)
    found = find_lost(losing.lake, [first, second])
    assert len(found.lost) == 1
    assert [type(problem) for problem in found.problems] == [UnknownTopic]


def test_of_a_topic_that_was_made_anew_nothing_can_be_given_up(losing: LosingLake) -> None:
    flights = losing.publish()
    losing.lose(flights, 0, 3, 10)
    losing.broker.recreate_topic(flights.topic)
    found = find_lost(losing.lake, [flights])
    assert found.lost == ()
    (problem,) = found.problems
    assert isinstance(problem, TopicMadeAnew)
    assert "--accept-new-topic flights" in str(problem)


def test_an_accepted_topic_that_no_writer_has_taken_up_yet_has_lost_nothing(losing: LosingLake) -> None:
    flights = losing.publish()
    losing.lose(flights, 0, 3, 10)
    binding = TopicBinding(flights.topic, losing.broker.recreate_topic(flights.topic))
    accept_new_topic(losing.objects, "flights", 1, binding)
    found = find_lost(losing.lake, [flights])
    assert found.lost == found.problems == ()


def test_a_table_that_can_not_be_read_is_told(losing: LosingLake) -> None:
    flights = losing.publish()
    losing.tables.faults.unfit.add("bronze/flights")
    assert [type(problem) for problem in find_lost(losing.lake, [flights]).problems] == [TableUnfit]
    losing.tables = MemoryBronzeTables()
    assert [type(problem) for problem in find_lost(losing.lake, [flights]).problems] == [TableMissing]


def test_a_store_or_a_kafka_that_is_away_is_said_so(losing: LosingLake) -> None:
    flights = losing.publish()
    losing.tables.faults.down = True
    with pytest.raises(StoreUnavailable):
        find_lost(losing.lake, [flights])
    losing.tables.faults.refusing = True
    with pytest.raises(StoreRefused):
        find_lost(losing.lake, [flights])
    losing.broker.available = False
    with pytest.raises(BrokerUnavailable):
        find_lost(losing.lake, [flights])
