from tidelake.streams.limits import HEADROOM_BYTES, message_max_bytes


def test_key_and_headers_have_room_beside_the_largest_record():
    assert message_max_bytes(1_000_000) == 1_000_000 + HEADROOM_BYTES
