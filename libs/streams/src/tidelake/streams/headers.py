"""Headers of a message, whatever somebody wrote as a header's name."""

import ctypes
from operator import methodcaller
from typing import Any

from tidelake.streams.values import Headers, Message

NAME_LOST = "\N{REPLACEMENT CHARACTER}"

# Not `message.headers()`: where that line has become hot, CPython no longer checks whether the method failed
# while it gave a result, and the failure comes up at some later line instead.
_headers = methodcaller("headers")

# A tuple's item may be a null pointer here; only the C API can look at that without a crash.
_item_pointer = ctypes.pythonapi.PyTuple_GetItem
_item_pointer.argtypes = [ctypes.py_object, ctypes.c_ssize_t]
_item_pointer.restype = ctypes.c_void_p


def headers_of(message: Message) -> Headers | None:
    """The record's headers in order; None when it has none. Never raises.

    Kafka wants names in UTF-8, but nobody enforces it. A name that is not comes with its wrong bytes written
    as `\\xff`; of several such in one record only the first can be told, the others come as U+FFFD. Values
    are always exact.
    """
    record: Any = message
    try:
        return _headers(record)
    except SystemError as error:
        return _salvaged(record, error)


def _salvaged(record: Any, error: SystemError) -> Headers:
    # confluent-kafka builds the whole list, leaves the names that it could not decode as null pointers, and
    # only then fails; its second call hands that list over.
    found: list[tuple[str, bytes | None]] = _headers(record)
    readable = [bool(_item_pointer(header, 0)) for header in found]
    first_unreadable = readable.index(False) if False in readable else -1
    first_name = _undecodable(error).decode("utf-8", "backslashreplace") or NAME_LOST
    names = [
        header[0] if ok else first_name if i == first_unreadable else NAME_LOST
        for i, (header, ok) in enumerate(zip(found, readable, strict=True))
    ]
    headers = [(name, header[1]) for name, header in zip(names, found, strict=True)]
    # Whoever asks this message again must not get the null pointers: touching one ends the process.
    record.set_headers(headers)
    return headers


def _undecodable(error: BaseException) -> bytes:
    # The first failure lies at the bottom of the chain; each later one is hidden by those before it.
    while error.__cause__ is not None:
        error = error.__cause__
    return error.object if isinstance(error, UnicodeDecodeError) else b""
