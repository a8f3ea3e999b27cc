"""The one size limit: how large a record may be, for door, producer, topic and consumer alike."""

# Key, headers and Kafka's own framing come on top of a record's value.
HEADROOM_BYTES = 64 * 1024


def message_max_bytes(max_record_bytes: int) -> int:
    """Kafka's `message.max.bytes` (producer, broker) and `max.message.bytes` (topic) for values up to
    `max_record_bytes`, whose key and headers together stay below 64 KiB."""
    return max_record_bytes + HEADROOM_BYTES
