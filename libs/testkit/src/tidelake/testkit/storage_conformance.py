"""What the lake asks of an object store: one suite, run on the emulator and on a real bucket.

A test module subclasses `StorageConformance` and gives it a fixture `lab`.
"""

import base64
import subprocess
import sys

import google_crc32c
import msgspec
import pytest
from tidelake.testkit.racing import race
from tidelake.testkit.racing_appends import Order, Outcome
from tidelake.testkit.storage_lab import StorageLab
from tidelake.testkit.storage_writes import WAYS, Prepare

WRITERS = 16
_BUSY = 429  # a real bucket may say so to writers of one object; they have not written then

each_way = pytest.mark.parametrize("prepare", WAYS.values(), ids=WAYS.keys())


def race_of_writers(lab: StorageLab, prepare: Prepare, name: str, generation: str) -> list[int]:
    """The statuses of writers that race for one object. Writer n's content is the text n."""
    return race([prepare(lab, name, str(writer).encode(), generation) for writer in range(WRITERS)])


def lockstep_appends(lab: StorageLab, *, writers: int, rounds: int) -> Outcome:
    """Appends to one new table by that many writers at once, so many times over."""
    order = Order(lab.uri(), dict(lab.delta_options), writers, rounds)
    ended = subprocess.run(
        [sys.executable, "-m", "tidelake.testkit.racing_appends"],
        input=msgspec.json.encode(order),
        capture_output=True,
        timeout=110,
        check=False,
    )
    if not ended.stdout:
        raise AssertionError(f"the appends failed: {ended.stderr.decode()}")
    return msgspec.json.decode(ended.stdout, type=Outcome)


class StorageConformance:
    """Preconditions first: everything that the lake promises rests on them."""

    @each_way
    def test_of_sixteen_writers_of_an_absent_object_one_wins(self, lab: StorageLab, prepare: Prepare) -> None:
        name = lab.name()
        statuses = race_of_writers(lab, prepare, name, "0")
        self._one_winner(lab, name, statuses)

    @each_way
    def test_of_sixteen_writers_over_a_known_generation_one_wins(
        self, lab: StorageLab, prepare: Prepare
    ) -> None:
        name = lab.name()
        statuses = race_of_writers(lab, prepare, name, lab.put(name, b"before"))
        self._one_winner(lab, name, statuses)

    @each_way
    def test_a_write_under_a_generation_that_has_passed_changes_nothing(
        self, lab: StorageLab, prepare: Prepare
    ) -> None:
        name = lab.name()
        passed = lab.put(name, b"first")
        decide = prepare(lab, name, b"late", passed)
        lab.put(name, b"second")
        assert decide() == 412
        assert lab.content(name) == b"second"

    @each_way
    def test_a_write_that_found_nothing_does_not_replace_what_came_between(
        self, lab: StorageLab, prepare: Prepare
    ) -> None:
        name = lab.name()
        decide = prepare(lab, name, b"late", "0")
        lab.put(name, b"between")
        assert decide() == 412
        assert lab.content(name) == b"between"

    def test_generations_of_one_object_grow(self, lab: StorageLab) -> None:
        name = lab.name()
        generations = [int(lab.put(name, b"first")), int(lab.put(name, b"second"))]
        assert lab.ask("DELETE", lab.xml(name)).status_code == 204
        generations.append(int(lab.put(name, b"third")))
        assert generations == sorted(set(generations))

    def test_an_absent_object_is_not_found_whatever_is_demanded_of_it(self, lab: StorageLab) -> None:
        name, demanded = lab.name(), {"ifGenerationMatch": "5"}
        assert lab.ask("GET", lab.xml(name)).status_code == 404
        assert lab.ask("HEAD", lab.xml(name)).status_code == 404
        assert lab.ask("GET", lab.json(name)).status_code == 404
        assert lab.ask("DELETE", lab.json(name), query=demanded).status_code == 404
        assert lab.ask("POST", f"{lab.json(name)}/moveTo/o/any", query=demanded).status_code == 404

    def test_a_delete_spares_a_generation_that_was_not_meant(self, lab: StorageLab) -> None:
        name = lab.name()
        old = lab.put(name, b"old")
        new = lab.put(name, b"new")
        assert lab.ask("DELETE", lab.json(name), query={"ifGenerationMatch": old}).status_code == 412
        assert lab.content(name) == b"new"
        assert lab.ask("DELETE", lab.json(name), query={"ifGenerationMatch": new}).status_code == 204
        assert lab.content(name) is None

    def test_what_is_written_is_readable_and_listed_at_once(self, lab: StorageLab) -> None:
        folder = lab.name()
        for number in range(5):
            lab.put(f"{folder}/{number}", b"content")
            page = lab.ask("GET", lab.json(), query={"prefix": f"{folder}/"}).json()
            assert [item["name"] for item in page["items"]] == [f"{folder}/{n}" for n in range(number + 1)]
        assert lab.ask("DELETE", lab.xml(f"{folder}/0")).status_code == 204
        page = lab.ask("GET", lab.json(), query={"prefix": f"{folder}/"}).json()
        assert [item["name"] for item in page["items"]] == [f"{folder}/{n}" for n in range(1, 5)]

    def test_pages_joined_are_the_whole_listing(self, lab: StorageLab) -> None:
        folder = lab.name()
        names = [f"{folder}/{name}" for name in ("a", "b/1", "b/2", "b-", "c")]
        for name in names:
            lab.put(name, b"")
        query: dict[str, str | int] = {"prefix": f"{folder}/", "maxResults": 2}
        listed: list[str] = []
        while True:
            page = lab.ask("GET", lab.json(), query=query).json()
            listed += [item["name"] for item in page.get("items", [])]
            if "nextPageToken" not in page:
                break
            query["pageToken"] = page["nextPageToken"]
        assert listed == sorted(names)
        rolled = lab.ask("GET", lab.json(), query={"prefix": f"{folder}/", "delimiter": "/"}).json()
        assert rolled["prefixes"] == [f"{folder}/b/"]
        assert [item["name"] for item in rolled["items"]] == [f"{folder}/{name}" for name in ("a", "b-", "c")]

    def test_a_range_is_the_bytes_it_names(self, lab: StorageLab) -> None:
        name = lab.name()
        lab.put(name, b"0123456789")
        for asked, content in (("bytes=2-4", b"234"), ("bytes=7-", b"789"), ("bytes=-2", b"89")):
            answer = lab.ask("GET", lab.xml(name), headers={"range": asked})
            assert (answer.status_code, answer.content) == (206, content)
        assert lab.ask("GET", lab.xml(name), headers={"range": "bytes=10-"}).status_code == 416

    @each_way
    def test_the_hash_that_is_told_is_the_contents(self, lab: StorageLab, prepare: Prepare) -> None:
        name, content = lab.name(), bytes(range(256)) * 40
        assert prepare(lab, name, content, "0")() == 200
        told = lab.ask("GET", lab.json(name)).json()["crc32c"]
        assert told == base64.b64encode(google_crc32c.Checksum(content).digest()).decode()
        assert lab.content(name) == content

    def test_an_upload_in_pieces_tells_how_far_it_came(self, lab: StorageLab) -> None:
        name, piece = lab.name(), b"1" * 262_144
        query = {"uploadType": "resumable", "name": name}
        session = lab.ask("POST", lab.upload, query=query).headers["location"]
        empty = lab.ask("PUT", session, headers={"content-range": "bytes */*"})
        assert (empty.status_code, "range" in empty.headers) == (308, False)
        part = lab.ask(
            "PUT", session, headers={"content-range": f"bytes 0-{len(piece) - 1}/*"}, content=piece
        )
        assert (part.status_code, part.headers["range"]) == (308, f"bytes=0-{len(piece) - 1}")
        assert lab.content(name) is None
        last = lab.ask("PUT", session, headers={"content-range": f"bytes */{len(piece)}"})
        assert last.status_code in (200, 201)
        assert lab.content(name) == piece

    def test_a_move_takes_the_source_away(self, lab: StorageLab) -> None:
        source, target = lab.name(), lab.name()
        lab.put(source, b"content")
        address = f"{lab.json(source)}/moveTo/o/{lab.json(target).rpartition('/')[2]}"
        assert lab.ask("POST", address, query={"ifGenerationMatch": "0"}).status_code == 200
        assert (lab.content(source), lab.content(target)) == (None, b"content")

    @pytest.mark.parametrize("writers", [2, 8])
    def test_appends_to_a_table_by_racing_writers_lose_no_row(self, lab: StorageLab, writers: int) -> None:
        outcome = lockstep_appends(lab, writers=writers, rounds=24 // writers)
        assert (outcome.rows, outcome.version) == (outcome.acknowledged, outcome.acknowledged - 1)

    def _one_winner(self, lab: StorageLab, name: str, statuses: list[int]) -> None:
        winners = [writer for writer, status in enumerate(statuses) if status in (200, 201)]
        lost = {status for status in statuses if status not in (200, 201)}
        assert len(winners) == 1, statuses
        assert lost <= ({412, _BUSY} if lab.real else {412}), statuses
        assert lab.content(name) == str(winners[0]).encode()
