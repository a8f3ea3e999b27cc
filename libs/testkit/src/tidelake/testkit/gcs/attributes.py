"""What clients say about objects, read from JSON documents and from XML headers."""

from collections.abc import Mapping
from typing import Any, cast

import orjson
from tidelake.testkit.gcs.errors import Invalid, NotBuilt
from tidelake.testkit.gcs.exchange import Request
from tidelake.testkit.gcs.objects import Attributes

Document = dict[str, Any]

FIELDS = (
    "cacheControl",
    "contentDisposition",
    "contentEncoding",
    "contentLanguage",
    "customTime",
    "storageClass",
)
_META = "x-goog-meta-"


def json_document(body: bytes) -> Document:
    """The JSON object in a body; an empty body is an empty one. Raises Invalid."""
    if not body:
        return {}
    try:
        document: object = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise Invalid(f"The body is not JSON: {problem}.") from None
    if not isinstance(document, dict):
        raise Invalid("The body is not a JSON object.")
    return cast("Document", document)


def given_attributes(document: Document, content_type: str | None = None) -> Attributes:
    """The attributes in a JSON document; its content type goes before the other one."""
    return Attributes(
        document.get("contentType") or content_type,
        _texts(document.get("metadata")),
        {name: str(document[name]) for name in FIELDS if document.get(name) is not None},
    )


def copied_attributes(document: Document, source: Attributes) -> Attributes:
    """A copy has the source's attributes, unless the call names any of its own."""
    named = {"contentType", "metadata", *FIELDS} & document.keys()
    return given_attributes(document) if named else source


def patched_attributes(document: Document, before: Attributes) -> Attributes:
    """The attributes with the document's changes: null takes away. Raises NotBuilt for any other field."""
    unknown = document.keys() - {"contentType", "metadata", *FIELDS}
    if unknown:
        raise NotBuilt(f"PATCH of {', '.join(sorted(unknown))}")
    custom = before.custom
    if "metadata" in document:
        custom = {} if document["metadata"] is None else _merged(before.custom, document["metadata"])
    return Attributes(
        document.get("contentType", before.content_type),
        custom,
        _merged(before.fields, {name: document[name] for name in FIELDS if name in document}),
    )


def header_attributes(request: Request) -> Attributes:
    """The attributes in the headers of an XML upload. Raises NotBuilt for an encoded body."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise NotBuilt(f"{request.method} {request.raw_path} with content-encoding")
    custom = {name[len(_META) :]: value for name, value in request.headers.items() if name.startswith(_META)}
    return Attributes(request.headers.get("content-type"), custom)


def _merged(before: Mapping[str, str], changes: Document) -> dict[str, str]:
    return {name: str(value) for name, value in {**before, **changes}.items() if value is not None}


def _texts(metadata: Document | None) -> dict[str, str]:
    return {name: str(value) for name, value in (metadata or {}).items()}
