"""Multipart bodies: multipart/related of uploads, multipart/mixed of batches."""

from dataclasses import dataclass
from email.message import Message
from uuid import uuid4

from tidelake.testkit.gcs.attributes import json_document
from tidelake.testkit.gcs.errors import Invalid
from tidelake.testkit.gcs.exchange import Request


@dataclass(frozen=True, slots=True)
class Part:
    """One part. Header names are in lower case."""

    headers: dict[str, str]
    body: bytes


def split_parts(content_type: str, body: bytes) -> list[Part]:
    """The parts in order, byte for byte. Raises Invalid."""
    message = Message()
    message["content-type"] = content_type
    boundary = message.get_param("boundary")
    if not isinstance(boundary, str) or not boundary:
        raise Invalid(f"The content type {content_type!r} names no boundary.")
    mark = b"--" + boundary.encode()
    line_end = _line_end(body, mark)
    sections = (line_end + body).split(line_end + mark)
    if len(sections) < 3 or not sections[-1].startswith(b"--"):
        raise Invalid("The multipart body does not end with its boundary: it is not complete.")
    return [_split_part(section, line_end) for section in sections[1:-1]]


def split_headers(content: bytes, line_end: bytes) -> Part:
    """Header lines, an empty line, the rest."""
    if content.startswith(line_end):
        return Part({}, content.removeprefix(line_end))
    head, _, body = content.partition(line_end * 2)
    headers: dict[str, str] = {}
    for line in head.decode("latin-1").splitlines():
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return Part(headers, body)


def _line_end(body: bytes, mark: bytes) -> bytes:
    """Google's Python client ends the lines of a batch with LF, everybody else with CRLF."""
    behind = body.find(mark) + len(mark)
    return b"\n" if body[behind : behind + 1] == b"\n" else b"\r\n"


def _split_part(section: bytes, line_end: bytes) -> Part:
    """A section starts with what is left of its boundary's line."""
    _, _, content = section.partition(line_end)
    return split_headers(content, line_end)


def join_parts(parts: list[Part]) -> tuple[str, bytes]:
    """Content type and body of a multipart/mixed answer."""
    boundary = f"batch_{uuid4().hex}"
    body = bytearray()
    for part in parts:
        body += f"--{boundary}\r\n".encode()
        for name, value in part.headers.items():
            body += f"{name}: {value}\r\n".encode()
        body += b"\r\n" + part.body + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    return f"multipart/mixed; boundary={boundary}", bytes(body)


def named_object(request: Request) -> str:
    """The name in the metadata of a multipart upload; empty if there is none to be read."""
    try:
        parts = split_parts(request.headers.get("content-type", ""), request.body)
        return str(json_document(parts[0].body).get("name", ""))
    except Invalid:
        return ""
