"""Folding files is bounded by what they hold, not by what they weigh on the store."""

from tidelake.tables.compaction import FileShape, safe_target

MIB = 1024 * 1024


def test_ordinary_rows_are_folded_to_the_size_that_is_wanted() -> None:
    assert (
        safe_target(128 * MIB, [FileShape(MIB, 20 * MIB, 60_000), FileShape(MIB, MIB, 3)] * 40) == 128 * MIB
    )


def test_large_rows_that_compress_well_are_folded_to_what_memory_can_hold() -> None:
    dense = FileShape(40_000, 32 * MIB, 36)
    target = safe_target(8 * MIB, [dense, FileShape(MIB, 20 * MIB, 60_000)])
    assert 7 <= target // dense.size_bytes <= 8


def test_nothing_is_folded_to_nothing() -> None:
    assert safe_target(8 * MIB, []) == 8 * MIB
