"""When records could be read, by the table's own log."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from tidelake.bench.commits import CommitLog, announced_ends_in, tokens_in
from tidelake.tables.announcement import METADATA_KEY, AnnouncedRange, Announcement, encode
from tidelake.tables.memory_objects import MemoryObjects
from tidelake.tables.positions import Source

TABLE = "bronze/flights"
FIRST, SECOND = Source("topic", 0), Source("topic", 1)


class _Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def objects(clock: _Clock) -> MemoryObjects:
    return MemoryObjects(clock.now)


def _commit(objects: MemoryObjects, version: int, **tokens: int) -> None:
    actions = ['{"commitInfo":{"operation":"WRITE"}}', '{"add":{"path":"a.parquet","size":1}}']
    actions += [f'{{"txn":{{"appId":"topic/{name[1:]}","version":{end}}}}}' for name, end in tokens.items()]
    assert objects.create(f"{TABLE}/_delta_log/{version:020d}.json", "\n".join(actions).encode())


def test_tokens_are_read_from_the_actions_of_a_commit() -> None:
    commit = b'{"commitInfo":{}}\n{"txn":{"appId":"t/0","version":7,"lastUpdated":1}}\n{"add":{"path":"x"}}\n'

    assert tokens_in(commit) == {"t/0": 7}


def test_silvers_commits_announce_how_far_their_batch_reaches() -> None:
    ranges = tuple(AnnouncedRange("t", "events.t", at, 3, end, 2) for at, end in ((0, 7), (1, 9)))
    said = Announcement("silver/t", "t", "id", datetime(2026, 1, 1, tzinfo=UTC), 4, ranges)
    commit = msgspec.json.encode({"commitInfo": {METADATA_KEY: encode(said).decode()}})

    assert announced_ends_in(b'{"add":{"path":"x"}}\n' + commit + b"\n") == {"t/0": 7, "t/1": 9}
    assert announced_ends_in(b'{"commitInfo":{"operation":"OPTIMIZE"}}') == {}


def test_a_record_can_be_read_from_the_commit_on_that_moves_its_token_past_it(
    objects: MemoryObjects, clock: _Clock
) -> None:
    log = CommitLog(objects, TABLE)
    _commit(objects, 0)
    _commit(objects, 1, p0=10)
    first = clock.time.timestamp()
    _commit(objects, 2, p1=5)
    other = clock.time.timestamp()
    _commit(objects, 3, p0=20)
    second = clock.time.timestamp()

    log.refresh()

    assert [log.readable_at(FIRST, offset) for offset in (0, 9, 10, 19)] == [first, first, second, second]
    assert log.readable_at(SECOND, 4) == other
    assert log.readable_at(FIRST, 20) is None
    assert log.readable_at(SECOND, 5) is None


def test_what_comes_later_is_found_by_the_next_refresh(objects: MemoryObjects) -> None:
    log = CommitLog(objects, TABLE)
    _commit(objects, 0)
    log.refresh()
    assert log.end(FIRST) == 0

    _commit(objects, 1, p0=10)
    log.refresh()
    log.refresh()

    assert log.end(FIRST) == 10


def test_checkpoints_and_other_tables_are_passed_over(objects: MemoryObjects) -> None:
    objects.create(f"{TABLE}/_delta_log/_last_checkpoint", b"{}")
    objects.create(f"{TABLE}/_delta_log/{0:020d}.checkpoint.parquet", b"PAR1")
    objects.create(f"{TABLE}_v2/_delta_log/{0:020d}.json", b'{"txn":{"appId":"topic/0","version":7}}')
    log = CommitLog(objects, TABLE)

    log.refresh()

    assert log.end(FIRST) == 0
