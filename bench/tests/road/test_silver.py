"""How far silver and the gateway's answers were behind."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from tidelake.bench.errors import BenchFailed
from tidelake.bench.road.events import Event, Stamps
from tidelake.bench.road.figures import Measure
from tidelake.bench.road.silver import SILVER_P50, Asked, SilverLog, silver_figures
from tidelake.contracts.contract import Contract
from tidelake.contracts.loading import parse_contract
from tidelake.tables.announcement import METADATA_KEY, AnnouncedRange, Announcement, encode
from tidelake.tables.memory_objects import MemoryObjects
from tidelake.tables.positions import Source

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
SOURCE = Source("t", 0)


class Lake:
    """A store whose clock is set, and silver's logs in it."""

    def __init__(self) -> None:
        text = (Path(__file__).parents[3] / "datasets/flights.odcs.yaml").read_text()
        self.contract: Contract = parse_contract(text, "flights")
        self._second = 0.0
        self.objects = MemoryObjects(lambda: BEGAN + timedelta(seconds=self._second))

    def commit(self, path: str, version: int, second: float, first: int, end: int) -> None:
        self._second = second
        ranges = (AnnouncedRange("t", "e", 0, first, end, end - first),)
        said = Announcement(path, "flights", f"{path}{version}", BEGAN, 1, ranges)
        line = msgspec.json.encode({"commitInfo": {METADATA_KEY: encode(said).decode()}})
        assert self.objects.create(f"{path}/_delta_log/{version:020d}.json", line)

    def log(self) -> SilverLog:
        log = SilverLog(self.objects, self.contract)
        log.refresh()
        return log


@pytest.fixture
def lake() -> Lake:
    """Batches: [0, 10) in both tables, [10, 20) all repeats, [20, 30) all new."""
    lake = Lake()
    silver, outcomes = lake.contract.silver_path, lake.contract.outcomes_path
    lake.commit(silver, 1, 4, 0, 10)
    lake.commit(outcomes, 1, 5, 0, 10)
    lake.commit(outcomes, 2, 7, 10, 20)
    lake.commit(silver, 2, 9, 20, 30)
    return lake


def at(second: float) -> float:
    return BEGAN.timestamp() + second


def event(offset: int, due: float, readable: float) -> Event:
    return Event(at(due), at(due), Stamps(at(due), at(due), at(due)), at(readable), SOURCE, offset)


def test_a_record_is_explained_by_the_first_commit_of_its_batch(lake: Lake) -> None:
    log = lake.log()
    assert [log.readable_at(SOURCE, offset) for offset in (0, 9, 10, 19, 20, 29)] == [
        *[at(4)] * 2,
        *[at(7)] * 2,
        *[at(9)] * 2,
    ]
    assert (log.readable_at(SOURCE, 30), log.end(SOURCE)) == (None, 30)


def test_figures_count_from_bronze_and_to_the_first_answer_that_shows_a_version(lake: Lake) -> None:
    events = [event(0, 1, 2), event(25, 6, 8)]
    asked = [Asked(at(4.2), 0.3, 0), Asked(at(5), 0.5, 1), Asked(at(6), 0.5, 1), Asked(at(9.5), 0.5, 2)]
    found = silver_figures(events, lake.log(), asked)
    assert found[SILVER_P50] == 1
    assert found[Measure("bronze to readable in silver p95", "s")] == 2
    assert found[Measure("due to readable in silver p95", "s")] == 3
    assert found[Measure("silver to seen through the gateway p50", "s")] == pytest.approx(0.5)
    assert found[Measure("silver to seen through the gateway p95", "s")] == pytest.approx(1)
    assert found[Measure("batches of silver", "commits")] == 2


def test_an_event_that_silver_has_not_explained_ends_the_bench(lake: Lake) -> None:
    with pytest.raises(BenchFailed, match="offset 30 is in bronze, and silver has not"):
        silver_figures([event(30, 1, 2)], lake.log(), [Asked(at(5), 0.5, 1)])


def test_without_an_answer_there_is_no_figure(lake: Lake) -> None:
    with pytest.raises(BenchFailed, match="no answer"):
        silver_figures([event(0, 1, 2)], lake.log(), [])
