"""Slots in words."""

from tidelake.local.slots import Slot


def test_a_slot_says_whether_it_is_read_and_what_it_holds_back() -> None:
    assert str(Slot("lake_planes_v1", "airports", active=True, wal_status="reserved", retained_bytes=56)) == (
        "slot lake_planes_v1: read, 0.0 MB of PostgreSQL's log kept for it"
    )
    waiting = Slot("s", "d", active=False, wal_status="extended", retained_bytes=12_300_000)
    assert str(waiting) == "slot s: nobody reads it, 12.3 MB of PostgreSQL's log kept for it"


def test_a_slot_whose_log_is_gone_says_so() -> None:
    assert "lost" in str(Slot("s", "d", active=False, wal_status="lost", retained_bytes=0))
