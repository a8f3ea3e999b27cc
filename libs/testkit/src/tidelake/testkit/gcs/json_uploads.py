"""JSON API: uploads in one request."""

from tidelake.testkit.gcs.attributes import Document, given_attributes, header_attributes, json_document
from tidelake.testkit.gcs.contents import InHand
from tidelake.testkit.gcs.errors import Invalid
from tidelake.testkit.gcs.exchange import Request, Response
from tidelake.testkit.gcs.handling import Lake
from tidelake.testkit.gcs.hashes import check_document_hashes, check_header_hashes
from tidelake.testkit.gcs.json_answers import object_response
from tidelake.testkit.gcs.multipart_body import split_parts
from tidelake.testkit.gcs.preconditions import target_condition
from tidelake.testkit.gcs.routes import Call


def insert_media(lake: Lake, call: Call, request: Request) -> Response:
    content = InHand(request.body)
    check_header_hashes(request, content.digest)
    stored = lake.store.put(
        call.bucket,
        upload_name(request, {}),
        content,
        header_attributes(request),
        target_condition(request),
    )
    return object_response(stored, request)


def insert_multipart(lake: Lake, call: Call, request: Request) -> Response:
    parts = split_parts(request.headers.get("content-type", ""), request.body)
    if len(parts) != 2:
        raise Invalid(f"A multipart upload has two parts, metadata and content, not {len(parts)}.")
    document = json_document(parts[0].body)
    content = InHand(parts[1].body)
    check_document_hashes(document, content.digest)
    check_header_hashes(request, content.digest)
    stored = lake.store.put(
        call.bucket,
        upload_name(request, document),
        content,
        given_attributes(document, parts[1].headers.get("content-type")),
        target_condition(request),
    )
    return object_response(stored, request)


def upload_name(request: Request, document: Document) -> str:
    """The object's name, from the query or the metadata. Raises Invalid."""
    name = request.query.get("name") or document.get("name")
    if not isinstance(name, str) or not name:
        raise Invalid("The upload does not name its object.")
    return name
