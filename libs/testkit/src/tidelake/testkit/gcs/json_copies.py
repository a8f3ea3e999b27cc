"""JSON API: new objects out of stored ones: copyTo, rewriteTo, moveTo, compose."""

from tidelake.testkit.gcs.attributes import (
    Document,
    copied_attributes,
    given_attributes,
    json_document,
)
from tidelake.testkit.gcs.errors import Invalid, NotBuilt
from tidelake.testkit.gcs.exchange import Request, Response
from tidelake.testkit.gcs.handling import Lake
from tidelake.testkit.gcs.json_answers import json_response, object_document, object_response
from tidelake.testkit.gcs.objects import StoredObject
from tidelake.testkit.gcs.preconditions import (
    ANYTHING,
    Condition,
    parse_generation,
    source_condition,
    target_condition,
    wanted_generation,
)
from tidelake.testkit.gcs.routes import Call

_MAX_COMPONENTS = 32


def copy_object(lake: Lake, call: Call, request: Request) -> Response:
    return object_response(_copy(lake, call, request), request)


def rewrite_object(lake: Lake, call: Call, request: Request) -> Response:
    """A copy that says it is done at once: no content here is so large that it took several calls."""
    stored = _copy(lake, call, request)
    size = str(stored.digest.size)
    return json_response(
        {
            "kind": "storage#rewriteResponse",
            "totalBytesRewritten": size,
            "objectSize": size,
            "done": True,
            "resource": object_document(stored, request.base_url),
        }
    )


def move_object(lake: Lake, call: Call, request: Request) -> Response:
    source = lake.store.get(call.bucket, call.object_name, source_condition(request))
    if call.object_name == call.target_name:
        raise Invalid(f"The object {call.object_name} can not be moved to its own name.")
    return object_response(lake.store.move(source, call.target_name, target_condition(request)), request)


def compose_object(lake: Lake, call: Call, request: Request) -> Response:
    document = json_document(request.body)
    components: list[Document] = document.get("sourceObjects") or []
    if document.get("deleteSourceObjects"):
        raise NotBuilt("compose with deleteSourceObjects")
    if not 1 <= len(components) <= _MAX_COMPONENTS:
        raise Invalid(f"An object is composed of 1 to {_MAX_COMPONENTS} objects, not {len(components)}.")
    sources = [_component(lake, call.bucket, component, request) for component in components]
    # Nothing is joined for a call that can not succeed.
    condition = target_condition(request)
    condition.check(lake.store.find(call.bucket, call.object_name))
    joined = lake.uploads.new_file()
    try:
        for source in sources:
            joined.append(lake.store.read(source))
        attributes = given_attributes(
            document.get("destination") or {}, content_type=sources[0].attributes.content_type
        )
        stored = lake.store.put(
            call.bucket, call.object_name, joined.finished(composed=True), attributes, condition
        )
    finally:
        joined.discard()
    return object_response(stored, request)


def _copy(lake: Lake, call: Call, request: Request) -> StoredObject:
    source = lake.store.get(
        call.bucket,
        call.object_name,
        source_condition(request),
        wanted_generation(request.query, "sourceGeneration"),
    )
    return lake.store.put(
        call.target_bucket,
        call.target_name,
        lake.store.content_of(source),
        copied_attributes(json_document(request.body), source.attributes),
        target_condition(request),
    )


def _component(lake: Lake, bucket: str, component: Document, request: Request) -> StoredObject:
    conditions: Document = component.get("objectPreconditions") or {}
    demanded = conditions.get("ifGenerationMatch")
    unconditional = demanded is None or request.ignore_preconditions
    generation = component.get("generation")
    return lake.store.get(
        bucket,
        str(component.get("name", "")),
        ANYTHING if unconditional else Condition(parse_generation(str(demanded))),
        None if generation is None else parse_generation(str(generation)),
    )
