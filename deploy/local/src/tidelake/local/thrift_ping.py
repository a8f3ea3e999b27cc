"""Asks a Hive Metastore for its databases in Thrift's own bytes: no Thrift library is needed for one call."""

import socket
import struct
from datetime import timedelta
from typing import BinaryIO

from tidelake.runtime.errors import LakeError, Transient

_CALL = b"get_all_databases"
_VERSION, _ASK, _REPLY = 0x8001, 1, 2
_STOP, _STRING, _LIST = 0, 11, 15
_MOST_BYTES = 1 << 20


class MetastoreUnwell(LakeError, Transient):
    """It does not answer, or not with a list of databases."""


def databases(port: int, within: timedelta) -> list[str]:
    """Names of the databases that the metastore at this port of 127.0.0.1 has. Raises MetastoreUnwell."""
    seconds = within.total_seconds()
    # A strict binary message: version and type, name, sequence number; then a struct without arguments.
    asked = struct.pack(f">HHI{len(_CALL)}sIB", _VERSION, _ASK, len(_CALL), _CALL, 1, _STOP)
    try:
        with socket.create_connection(("127.0.0.1", port), seconds) as connection:
            connection.settimeout(seconds)
            connection.sendall(asked)
            with connection.makefile("rb") as answer:
                return _names(answer)
    except TimeoutError as error:
        raise MetastoreUnwell(f"it gave no answer within {seconds:.0f} s") from error
    except OSError as error:
        raise MetastoreUnwell(f"nothing answers at 127.0.0.1:{port} ({error.strerror or error})") from error
    except (struct.error, UnicodeDecodeError) as error:
        raise MetastoreUnwell("its answer broke off, or something else listens there") from error


def _names(answer: BinaryIO) -> list[str]:
    version, kind = _numbers(answer, ">HH")
    if version != _VERSION:
        raise MetastoreUnwell("what listens there is no metastore")
    _text(answer)
    _numbers(answer, ">I")
    if kind != _REPLY:  # an exception of Thrift's own: its first field is the message
        _numbers(answer, ">BH")
        raise MetastoreUnwell(f"it refuses: {_text(answer)}")
    [field] = _numbers(answer, ">B")
    if field != _LIST:  # a MetaException, whose first field is its message
        _numbers(answer, ">HBH")
        raise MetastoreUnwell(f"it can't tell its databases: {_text(answer)}")
    _, element, count = _numbers(answer, ">HBI")
    if element != _STRING:
        raise MetastoreUnwell("what listens there is no metastore")
    return [_text(answer) for _ in range(count)]


def _text(answer: BinaryIO) -> str:
    [length] = _numbers(answer, ">I")
    if length > _MOST_BYTES:
        raise MetastoreUnwell("what listens there is no metastore")
    [content] = struct.unpack(f"{length}s", answer.read(length))
    return content.decode()


def _numbers(answer: BinaryIO, form: str) -> tuple[int, ...]:
    return struct.unpack(form, answer.read(struct.calcsize(form)))
