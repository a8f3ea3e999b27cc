"""The metastore's own bytes."""

import socket
import struct
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from tidelake.local.freeports import free_ports
from tidelake.local.thrift_ping import MetastoreUnwell, databases

NAME = b"get_all_databases"
ASKED = struct.pack(">HHI17sIB", 0x8001, 1, 17, NAME, 1, 0)
HEAD = struct.pack(">HHI17sI", 0x8001, 2, 17, NAME, 1)
SOON = timedelta(seconds=5)


def text(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


@contextmanager
def answering(answer: bytes, seen: list[bytes] | None = None, stay: bool = False) -> Generator[int]:
    """A port whose server reads one question and gives that answer."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                asked = connection.recv(1000)
                if seen is not None:
                    seen.append(asked)
                connection.sendall(answer)
                if stay:
                    done.wait(20)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(server.getsockname()[1])
        done.set()
        thread.join(20)


def test_the_names_are_read_from_the_reply() -> None:
    reply = HEAD + struct.pack(">BHBI", 15, 0, 11, 2) + text(b"default") + text("größe".encode()) + b"\0"
    seen: list[bytes] = []
    with answering(reply, seen) as port:
        assert databases(port, SOON) == ["default", "größe"]
    assert seen == [ASKED]


def test_an_error_of_the_metastore_is_told_in_its_own_words() -> None:
    meta_exception = HEAD + struct.pack(">BHBH", 12, 1, 11, 1) + text(b"Connection refused") + b"\0\0"
    with answering(meta_exception) as port, pytest.raises(MetastoreUnwell, match="Connection refused"):
        databases(port, SOON)
    refusal = (
        struct.pack(">HHI17sI", 0x8001, 3, 17, NAME, 1) + struct.pack(">BH", 11, 1) + text(b"no such call")
    )
    with answering(refusal) as port, pytest.raises(MetastoreUnwell, match="it refuses: no such call"):
        databases(port, SOON)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", HEAD[:9], b"", HEAD + b"\x0f"])
def test_what_is_no_metastore_or_breaks_off_is_unwell(answer: bytes) -> None:
    with answering(answer) as port, pytest.raises(MetastoreUnwell):
        databases(port, SOON)


def test_nobody_there_and_one_who_never_answers_are_unwell() -> None:
    with pytest.raises(MetastoreUnwell, match="nothing answers at"):
        databases(free_ports(1)[0], SOON)
    with answering(b"", stay=True) as port, pytest.raises(MetastoreUnwell, match="no answer within"):
        databases(port, timedelta(seconds=0.2))
