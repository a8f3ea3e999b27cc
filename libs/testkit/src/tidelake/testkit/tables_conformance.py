"""What every implementation of the bronze tables must do: one suite, run on Delta and on its twin in memory.

A test module subclasses `TablesConformance` and gives it a fixture `lab`.
"""

import threading
from dataclasses import dataclass

import pytest
from tidelake.runtime.errors import Terminal, Transient
from tidelake.tables.bronze import BronzeSpec
from tidelake.tables.bronze_table import (
    BronzeHandle,
    BronzeTable,
    CommitFailed,
    CommitRefused,
    HandleSpent,
    TableMissing,
    TableUnfit,
    TokenMoved,
)
from tidelake.tables.errors import StoreRefused, StoreUnavailable
from tidelake.tables.positions import OffsetRange, Source
from tidelake.testkit.bronze_rows import announcement_of, bronze_rows, positions
from tidelake.testkit.tables_labs import TablesLab

P = Source("first-topic-id", 0)
Q = Source("first-topic-id", 1)


@dataclass(frozen=True)
class Bench:
    """One empty table to work on."""

    lab: TablesLab
    table: BronzeTable

    def append(
        self, handle: BronzeHandle, source: Source, first: int, end: int, commit_id: str = "commit"
    ) -> int:
        offsets = OffsetRange(first, end)
        announcement = announcement_of(self.table.path, source, offsets, commit_id)
        return handle.append(bronze_rows(source, offsets), {source: offsets}, announcement)

    def offsets(self, source: Source) -> list[int]:
        """Every offset of the source in the table, repeats included."""
        held = positions(self.lab.rows(self.table.path))
        return sorted(
            offset
            for (topic_id, partition, offset), times in held.items()
            for _ in range(times)
            if Source(topic_id, partition) == source
        )


class TablesConformance:
    """Subclass it, name the subclass Test..., give it a fixture `lab: TablesLab`."""

    @pytest.fixture
    def bench(self, lab: TablesLab) -> Bench:
        path = lab.new_path()
        lab.tables.create(BronzeSpec(path, "flights", "events.flights", P.topic_id))
        return Bench(lab, lab.tables.table(path))

    # --- making and opening ---

    def test_a_table_that_was_never_made_is_missing(self, lab: TablesLab) -> None:
        with pytest.raises(TableMissing):
            lab.tables.table(lab.new_path()).open()

    def test_a_new_table_is_empty_and_bound_to_its_topic(self, bench: Bench) -> None:
        handle = bench.table.open()
        assert (handle.version, handle.topic_id) == (0, "first-topic-id")
        assert (handle.token(P), handle.first_covered(P)) == (None, None)
        assert bench.lab.rows(bench.table.path).num_rows == 0

    def test_of_writers_that_make_the_same_table_at_once_one_decides(self, lab: TablesLab) -> None:
        path = lab.new_path()
        barrier = threading.Barrier(4)

        def create(topic_id: str) -> None:
            barrier.wait()
            lab.tables.create(BronzeSpec(path, "flights", "events.flights", topic_id))

        threads = [threading.Thread(target=create, args=(f"topic{number}",)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        handle = lab.tables.table(path).open()
        assert handle.version == 0
        assert handle.topic_id in {"topic0", "topic1", "topic2", "topic3"}

    def test_making_a_table_that_is_there_leaves_it_as_it_is(self, bench: Bench) -> None:
        bench.append(bench.table.open(), P, 0, 3)
        bench.lab.tables.create(BronzeSpec(bench.table.path, "flights", "events.flights", "other"))
        handle = bench.table.open()
        assert (handle.version, handle.topic_id, handle.token(P)) == (1, "first-topic-id", 3)

    # --- appending ---

    def test_rows_and_token_come_together(self, bench: Bench) -> None:
        handle = bench.table.open()
        assert bench.append(handle, P, 5, 8) == 1
        assert (handle.version, handle.token(P), handle.first_covered(P)) == (1, 8, 5)
        fresh = bench.table.open()
        assert (fresh.version, fresh.token(P), fresh.first_covered(P)) == (1, 8, 5)
        assert bench.offsets(P) == [5, 6, 7]

    def test_one_commit_moves_several_sources(self, bench: Bench) -> None:
        ranges = {P: OffsetRange(0, 2), Q: OffsetRange(7, 7)}
        announcement = announcement_of(bench.table.path, P, ranges[P])
        handle = bench.table.open()
        handle.append(bronze_rows(P, ranges[P]), ranges, announcement)
        fresh = bench.table.open()
        assert (fresh.version, fresh.token(P), fresh.token(Q), fresh.first_covered(Q)) == (1, 2, 7, 7)

    def test_a_range_without_rows_moves_the_token(self, bench: Bench) -> None:
        handle = bench.table.open()
        bench.append(handle, P, 0, 2)
        markers = OffsetRange(2, 4)
        handle.append(
            bronze_rows(P, OffsetRange(2, 2)), {P: markers}, announcement_of(bench.table.path, P, markers)
        )
        assert bench.table.open().token(P) == 4
        assert bench.offsets(P) == [0, 1]

    def test_a_handle_goes_on_from_its_own_commit(self, bench: Bench) -> None:
        handle = bench.table.open()
        versions = [bench.append(handle, P, first, first + 2) for first in range(0, 10, 2)]
        assert versions == [1, 2, 3, 4, 5]
        assert handle.first_covered(P) == 0
        assert bench.offsets(P) == list(range(10))

    # --- exactly once ---

    def test_a_handle_from_before_anothers_commit_cannot_commit_the_same_source(self, bench: Bench) -> None:
        mine, others = bench.table.open(), bench.table.open()
        bench.append(others, P, 0, 10)
        with pytest.raises(CommitFailed):
            bench.append(mine, P, 0, 10)
        assert bench.offsets(P) == list(range(10))
        assert bench.table.open().token(P) == 10

    def test_a_lower_range_than_the_others_cannot_either(self, bench: Bench) -> None:
        mine, others = bench.table.open(), bench.table.open()
        bench.append(others, P, 0, 10)
        with pytest.raises(CommitFailed):
            bench.append(mine, P, 0, 3)
        assert bench.table.open().token(P) == 10

    def test_a_handle_that_stepped_over_anothers_commit_shows_its_token(self, bench: Bench) -> None:
        mine, others = bench.table.open(), bench.table.open()
        assert mine.token(P) is None
        bench.append(others, P, 0, 10)
        assert bench.append(mine, Q, 0, 5) == 2  # the zombie commits another partition of its own first
        assert mine.token(P) == 10
        with pytest.raises(TokenMoved):
            bench.append(mine, P, 0, 10)
        assert bench.append(mine, P, 10, 12) == 3  # nothing was written, so the handle still serves
        assert bench.offsets(P) == list(range(12))

    def test_a_range_that_starts_elsewhere_than_the_token_is_refused_before_anything_is_written(
        self, bench: Bench
    ) -> None:
        handle = bench.table.open()
        bench.append(handle, P, 0, 10)
        for first in (0, 9, 11):
            with pytest.raises(TokenMoved):
                bench.append(handle, P, first, 12)
        assert bench.table.open().version == 1

    def test_commits_of_different_sources_do_not_hinder_each_other(self, bench: Bench) -> None:
        mine, others = bench.table.open(), bench.table.open()
        for step in range(5):
            bench.append(others, P, step * 2, step * 2 + 2)
            bench.append(mine, Q, step * 3, step * 3 + 3)
        assert bench.offsets(P) == list(range(10))
        assert bench.offsets(Q) == list(range(15))
        assert bench.table.open().version == 10

    def test_a_commit_knows_its_own_version_when_others_commit_at_once(self, bench: Bench) -> None:
        sources = [Source(P.topic_id, partition) for partition in range(4)]
        barrier = threading.Barrier(len(sources))
        found: dict[str, int] = {}

        def write(source: Source) -> None:
            handle = bench.table.open()
            barrier.wait()
            for step in range(5):
                commit_id = f"{source.partition}-{step}"
                found[commit_id] = bench.append(handle, source, step, step + 1, commit_id)

        threads = [threading.Thread(target=write, args=(source,)) for source in sources]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        history = bench.table.open().announced(100)
        assert found == {commit.announcement.commit_id: commit.version for commit in history}
        assert sorted(found.values()) == list(range(1, 21))

    # --- when it goes wrong ---

    def test_a_lost_answer_fails_though_the_commit_is_kept(self, bench: Bench) -> None:
        handle = bench.table.open()
        with bench.lab.losing_the_next_answer(), pytest.raises(CommitFailed):
            bench.append(handle, P, 0, 4, "the-lost-one")
        fresh = bench.table.open()
        assert fresh.token(P) == 4
        assert next(fresh.announced(10)).announcement.commit_id == "the-lost-one"
        assert bench.offsets(P) == [0, 1, 2, 3]

    def test_a_refused_commit_leaves_the_table_as_it_was(self, bench: Bench) -> None:
        handle = bench.table.open()
        with bench.lab.refusing_commits(), pytest.raises(CommitFailed):
            bench.append(handle, P, 0, 4)
        fresh = bench.table.open()
        assert (fresh.version, fresh.token(P)) == (0, None)
        assert bench.offsets(P) == []

    def test_a_handle_is_spent_once_a_commit_on_it_failed(self, bench: Bench) -> None:
        handle = bench.table.open()
        with bench.lab.refusing_commits(), pytest.raises(CommitFailed):
            bench.append(handle, P, 0, 4)
        with pytest.raises(HandleSpent):
            handle.token(Q)
        with pytest.raises(HandleSpent):
            bench.append(handle, Q, 0, 4)

    def test_a_store_that_is_down_says_so(self, bench: Bench) -> None:
        with bench.lab.being_down(), pytest.raises(StoreUnavailable):
            bench.table.open()

    def test_a_store_that_refuses_is_told_from_one_that_is_down(self, bench: Bench) -> None:
        handle = bench.table.open()
        assert handle.token(P) is None
        with bench.lab.refusing_all():
            with pytest.raises(StoreRefused, match=r"403 Forbidden.*service account may") as refused:
                bench.table.open()
            with pytest.raises(StoreRefused):
                bench.lab.tables.create(BronzeSpec(bench.lab.new_path(), "flights", "events.flights", "id"))
            with pytest.raises(StoreRefused):
                list(handle.announced(1))
            with pytest.raises(CommitRefused, match=r"403 Forbidden.*service account may"):
                bench.append(handle, P, 0, 4)
        assert "\x1b" not in str(refused.value)
        assert not isinstance(refused.value, Transient | Terminal)
        assert bench.table.open().version == 0

    def test_a_table_that_was_changed_into_another_kind_is_not_written_to(self, bench: Bench) -> None:
        with bench.lab.being_unfit(bench.table.path), pytest.raises(TableUnfit, match=bench.table.path):
            bench.table.open()
        assert bench.append(bench.table.open(), P, 0, 1) > 0

    # --- history ---

    def test_history_tells_the_newest_commits_first_and_only_as_far_as_the_handle_sees(
        self, bench: Bench
    ) -> None:
        handle = bench.table.open()
        for step in range(4):
            bench.append(handle, P, step, step + 1, f"c{step}")
        old = bench.table.open()
        bench.append(handle, P, 4, 5, "c4")
        bench.table.compact(1_000_000)
        assert [(each.version, each.announcement.commit_id) for each in old.announced(3)] == [
            (4, "c3"),
            (3, "c2"),
            (2, "c1"),
        ]
        # The compaction is a version without an announcement.
        newest = bench.table.open().announced(2)
        assert [(each.version, each.announcement.commit_id) for each in newest] == [(5, "c4")]

    def test_an_announcement_comes_back_as_it_was(self, bench: Bench) -> None:
        bench.append(bench.table.open(), P, 0, 2)
        said = announcement_of(bench.table.path, P, OffsetRange(0, 2))
        assert next(bench.table.open().announced(1)).announcement == said

    # --- another topic, compaction ---

    def test_rebinding_keeps_all_tokens_and_stops_commits_of_older_handles(self, bench: Bench) -> None:
        handle = bench.table.open()
        bench.append(handle, P, 0, 4)
        old = bench.table.open()
        handle.rebind("second-topic-id")
        fresh = bench.table.open()
        assert (handle.topic_id, fresh.topic_id, fresh.token(P)) == ("second-topic-id", "second-topic-id", 4)
        assert fresh.token(Source("second-topic-id", 0)) is None
        with pytest.raises(CommitFailed):
            bench.append(old, P, 4, 6)
        assert bench.append(fresh, Source("second-topic-id", 0), 0, 1) == 3

    def test_of_two_writers_that_rebind_one_fails(self, bench: Bench) -> None:
        mine, others = bench.table.open(), bench.table.open()
        others.rebind("second-topic-id")
        with pytest.raises(CommitFailed):
            mine.rebind("second-topic-id")

    def test_compaction_makes_fewer_files_of_the_same_rows(self, bench: Bench) -> None:
        handle = bench.table.open()
        for step in range(6):
            bench.append(handle, P, step * 2, step * 2 + 2)
        assert bench.table.open().files_below(1_000_000) == 6
        compacted = bench.table.compact(1_000_000)
        assert (compacted.files_removed, compacted.files_added) == (6, 1)
        fresh = bench.table.open()
        assert (fresh.files_below(1_000_000), fresh.token(P), fresh.first_covered(P)) == (1, 12, 0)
        assert bench.offsets(P) == list(range(12))

    def test_appends_go_on_over_a_compaction(self, bench: Bench) -> None:
        handle = bench.table.open()
        bench.append(handle, P, 0, 2)
        bench.append(handle, P, 2, 4)
        bench.table.compact(1_000_000)
        assert bench.append(handle, P, 4, 6) == 4
        assert bench.offsets(P) == list(range(6))

    def test_a_compaction_with_nothing_to_do_makes_no_version(self, bench: Bench) -> None:
        bench.append(bench.table.open(), P, 0, 2)
        compacted = bench.table.compact(1_000_000)
        assert (compacted.files_removed, compacted.files_added) == (0, 0)
        assert bench.table.open().version == 1
