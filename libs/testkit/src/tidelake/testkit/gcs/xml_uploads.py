"""XML API: uploads in parts. Nothing is visible before the last step, which checks the condition."""

from xml.etree import ElementTree
from xml.sax.saxutils import escape

from tidelake.testkit.gcs.attributes import header_attributes
from tidelake.testkit.gcs.errors import Invalid, NoSuchUpload
from tidelake.testkit.gcs.exchange import Request, Response
from tidelake.testkit.gcs.handling import Lake
from tidelake.testkit.gcs.hashes import check_header_hashes
from tidelake.testkit.gcs.preconditions import target_condition
from tidelake.testkit.gcs.routes import Call
from tidelake.testkit.gcs.staging import Staged, Upload
from tidelake.testkit.gcs.xml_objects import written_headers, xml_response

_MAX_PART_NUMBER = 10_000
_LEAST_PART = 5 * 1024 * 1024  # bytes, of each part but the last


def start_upload(lake: Lake, call: Call, request: Request) -> Response:
    lake.store.bucket(call.bucket)
    upload = lake.uploads.start(
        call.bucket, call.object_name, header_attributes(request), target_condition(request), {}
    )
    return xml_response(
        f"<InitiateMultipartUploadResult><Bucket>{escape(call.bucket)}</Bucket>"
        f"<Key>{escape(call.object_name)}</Key><UploadId>{upload.upload_id}</UploadId>"
        "</InitiateMultipartUploadResult>"
    )


def put_part(lake: Lake, call: Call, request: Request) -> Response:
    """A part that is sent again takes the place of the one before it."""
    upload = _upload(lake, call, request)
    text = request.query["partNumber"]
    if not text.isdigit() or not 1 <= int(text) <= _MAX_PART_NUMBER:
        raise Invalid(f"A part's number is between 1 and {_MAX_PART_NUMBER}, not {text!r}.")
    part = lake.uploads.new_file()
    part.append(request.body)
    digest = part.finished().digest
    try:
        check_header_hashes(request, digest)
    except Invalid:
        part.discard()
        raise
    before = upload.pieces.get(int(text))
    upload.pieces[int(text)] = part
    if before is not None:
        before.discard()
    return Response(200, {"etag": _etag(part), "x-goog-hash": digest.header})


def complete_upload(lake: Lake, call: Call, request: Request) -> Response:
    upload = _upload(lake, call, request)
    parts = _listed_parts(upload, request.body)
    condition = upload.condition
    if "x-goog-if-generation-match" in request.headers or request.ignore_preconditions:
        condition = target_condition(request)
    condition.check(lake.store.find(upload.bucket, upload.name))
    joined = lake.uploads.new_file()
    try:
        for part in parts:
            joined.append(part.content())
        stored = lake.store.put(
            upload.bucket, upload.name, joined.finished(composed=True), upload.attributes, condition
        )
    finally:
        joined.discard()
    lake.uploads.end(upload)
    return xml_response(
        f"<CompleteMultipartUploadResult><Bucket>{escape(upload.bucket)}</Bucket>"
        f"<Key>{escape(upload.name)}</Key><ETag>{escape(stored.etag)}</ETag>"
        "</CompleteMultipartUploadResult>",
        written_headers(stored),
    )


def abort_upload(lake: Lake, call: Call, request: Request) -> Response:
    lake.uploads.end(_upload(lake, call, request))
    return Response(204)


def _upload(lake: Lake, call: Call, request: Request) -> Upload:
    """The upload under way that the request names, if it is one of this very object."""
    upload = lake.uploads.get(request.query["uploadId"])
    if (upload.bucket, upload.name) != (call.bucket, call.object_name):
        raise NoSuchUpload(upload.upload_id)
    return upload


def _listed_parts(upload: Upload, body: bytes) -> list[Staged]:
    """The parts that the document lists, which must be there, in order, and as the client got them."""
    try:
        document = ElementTree.fromstring(body)
    except ElementTree.ParseError as problem:
        raise Invalid(f"The list of parts is not XML: {problem}.") from None
    # With and without a namespace.
    listed = [
        (int(part.findtext("{*}PartNumber") or 0), (part.findtext("{*}ETag") or "").strip('"'))
        for part in document.findall("{*}Part")
    ]
    numbers = [number for number, _ in listed]
    if not listed or numbers != sorted(set(numbers)):
        raise Invalid("The parts are not listed in ascending order.")
    parts: list[Staged] = []
    for number, etag in listed:
        part = upload.pieces.get(number)
        if part is None or part.md5.hex() != etag:
            raise Invalid(f"There is no part {number} with the ETag {etag!r}.")
        parts.append(part)
    if any(part.size < _LEAST_PART for part in parts[:-1]):
        raise Invalid(f"Each part but the last has at least {_LEAST_PART} bytes.")
    return parts


def _etag(part: Staged) -> str:
    return f'"{part.md5.hex()}"'
