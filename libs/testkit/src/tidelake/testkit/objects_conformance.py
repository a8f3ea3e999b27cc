"""What every object store of the lake must do: one suite, run on the GCS client and on the twin in memory.

A test module subclasses `ObjectsConformance` and gives it a fixture `objects`, empty for each test.
"""

import threading
from datetime import UTC

from tidelake.tables.objects import Objects


class ObjectsConformance:
    """Subclass it, name the subclass Test..., give it a fixture `objects: Objects`."""

    def test_what_was_created_can_be_read(self, objects: Objects) -> None:
        assert objects.create("keys/a.json", b"\x00\xff")
        stored = objects.read("keys/a.json")
        assert stored is not None
        assert stored.content == b"\x00\xff"

    def test_what_is_not_there_reads_as_nothing(self, objects: Objects) -> None:
        assert objects.read("keys/a.json") is None

    def test_an_empty_object_is_an_object(self, objects: Objects) -> None:
        assert objects.create("keys/empty", b"")
        stored = objects.read("keys/empty")
        assert stored is not None
        assert stored.content == b""

    def test_create_never_overwrites(self, objects: Objects) -> None:
        assert objects.create("keys/a.json", b"first")
        assert not objects.create("keys/a.json", b"second")
        stored = objects.read("keys/a.json")
        assert stored is not None
        assert stored.content == b"first"

    def test_of_many_that_create_at_once_one_wins(self, objects: Objects) -> None:
        barrier = threading.Barrier(8)
        won: list[bytes] = []

        def create(content: bytes) -> None:
            barrier.wait()
            if objects.create("locks/a", content):
                won.append(content)

        threads = [threading.Thread(target=create, args=(str(number).encode(),)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        stored = objects.read("locks/a")
        assert stored is not None
        assert won == [stored.content]

    def test_replace_needs_the_generation_that_was_read(self, objects: Objects) -> None:
        objects.create("keys/a.json", b"first")
        stored = objects.read("keys/a.json")
        assert stored is not None
        assert objects.replace("keys/a.json", b"second", stored.generation)
        assert not objects.replace("keys/a.json", b"third", stored.generation)
        replaced = objects.read("keys/a.json")
        assert replaced is not None
        assert replaced.content == b"second"
        assert replaced.generation != stored.generation

    def test_what_is_not_there_is_not_replaced(self, objects: Objects) -> None:
        assert not objects.replace("keys/a.json", b"first", 7)
        assert objects.read("keys/a.json") is None

    def test_list_gives_all_below_a_prefix_in_order(self, objects: Objects) -> None:
        for path in ("keys/b", "keys/a/deep", "keyring", "contracts/c"):
            objects.create(path, b"")
        assert [entry.path for entry in objects.list("keys/")] == ["keys/a/deep", "keys/b"]
        assert [entry.path for entry in objects.list("key")] == ["keyring", "keys/a/deep", "keys/b"]
        assert objects.list("nothing/") == []

    def test_a_listing_tells_the_generation_to_replace_at(self, objects: Objects) -> None:
        objects.create("keys/a.json", b"first")
        (entry,) = objects.list("keys/")
        assert entry.updated.tzinfo is not None
        assert entry.updated.utcoffset() == UTC.utcoffset(None)
        assert objects.replace("keys/a.json", b"second", entry.generation)

    def test_delete_says_whether_there_was_something(self, objects: Objects) -> None:
        objects.create("keys/a.json", b"first")
        assert objects.delete("keys/a.json")
        assert not objects.delete("keys/a.json")
        assert objects.create("keys/a.json", b"again")
