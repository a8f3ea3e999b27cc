"""Reading content: whole or a byte range, with the headers by which clients check it."""

import re
from email.utils import format_datetime

from tidelake.testkit.gcs.errors import NotBuilt, RangeNotSatisfiable
from tidelake.testkit.gcs.exchange import Request, Response
from tidelake.testkit.gcs.objects import StoredObject
from tidelake.testkit.gcs.store import Store

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def content_response(store: Store, stored: StoredObject, request: Request) -> Response:
    """The content, or the part that `range` asks for. Raises RangeNotSatisfiable."""
    headers = content_headers(stored)
    _tell_encoding(stored, request, headers)
    asked = request.headers.get("range")
    span = None if asked is None else _span(asked, stored.digest.size)
    if span is None:
        return Response(200, headers, store.read(stored))
    start, end = span
    headers["content-range"] = f"bytes {start}-{end - 1}/{stored.digest.size}"
    return Response(206, headers, store.read(stored, start, end))


def content_headers(stored: StoredObject) -> dict[str, str]:
    """Everything that an answer with an object's content says about it."""
    digest = stored.digest
    attributes = stored.attributes
    headers = {
        "accept-ranges": "bytes",
        "content-type": attributes.content_type or "application/octet-stream",
        "etag": stored.etag,
        "last-modified": format_datetime(stored.updated.replace(microsecond=0), usegmt=True),
        "x-goog-generation": str(stored.generation),
        "x-goog-hash": digest.header,
        "x-goog-metageneration": str(stored.metageneration),
        "x-goog-storage-class": attributes.fields.get("storageClass", "STANDARD"),
        "x-goog-stored-content-encoding": attributes.fields.get("contentEncoding", "identity"),
        "x-goog-stored-content-length": str(digest.size),
    }
    return headers | {f"x-goog-meta-{name}": value for name, value in attributes.custom.items()}


def _tell_encoding(stored: StoredObject, request: Request, headers: dict[str, str]) -> None:
    encoding = stored.attributes.fields.get("contentEncoding")
    if encoding is None:
        return
    if encoding not in request.headers.get("accept-encoding", ""):
        raise NotBuilt(
            f"{request.method} {request.raw_path} of {encoding} content, to be unpacked on the way"
        )
    headers["content-encoding"] = encoding


def _span(asked: str, size: int) -> tuple[int, int] | None:
    """Start (included) and end (not included). None for a form that HTTP lets us take for no range."""
    match = _RANGE.fullmatch(asked.strip())
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        start, end = max(0, size - int(match[2])), size
    else:
        start = int(match[1])
        end = min(int(match[2]) + 1, size) if match[2] else size
        if match[2] and int(match[2]) < start:
            return None
    if start >= end:
        raise RangeNotSatisfiable(asked, size)
    return start, end
