"""`lake dataset give-up-offsets` as it is typed."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from tidelake.cli.dataset import app
from tidelake.cli.lost_offsets import command
from tidelake.cli.lost_offsets.finding import UnknownPartition
from tidelake.cli.lost_offsets.waiting import StandsStill
from tidelake.cli.publication.lake import Lake
from tidelake.cli.publication.published import UnknownDataset
from tidelake.contracts.contract import Contract
from tidelake.contracts.given_up import read_given_up
from tidelake.runtime.shutdown import StopSignal
from tidelake.streams.errors import BrokerUnavailable
from tidelake.tables.positions import OffsetRange
from typer.testing import CliRunner, Result

from .conftest import LosingLake

Meanwhile = Callable[[Callable[[], object]], None]


@pytest.fixture(autouse=True)
def _this_lake(losing: LosingLake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "connect", lambda: None)

    def this(_connection: None) -> Lake:
        return losing.lake

    monkeypatch.setattr(command, "open_lake", this)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """meanwhile(act): `act` is done instead of each wait; what is true ends the waiting, as Ctrl-C does."""

    def set_(act: Callable[[], object]) -> None:
        def wait(_stop: StopSignal, _span: timedelta) -> bool:
            return bool(act())

        monkeypatch.setattr(StopSignal, "wait", wait)

    return set_


def give_up_offsets(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["give-up-offsets", *arguments])


def said(losing: LosingLake, contract: Contract, partition: int, token: int) -> OffsetRange | None:
    return read_given_up(losing.objects, "flights", losing.source(contract, partition), token)


def test_where_nothing_is_lost_it_says_so(losing: LosingLake) -> None:
    losing.publish()
    result = give_up_offsets("flights", "--yes")
    assert result.exit_code == 0
    assert "Nothing of flights is lost" in result.stdout


def test_without_yes_it_shows_what_is_lost_and_what_to_paste_and_does_nothing(losing: LosingLake) -> None:
    flights = losing.publish()
    losing.lose(flights, 0, 3, 1503)
    losing.lose(flights, 1, 4, 5)
    before = losing.objects.list("")
    result = give_up_offsets("flights")
    assert result.exit_code == 1
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["events.flights", "0", "3", "1503", "1,500"] in lines
    assert ["events.flights", "1", "4", "5", "1"] in lines
    assert "gone from the lake for ever" in result.stdout
    assert "lake audit goes on naming them as lost" in result.stdout
    assert result.stdout.endswith("./lake dataset give-up-offsets flights --yes\n")
    assert losing.objects.list("") == before


def test_with_yes_it_gives_up_and_waits_for_the_writers(losing: LosingLake, meanwhile: Meanwhile) -> None:
    flights = losing.publish()
    losing.lose(flights, 0, 3, 10)
    meanwhile(lambda: losing.writer_step(flights))
    result = give_up_offsets("flights", "--yes")
    assert result.exit_code == 0, result.output
    assert "✓ offsets 3 to 9 of events.flights/0 are given up" in result.stdout
    assert "✓ reading has gone on behind them" in result.stdout
    assert said(losing, flights, 0, 3) == OffsetRange(3, 10)


def test_doing_it_twice_changes_nothing(losing: LosingLake, meanwhile: Meanwhile) -> None:
    flights = losing.publish()
    losing.lose(flights, 0, 3, 10)
    meanwhile(lambda: True)
    assert give_up_offsets("flights", "--yes").exit_code == 130
    before = losing.objects.list("")
    meanwhile(lambda: losing.writer_step(flights))
    assert give_up_offsets("flights", "--yes").exit_code == 0
    assert give_up_offsets("flights", "--yes").exit_code == 0
    assert losing.objects.list("") == before


def test_partitions_can_be_chosen(losing: LosingLake, meanwhile: Meanwhile) -> None:
    flights = losing.publish()
    for partition in range(3):
        losing.lose(flights, partition, 3, 10)
    shown = give_up_offsets("flights", "--partition", "2", "--partition", "0")
    assert shown.stdout.endswith("./lake dataset give-up-offsets flights --partition 0 --partition 2 --yes\n")
    meanwhile(lambda: losing.writer_step(flights))
    assert give_up_offsets("flights", "--partition", "2", "--partition", "0", "--yes").exit_code == 0
    assert [said(losing, flights, partition, 3) is not None for partition in range(3)] == [True, False, True]


def test_all_major_versions_are_given_up(losing: LosingLake, meanwhile: Meanwhile) -> None:
    first, second = losing.publish(), losing.publish("2.0.0")
    losing.lose(first, 0, 3, 10)
    losing.lose(second, 0, 5, 6)

    def writers() -> None:
        losing.writer_step(first)
        losing.writer_step(second)

    meanwhile(writers)
    assert give_up_offsets("flights", "--yes").exit_code == 0
    assert said(losing, first, 0, 3) == OffsetRange(3, 10)
    assert said(losing, second, 0, 5) == OffsetRange(5, 6)


def test_what_is_lost_is_written_as_data(losing: LosingLake, tmp_path: Path) -> None:
    flights = losing.publish()
    losing.lose(flights, 1, 3, 10)
    report = tmp_path / "lost.json"
    assert give_up_offsets("flights", "--json", str(report)).exit_code == 1
    assert orjson.loads(report.read_bytes()) == [
        {
            "dataset": "flights",
            "major": 1,
            "topic": "events.flights",
            "topic_id": losing.source(flights, 1).topic_id,
            "table": "bronze/flights",
            "partition": 1,
            "first": 3,
            "end": 10,
            "records_at_most": 7,
        }
    ]


def test_what_kafka_deletes_meanwhile_is_asked_for_again(losing: LosingLake, meanwhile: Meanwhile) -> None:
    flights = losing.publish()
    losing.lose(flights, 0, 3, 10)

    def deletes_more_and_goes_on() -> None:
        losing.forget(flights, 0, 12)
        losing.writer_step(flights)

    meanwhile(deletes_more_and_goes_on)
    result = give_up_offsets("flights", "--yes")
    assert result.exit_code == 1
    assert ["events.flights", "0", "10", "12", "2"] in [line.split() for line in result.stdout.splitlines()]
    assert said(losing, flights, 0, 3) == OffsetRange(3, 10)
    assert said(losing, flights, 0, 10) is None


def test_no_writer_that_goes_on_is_an_error(losing: LosingLake) -> None:
    flights = losing.publish()
    losing.lose(flights, 0, 3, 10)
    result = give_up_offsets("flights", "--yes", "--timeout", "0")
    assert isinstance(result.exception, StandsStill)


def test_ctrl_c_ends_the_waiting_and_not_the_word(losing: LosingLake, meanwhile: Meanwhile) -> None:
    flights = losing.publish()
    losing.lose(flights, 0, 3, 10)
    meanwhile(lambda: True)
    result = give_up_offsets("flights", "--yes")
    assert result.exit_code == 130
    assert "The offsets are given up" in result.stdout
    assert said(losing, flights, 0, 3) == OffsetRange(3, 10)


def test_a_dataset_that_nobody_published_is_said_so(losing: LosingLake) -> None:
    losing.publish()
    result = give_up_offsets("fligths")
    assert isinstance(result.exception, UnknownDataset)
    assert "flights" in str(result.exception)


def test_a_partition_that_is_not_there_is_said_so(losing: LosingLake) -> None:
    losing.publish()
    assert isinstance(give_up_offsets("flights", "--partition", "3").exception, UnknownPartition)


def test_a_topic_that_is_missing_is_no_word_of_nothing_lost(losing: LosingLake) -> None:
    losing.broker.delete_topic(losing.publish().topic)
    result = give_up_offsets("flights", "--yes")
    assert result.exit_code == 1
    assert "Kafka has no topic 'events.flights'" in result.stdout
    assert "nothing to give up" not in result.stdout


def test_a_topic_made_anew_is_to_be_accepted_and_other_majors_are_given_up(
    losing: LosingLake, meanwhile: Meanwhile
) -> None:
    first, second = losing.publish(), losing.publish("2.0.0")
    losing.lose(first, 0, 3, 10)
    losing.broker.recreate_topic(first.topic)
    losing.lose(second, 0, 3, 10)
    meanwhile(lambda: losing.writer_step(second))
    result = give_up_offsets("flights", "--yes")
    assert result.exit_code == 1
    assert "./lake dataset apply --accept-new-topic flights" in result.stdout
    assert said(losing, second, 0, 3) == OffsetRange(3, 10)


def test_kafka_that_is_away_is_said_so(losing: LosingLake) -> None:
    losing.publish()
    losing.broker.available = False
    assert isinstance(give_up_offsets("flights").exception, BrokerUnavailable)
