"""Headers of a message, whatever somebody wrote as a header's name."""

import ctypes
from typing import Any

from tidelake.streams.values import Headers, Message

NAME_LOST = "\N{REPLACEMENT CHARACTER}"

# A tuple's item may be a null pointer here; only the C API can look at that without a crash.
_item_pointer = ctypes.pythonapi.PyTuple_GetItem
_item_pointer.argtypes = [ctypes.py_object, ctypes.c_ssize_t]
_item_pointer.restype = ctypes.c_void_p


def headers_of(message: Message) -> Headers | None:
    """The record's headers in order; None when it has none. Never raises.

    Kafka wants names in UTF-8, but nobody enforces it. A name that is not comes with its wrong bytes written
    as `\\xff`; of several such in one record only the last can be told, the others come as U+FFFD. Values are
    always exact.
    """
    record: Any = message
    try:
        return record.headers()
    except SystemError as error:
        return _salvaged(record, error)


def _salvaged(record: Any, error: SystemError) -> Headers:
    # confluent-kafka builds the whole list, leaves the names that it could not decode as null pointers, and
    # only then fails; its second call hands that list over.
    found: list[tuple[str, bytes | None]] = record.headers()
    readable = [bool(_item_pointer(header, 0)) for header in found]
    last_unreadable = max((i for i, ok in enumerate(readable) if not ok), default=-1)
    cause = error.__cause__
    bytes_ = cause.object if isinstance(cause, UnicodeDecodeError) else b""
    last_name = bytes_.decode("utf-8", "backslashreplace") or NAME_LOST
    names = [
        header[0] if ok else last_name if i == last_unreadable else NAME_LOST
        for i, (header, ok) in enumerate(zip(found, readable, strict=True))
    ]
    return [(name, header[1]) for name, header in zip(names, found, strict=True)]
