import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st
from ingest_router.generated import ingest_pb2 as pb
from ingest_router.inbound.rpc.wire import BrokenMessage, more_records_than, open_envelope

RECORDS = st.lists(st.builds(pb.Record, value=st.binary(max_size=300), id=st.text(max_size=3)), max_size=20)
BATCHES = st.builds(pb.PublishRequest, dataset=st.text(), records=RECORDS, idempotency_key=st.text())
ENVELOPES = st.builds(pb.PublishStreamRequest, batch=BATCHES, batch_id=st.text())


@given(BATCHES)
def test_records_are_counted_as_protobuf_counts_them(batch: pb.PublishRequest) -> None:
    message, count = batch.SerializeToString(), len(batch.records)
    assert not more_records_than(count, message, [(0, len(message))])
    assert count == 0 or more_records_than(count - 1, message, [(0, len(message))])


@given(st.lists(ENVELOPES, max_size=3))
def test_envelopes_in_one_message_are_joined_as_protobuf_joins_them(
    envelopes: list[pb.PublishStreamRequest],
) -> None:
    message = b"".join(one.SerializeToString() for one in envelopes)
    joined = pb.PublishStreamRequest.FromString(message)
    opened, count = open_envelope(message), len(joined.batch.records)
    assert opened.batch_id == joined.batch_id
    assert not more_records_than(count, message, opened.batches)
    assert count == 0 or more_records_than(count - 1, message, opened.batches)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_envelope_or_broken_and_never_hold_more_than_was_counted(message: bytes) -> None:
    try:
        opened = open_envelope(message)
        few = not more_records_than(2, message, opened.batches)
        joined = pb.PublishStreamRequest.FromString(message)
    except (BrokenMessage, DecodeError):
        return
    assert not few or len(joined.batch.records) <= 2


BROKEN = {
    "no size": b"\x12",
    "cut content": b"\x12\x05ab",
    "half a tag": b"\x92",
    "no number": b"\x08",
    "cut 64 bits": b"\x09abc",
    "cut 32 bits": b"\x0dab",
    "a group": b"\x0b\x0c",
    "endless": b"\xff" * 11,
    "many fields": b"\x08\x01" * 101,
}


@pytest.mark.parametrize("message", BROKEN.values(), ids=BROKEN)
def test_what_no_sender_writes_is_broken(message: bytes) -> None:
    with pytest.raises(BrokenMessage):
        # A key that holds what records begin with, so that the quick answer is not enough.
        more_records_than(1, b"\x1a\x02\x12\x12" + message, [(0, 4 + len(message))])
    with pytest.raises(BrokenMessage):
        open_envelope(message)


def test_tags_that_are_written_longer_than_need_be_are_counted_too() -> None:
    message = b"\x92\x80\x00\x00" * 5
    assert len(pb.PublishRequest.FromString(message).records) == 5
    assert more_records_than(4, message, [(0, len(message))])
    assert not more_records_than(5, message, [(0, len(message))])
