"""JSON API: one object's metadata and content, listings, buckets."""

import base64
import binascii

from tidelake.testkit.gcs.attributes import Document, json_document, patched_attributes
from tidelake.testkit.gcs.errors import Invalid
from tidelake.testkit.gcs.exchange import Request, Response
from tidelake.testkit.gcs.handling import Lake
from tidelake.testkit.gcs.json_answers import (
    bucket_document,
    json_response,
    layout_document,
    object_document,
    object_response,
)
from tidelake.testkit.gcs.listing import MAX_PAGE, Selection, list_page
from tidelake.testkit.gcs.preconditions import target_condition, wanted_generation
from tidelake.testkit.gcs.ranges import content_response
from tidelake.testkit.gcs.routes import Call


def insert_bucket(lake: Lake, _call: Call, request: Request) -> Response:
    name = json_document(request.body).get("name")
    if not isinstance(name, str) or not name:
        raise Invalid("A new bucket needs a name.")
    bucket = lake.store.create_bucket(name)
    return json_response(bucket_document(bucket.name, bucket.created_us, request.base_url))


def get_bucket(lake: Lake, call: Call, request: Request) -> Response:
    bucket = lake.store.bucket(call.bucket)
    return json_response(bucket_document(bucket.name, bucket.created_us, request.base_url))


def get_layout(lake: Lake, call: Call, _request: Request) -> Response:
    return json_response(layout_document(lake.store.bucket(call.bucket).name))


def get_object(lake: Lake, call: Call, request: Request) -> Response:
    stored = lake.store.get(
        call.bucket, call.object_name, target_condition(request), wanted_generation(request.query)
    )
    return object_response(stored, request)


def download_object(lake: Lake, call: Call, request: Request) -> Response:
    stored = lake.store.get(
        call.bucket, call.object_name, target_condition(request), wanted_generation(request.query)
    )
    return content_response(lake.store, stored, request)


def delete_object(lake: Lake, call: Call, request: Request) -> Response:
    stored = lake.store.get(
        call.bucket, call.object_name, target_condition(request), wanted_generation(request.query)
    )
    lake.store.delete(stored)
    return Response(204)


def patch_object(lake: Lake, call: Call, request: Request) -> Response:
    stored = lake.store.get(
        call.bucket, call.object_name, target_condition(request), wanted_generation(request.query)
    )
    patched = lake.store.patch(stored, patched_attributes(json_document(request.body), stored.attributes))
    return object_response(patched, request)


def list_objects(lake: Lake, call: Call, request: Request) -> Response:
    query = request.query
    page = list_page(
        lake.store.bucket(call.bucket),
        Selection(
            prefix=query.get("prefix", ""),
            delimiter=query.get("delimiter", ""),
            first=max(query.get("startOffset", ""), name_in_token(query.get("pageToken", ""))),
            end=query.get("endOffset") or None,
            include_trailing_delimiter=query.get("includeTrailingDelimiter") == "true",
            glob=query.get("matchGlob"),
            limit=page_limit(query.get("maxResults")),
        ),
    )
    document: Document = {"kind": "storage#objects"}
    if page.objects:
        document["items"] = [object_document(stored, request.base_url) for stored in page.objects]
    if page.prefixes:
        document["prefixes"] = page.prefixes
    if page.next_name is not None:
        document["nextPageToken"] = token_of_name(page.next_name)
    return json_response(document)


def token_of_name(name: str) -> str:
    """A page token; clients give it back as it is."""
    return base64.urlsafe_b64encode(name.encode()).decode()


def name_in_token(token: str) -> str:
    """Raises Invalid for a token that no listing gave out."""
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise Invalid(f"No listing gave out the page token {token!r}.") from None


def page_limit(text: str | None) -> int:
    """The page size that is asked for, within what one answer may hold."""
    if text is None:
        return MAX_PAGE
    if not text.isdigit() or int(text) == 0:
        raise Invalid(f"A page size is a whole number above 0, not {text!r}.")
    return min(int(text), MAX_PAGE)
