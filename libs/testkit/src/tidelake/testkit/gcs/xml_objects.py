"""XML API: one object, listings, copies."""

from xml.sax.saxutils import escape

from tidelake.testkit.gcs.attributes import header_attributes
from tidelake.testkit.gcs.contents import InHand
from tidelake.testkit.gcs.errors import NotBuilt
from tidelake.testkit.gcs.exchange import Request, Response
from tidelake.testkit.gcs.handling import Lake
from tidelake.testkit.gcs.hashes import check_header_hashes
from tidelake.testkit.gcs.json_objects import name_in_token, page_limit, token_of_name
from tidelake.testkit.gcs.listing import Selection, list_page
from tidelake.testkit.gcs.objects import StoredObject
from tidelake.testkit.gcs.preconditions import target_condition
from tidelake.testkit.gcs.ranges import content_headers, content_response
from tidelake.testkit.gcs.routes import Call

_XML = {"content-type": "application/xml; charset=UTF-8"}
_HEAD = "<?xml version='1.0' encoding='UTF-8'?>"
_NAMESPACE = "http://doc.s3.amazonaws.com/2006-03-01"


def get_object(lake: Lake, call: Call, request: Request) -> Response:
    stored = lake.store.get(call.bucket, call.object_name, target_condition(request))
    return content_response(lake.store, stored, request)


def head_object(lake: Lake, call: Call, request: Request) -> Response:
    stored = lake.store.get(call.bucket, call.object_name, target_condition(request))
    return Response(200, content_headers(stored) | {"content-length": str(stored.digest.size)})


def put_object(lake: Lake, call: Call, request: Request) -> Response:
    content = InHand(request.body)
    check_header_hashes(request, content.digest)
    stored = lake.store.put(
        call.bucket, call.object_name, content, header_attributes(request), target_condition(request)
    )
    return Response(200, written_headers(stored))


def copy_object(lake: Lake, call: Call, request: Request) -> Response:
    if "x-goog-metadata-directive" in request.headers or "x-goog-copy-source-generation" in request.headers:
        raise NotBuilt("PUT with x-goog-copy-source and another header of copies")
    source = lake.store.get(call.bucket, call.object_name)
    stored = lake.store.put(
        call.target_bucket,
        call.target_name,
        lake.store.content_of(source),
        source.attributes,
        target_condition(request),
    )
    return xml_response(
        f"<CopyObjectResult><LastModified>{_time(stored)}</LastModified>"
        f"<ETag>{escape(stored.etag)}</ETag></CopyObjectResult>",
        written_headers(stored),
    )


def delete_object(lake: Lake, call: Call, request: Request) -> Response:
    lake.store.delete(lake.store.get(call.bucket, call.object_name, target_condition(request)))
    return Response(204)


def list_objects(lake: Lake, call: Call, request: Request) -> Response:
    query = request.query
    after = query.get("start-after", "")
    page = list_page(
        lake.store.bucket(call.bucket),
        Selection(
            prefix=query.get("prefix", ""),
            delimiter=query.get("delimiter", ""),
            # U+0000 makes the least name behind another.
            first=max(after + "\0" if after else "", name_in_token(query.get("continuation-token", ""))),
            limit=page_limit(query.get("max-keys")),
        ),
    )
    lines = [
        f"<Name>{escape(call.bucket)}</Name>",
        f"<Prefix>{escape(query.get('prefix', ''))}</Prefix>",
        f"<KeyCount>{len(page.objects) + len(page.prefixes)}</KeyCount>",
        f"<IsTruncated>{'false' if page.next_name is None else 'true'}</IsTruncated>",
    ]
    if page.next_name is not None:
        token = token_of_name(page.next_name)
        lines.append(f"<NextContinuationToken>{token}</NextContinuationToken>")
    lines += [
        f"<Contents><Key>{escape(stored.name)}</Key><Generation>{stored.generation}</Generation>"
        f"<MetaGeneration>{stored.metageneration}</MetaGeneration><LastModified>{_time(stored)}</LastModified>"
        f"<ETag>{escape(stored.etag)}</ETag><Size>{stored.digest.size}</Size></Contents>"
        for stored in page.objects
    ]
    lines += [
        f"<CommonPrefixes><Prefix>{escape(prefix)}</Prefix></CommonPrefixes>" for prefix in page.prefixes
    ]
    return xml_response(f"<ListBucketResult xmlns='{_NAMESPACE}'>{''.join(lines)}</ListBucketResult>")


def written_headers(stored: StoredObject) -> dict[str, str]:
    """What the answer to a write says about the object."""
    return {
        "etag": stored.etag,
        "x-goog-generation": str(stored.generation),
        "x-goog-hash": stored.digest.header,
        "x-goog-metageneration": str(stored.metageneration),
        "x-goog-stored-content-length": str(stored.digest.size),
    }


def xml_response(element: str, headers: dict[str, str] | None = None) -> Response:
    return Response(200, _XML | (headers or {}), (_HEAD + element).encode())


def _time(stored: StoredObject) -> str:
    return stored.updated.strftime("%Y-%m-%dT%H:%M:%S.") + f"{stored.updated.microsecond // 1000:03d}Z"
