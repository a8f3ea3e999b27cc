"""What survives a restart, and what a restart clears away."""

from datetime import timedelta
from pathlib import Path

import pytest
from tidelake.testkit.clock import FakeClock
from tidelake.testkit.gcs.contents import InHand
from tidelake.testkit.gcs.errors import TornContent
from tidelake.testkit.gcs.in_process import Ask
from tidelake.testkit.gcs.objects import Attributes
from tidelake.testkit.gcs.preconditions import ANYTHING
from tidelake.testkit.gcs.store import DirectoryInUse, Store


def _put(store: Store, name: str, content: bytes = b"content") -> int:
    return store.put("lake", name, InHand(content), Attributes(), ANYTHING).generation


def _blobs(ask: Ask) -> list[Path]:
    return sorted((ask.directory / "blobs").iterdir())


def test_everything_acknowledged_is_there_after_a_restart(ask: Ask) -> None:
    ask.put("a", b"first")
    generation = ask.put("a", b"second")
    ask.json("PATCH /storage/v1/b/lake/o/a", {"metadata": {"k": "v"}, "contentType": "text/csv"})
    ask.put("deleted")
    ask("DELETE /lake/deleted")
    before = ask.json("GET /storage/v1/b/lake/o/a")
    again = ask.reopened()
    assert again.json("GET /storage/v1/b/lake/o/a") == before
    assert (before["generation"], again.content("a")) == (generation, b"second")
    assert again.content("deleted") is None
    again.store.close()


def test_generations_grow_while_the_clock_stands_still_and_when_it_goes_back(tmp_path: Path) -> None:
    ahead = FakeClock()
    ahead.advance(timedelta(days=1))
    store = Store(tmp_path, ahead)
    store.create_bucket("lake")
    generations = [_put(store, "a"), _put(store, "a"), _put(store, "b")]
    store.delete(store.get("lake", "b"))
    store.close()
    back = Store(tmp_path, FakeClock())
    generations.append(_put(back, "a"))
    back.close()
    assert generations == sorted(set(generations))


def test_a_generation_is_the_time_in_microseconds(ask: Ask) -> None:
    assert ask.put("a") == str(int(ask.clock.now().timestamp()) * 1_000_000)


def test_a_replaced_or_deleted_object_leaves_no_file(ask: Ask) -> None:
    ask.put("a", b"first")
    ask.put("a", b"second")
    assert [path.read_bytes() for path in _blobs(ask)] == [b"second"]
    ask("DELETE /lake/a")
    assert _blobs(ask) == []


def test_a_write_cut_short_before_its_catalogue_row_leaves_nothing(ask: Ask) -> None:
    ask.put("a")
    (ask.directory / "blobs" / "9999999999999999").write_bytes(b"torn")
    again = ask.reopened()
    assert [path.name for path in _blobs(again)] == [again.json("GET /storage/v1/b/lake/o/a")["generation"]]
    again.store.close()


@pytest.mark.parametrize("damage", [b"", b"conten", b"c0ntent", b"content and more", None])
@pytest.mark.parametrize("line", ["GET /lake/a", "GET /download/storage/v1/b/lake/o/a?alt=media"])
def test_damaged_content_is_never_served(ask: Ask, line: str, damage: bytes | None) -> None:
    ask.put("a", b"content")
    again = ask.reopened()
    (blob,) = _blobs(again)
    if damage is None:
        blob.unlink()
    else:
        blob.write_bytes(damage)
    for headers in ({}, {"range": "bytes=0-1"}):
        answer = again(line, headers=headers)
        assert (answer.status, b"damaged" in answer.body) == (500, True)
    assert again("POST /storage/v1/b/lake/o/a/copyTo/b/lake/o/b").status == 500
    # It can be mended by writing it again.
    assert again.put("a", b"whole")
    assert again.content("a") == b"whole"
    again.store.close()


def test_damage_is_named(ask: Ask) -> None:
    ask.put("a", b"content")
    again = ask.reopened()
    _blobs(again)[0].write_bytes(b"conte")
    with pytest.raises(TornContent, match="5 of 7 bytes"):
        again.store.read(again.store.get("lake", "a"))
    again.store.close()


def test_a_directory_serves_one_store_at_a_time(ask: Ask) -> None:
    with pytest.raises(DirectoryInUse):
        Store(ask.directory, FakeClock())


def test_a_store_that_waits_for_the_disk_answers_the_same(tmp_path: Path) -> None:
    store = Store(tmp_path, FakeClock(), fsync=True)
    store.create_bucket("lake")
    generation = _put(store, "a", b"settled")
    moved = store.move(store.get("lake", "a"), "b", ANYTHING)
    assert moved.generation > generation
    assert store.read(store.get("lake", "b")) == b"settled"
    store.close()
