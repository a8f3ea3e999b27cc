"""JSON API: uploads in pieces. The condition is checked when the session starts and again when it ends."""

import re
from urllib.parse import quote

from tidelake.testkit.gcs.attributes import given_attributes, json_document
from tidelake.testkit.gcs.errors import ConditionNotMet, GcsError, Invalid
from tidelake.testkit.gcs.exchange import Request, Response
from tidelake.testkit.gcs.handling import Lake
from tidelake.testkit.gcs.hashes import check_document_hashes, check_header_hashes
from tidelake.testkit.gcs.json_answers import object_response
from tidelake.testkit.gcs.json_uploads import upload_name
from tidelake.testkit.gcs.preconditions import ANYTHING, target_condition
from tidelake.testkit.gcs.routes import Call
from tidelake.testkit.gcs.staging import Staged, Upload

_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")
_PIECE_UNIT = 256 * 1024  # all pieces but the last are multiples of it


def start_upload(lake: Lake, call: Call, request: Request) -> Response:
    document = json_document(request.body)
    name = upload_name(request, document)
    condition = target_condition(request)
    condition.check(lake.store.find(call.bucket, name))
    upload = lake.uploads.start(
        call.bucket,
        name,
        given_attributes(document, request.headers.get("x-upload-content-type")),
        condition,
        document,
    )
    upload.pieces[0] = lake.uploads.new_file()
    location = (
        f"{request.base_url}/upload/storage/v1/b/{quote(call.bucket, safe='')}/o"
        f"?uploadType=resumable&name={quote(name, safe='')}&upload_id={upload.upload_id}"
    )
    return Response(200, {"location": location, "x-guploader-uploadid": upload.upload_id})


def continue_upload(lake: Lake, _call: Call, request: Request) -> Response:
    upload_id = request.query["upload_id"]
    ending = lake.uploads.ending(upload_id)
    if isinstance(ending, GcsError):
        raise ending
    if ending is not None:
        return object_response(ending, request)
    upload = lake.uploads.get(upload_id)
    staged = upload.pieces[0]
    total = _take_piece(staged, request)
    if total is None or staged.size < total:
        stored_so_far = {"range": f"bytes=0-{staged.size - 1}"} if staged.size else {}
        return Response(308, stored_so_far)
    return _finish(lake, upload, staged, request)


def _take_piece(staged: Staged, request: Request) -> int | None:
    """Appends what is new in the request; the upload's total length, once it is known."""
    text = request.headers.get("content-range")
    if text is None:
        staged.append(request.body)
        return staged.size
    match = _CONTENT_RANGE.fullmatch(text.strip())
    if match is None:
        raise Invalid(f"The content-range {text!r} can not be understood.")
    total = None if match[3] == "*" else int(match[3])
    if match[1] is None:
        if total is not None and staged.size > total:
            raise Invalid(f"The upload has {staged.size} bytes already, more than {total}.")
        return total
    first, end = int(match[1]), int(match[2]) + 1
    if end - first != len(request.body):
        raise Invalid(f"The content-range {text!r} does not fit a body of {len(request.body)} bytes.")
    if first > staged.size:
        raise Invalid(f"The piece {text!r} leaves a hole behind the {staged.size} bytes that are there.")
    if end != total and len(request.body) % _PIECE_UNIT:
        raise Invalid(f"All pieces but the last are multiples of {_PIECE_UNIT} bytes, not {text!r}.")
    # A client that lost an answer sends again what is here already.
    if end > staged.size:
        staged.append(request.body[staged.size - first :])
    return total


def _finish(lake: Lake, upload: Upload, staged: Staged, request: Request) -> Response:
    content = staged.finished()
    condition = ANYTHING if request.ignore_preconditions else upload.condition
    try:
        check_document_hashes(upload.document, content.digest)
        check_header_hashes(request, content.digest)
        stored = lake.store.put(upload.bucket, upload.name, content, upload.attributes, condition)
    except (ConditionNotMet, Invalid) as refusal:
        lake.uploads.end(upload, refusal)
        raise
    lake.uploads.end(upload, stored)
    return object_response(stored, request)
