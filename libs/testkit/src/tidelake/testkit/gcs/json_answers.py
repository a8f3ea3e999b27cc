"""Objects and buckets as documents of the JSON API."""

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import orjson
from tidelake.testkit.gcs.attributes import Document
from tidelake.testkit.gcs.exchange import Request, Response
from tidelake.testkit.gcs.objects import StoredObject

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def json_response(document: Document, status: int = 200) -> Response:
    return Response(status, {"content-type": "application/json; charset=UTF-8"}, orjson.dumps(document))


def object_response(stored: StoredObject, request: Request) -> Response:
    return json_response(object_document(stored, request.base_url))


def object_document(stored: StoredObject, base_url: str) -> Document:
    """The object as the JSON API shows it. 64-bit numbers are texts, as with Google."""
    path = f"storage/v1/b/{quote(stored.bucket, safe='')}/o/{quote(stored.name, safe='')}"
    attributes = stored.attributes
    document: Document = {
        "kind": "storage#object",
        "id": f"{stored.bucket}/{stored.name}/{stored.generation}",
        "selfLink": f"{base_url}/{path}",
        "mediaLink": f"{base_url}/download/{path}?generation={stored.generation}&alt=media",
        "name": stored.name,
        "bucket": stored.bucket,
        "generation": str(stored.generation),
        "metageneration": str(stored.metageneration),
        "storageClass": "STANDARD",
        "size": str(stored.digest.size),
        "crc32c": stored.digest.crc32c_base64,
        "etag": base64.b64encode(f"{stored.generation}/{stored.metageneration}".encode()).decode(),
        "timeCreated": _text(stored.created),
        "updated": _text(stored.updated),
        "timeStorageClassUpdated": _text(stored.created),
    }
    if stored.digest.md5_base64 is not None:
        document["md5Hash"] = stored.digest.md5_base64
    if attributes.content_type is not None:
        document["contentType"] = attributes.content_type
    if attributes.custom:
        document["metadata"] = dict(attributes.custom)
    return {**document, **attributes.fields}


def bucket_document(name: str, created_us: int, base_url: str) -> Document:
    created = _text(_EPOCH + timedelta(microseconds=created_us))
    return {
        "kind": "storage#bucket",
        "id": name,
        "name": name,
        "selfLink": f"{base_url}/storage/v1/b/{quote(name, safe='')}",
        "location": "US",
        "storageClass": "STANDARD",
        "metageneration": "1",
        "timeCreated": created,
        "updated": created,
    }


def layout_document(name: str) -> Document:
    """Asked by who would otherwise delete a folder in one call: names here are flat."""
    return {
        "kind": "storage#storageLayout",
        "bucket": name,
        "location": "US",
        "locationType": "multi-region",
        "hierarchicalNamespace": {"enabled": False},
    }


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
