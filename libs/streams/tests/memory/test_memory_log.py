import pytest
from tidelake.streams.memory.log import Entry, Fate, PartitionLog, Transaction
from tidelake.streams.memory.message import Record

RECORD = Record(b"v", None, (), 0)


def test_the_last_stable_offset_is_the_first_of_what_is_open():
    log = PartitionLog()
    first, second = Transaction(), Transaction()
    log.append(Entry(RECORD))
    log.append(Entry(RECORD, second))
    log.append(Entry(RECORD, first))
    assert log.last_stable_offset == 1
    second.fate = Fate.COMMITTED
    assert log.last_stable_offset == 2
    first.fate = Fate.ABORTED
    assert log.last_stable_offset == log.end == 3


def test_markers_and_what_was_aborted_are_never_visible():
    log = PartitionLog()
    kept, dropped = Transaction(Fate.COMMITTED), Transaction(Fate.ABORTED)
    for entry in (Entry(RECORD), Entry(RECORD, kept), Entry(RECORD, dropped), Entry(None)):
        log.append(entry)
    assert [log.visible(offset) for offset in range(4)] == [RECORD, RECORD, None, None]


def test_the_start_only_moves_on():
    log = PartitionLog()
    log.append(Entry(RECORD))
    log.move_start(1)
    for offset in (0, 2):
        with pytest.raises(ValueError, match=r"1\.\.1"):
            log.move_start(offset)
