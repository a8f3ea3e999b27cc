"""JSON API: many calls in one request, each answered as if it had come alone."""

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from tidelake.testkit.gcs.errors import GcsError, Invalid, NotBuilt, error_response
from tidelake.testkit.gcs.exchange import Request, Response, split_target
from tidelake.testkit.gcs.multipart_body import Part, join_parts, split_headers, split_parts

_MAX_PARTS = 100


def answer_batch(request: Request, answer: Callable[[Request], Response]) -> Response:
    """Answers the parts in order. One part's failure is that part's answer, not the batch's."""
    parts = split_parts(request.headers.get("content-type", ""), request.body)
    if len(parts) > _MAX_PARTS:
        raise Invalid(f"A batch has {_MAX_PARTS} calls at most, not {len(parts)}.")
    answers = [_answer_part(part, request, answer) for part in parts]
    content_type, body = join_parts(answers)
    return Response(200, {"content-type": content_type}, body)


def _answer_part(part: Part, batch: Request, answer: Callable[[Request], Response]) -> Part:
    try:
        response = answer(_inner_request(part, batch))
    except GcsError as error:
        response = error_response(error, "json")
    head = f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in response.headers.items())
    head += f"content-length: {len(response.body)}\r\n\r\n"
    content_id = part.headers.get("content-id", "").strip("<>")
    return Part(
        {"content-type": "application/http", "content-id": f"<response-{content_id}>"},
        head.encode() + response.body,
    )


def _inner_request(part: Part, batch: Request) -> Request:
    line_end = b"\r\n" if b"\r\n" in part.body else b"\n"
    request_line, _, rest = part.body.lstrip().partition(line_end)
    words = request_line.decode("latin-1").split(" ")
    if len(words) < 2:
        raise Invalid(f"A part of the batch does not start with a request line: {request_line!r}.")
    method, target = words[0], words[1]
    # A part may name the whole address, or start at the path.
    if "://" in target:
        url = urlsplit(target)
        target = url.path + (f"?{url.query}" if url.query else "")
    path, query = split_target(target)
    if path.split("/", 2)[1:2] in (["upload"], ["download"], ["batch"]):
        raise NotBuilt(f"{method} {path} within a batch")
    inner = split_headers(rest, line_end)
    headers = {"host": batch.headers.get("host", "")} | inner.headers
    return Request(method, path, query, headers, inner.body.strip(), batch.ignore_preconditions)
