"""Records that a well-behaved client would not write: header names of any bytes, straight through
librdkafka."""

import ctypes
from collections.abc import Iterable
from pathlib import Path

import confluent_kafka.cimpl
from tidelake.streams.values import TopicPartition

_PRODUCER = 0
_END, _TOPIC, _PARTITION, _VALUE, _KEY, _FLAGS, _HEADERS = 0, 1, 3, 4, 5, 7, 10
_COPY = 2
_ERROR_TEXT_BYTES = 512


def append_raw(
    bootstrap: str,
    partition: TopicPartition,
    value: bytes | None,
    key: bytes | None,
    headers: Iterable[tuple[bytes, bytes | None]],
) -> None:
    """Writes one record and waits for its acknowledgement. Raises OSError with librdkafka's words."""
    kafka = ctypes.CDLL(_library())
    for name in ("rd_kafka_conf_new", "rd_kafka_new", "rd_kafka_headers_new"):
        getattr(kafka, name).restype = ctypes.c_void_p
    text = ctypes.create_string_buffer(_ERROR_TEXT_BYTES)
    conf = ctypes.c_void_p(kafka.rd_kafka_conf_new())
    settings = {b"bootstrap.servers": bootstrap.encode(), b"message.max.bytes": b"64000000", b"acks": b"all"}
    for setting, worth in settings.items():
        if kafka.rd_kafka_conf_set(conf, setting, worth, text, ctypes.c_size_t(_ERROR_TEXT_BYTES)):
            raise OSError(text.value.decode())
    client = kafka.rd_kafka_new(_PRODUCER, conf, text, ctypes.c_size_t(_ERROR_TEXT_BYTES))
    if not client:
        raise OSError(text.value.decode())
    try:
        error = kafka.rd_kafka_producev(
            ctypes.c_void_p(client),
            *(_TOPIC, partition.topic.encode()),
            *(_PARTITION, ctypes.c_int(partition.partition)),
            *(_VALUE, value, ctypes.c_size_t(len(value or b""))),
            *(_KEY, key, ctypes.c_size_t(len(key or b""))),
            *(_FLAGS, ctypes.c_int(_COPY)),
            *(_HEADERS, _headers(kafka, headers)),
            _END,
        )
        if error or kafka.rd_kafka_flush(ctypes.c_void_p(client), 10_000):
            raise OSError(f"librdkafka did not deliver the record (error {error})")
    finally:
        kafka.rd_kafka_destroy(ctypes.c_void_p(client))


def _headers(kafka: ctypes.CDLL, headers: Iterable[tuple[bytes, bytes | None]]) -> ctypes.c_void_p:
    made = ctypes.c_void_p(kafka.rd_kafka_headers_new(ctypes.c_size_t(8)))
    for name, value in headers:
        kafka.rd_kafka_header_add(
            made, name, ctypes.c_ssize_t(len(name)), value, ctypes.c_ssize_t(len(value or b""))
        )
    return made


def _library() -> str:
    # The very library that confluent-kafka has loaded, wherever that was installed.
    loaded = confluent_kafka.cimpl.__name__ and Path("/proc/self/maps").read_text()
    return next(line.split()[-1] for line in loaded.splitlines() if "librdkafka" in line)
