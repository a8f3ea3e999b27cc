"""What /openapi.json says of the events route, which reads its body by itself."""

from __future__ import annotations

from typing import Any

_RECORD: dict[str, Any] = {
    "type": "object",
    "description": "One record, as the dataset's contract describes it.",
}
_HEADERS = {
    "Authorization": "Bearer <API key>. Required.",
    "Content-Encoding": "gzip or zstd.",
    "Idempotency-Key": (
        "Names the records where their contract names no id fields, by producer, key and index: "
        '["terminals","load-7",0].'
    ),
    "ce-id": "CloudEvents id, for a request of one record.",
    "traceparent": "W3C trace context; goes on in the record's Kafka headers.",
}
_PARAMETERS: list[dict[str, Any]] = [
    {
        "name": "dataset",
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
        "description": "The dataset's name; <name>.v2, <name>.v3, ... for its later major versions.",
    },
    *(
        {"name": name, "in": "header", "required": False, "schema": {"type": "string"}, "description": text}
        for name, text in _HEADERS.items()
    ),
]

EVENTS_DESCRIPTION: dict[str, Any] = {
    "summary": "Send events",
    "description": "Answers when Kafka has every accepted record on all replicas that it asks for. Where the "
    "dataset has a later major version, the header Link names it as rel=successor-version.",
    "openapi_extra": {
        "parameters": _PARAMETERS,
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"oneOf": [_RECORD, {"type": "array", "items": _RECORD}]}},
                "application/x-ndjson": {"schema": {"type": "string", "description": "One object a line."}},
            },
        },
    },
    "responses": {
        200: {"description": "All accepted: a receipt each."},
        207: {"description": "Some accepted: the receipts say which, and what is wrong with the others."},
        400: {"description": "No JSON, no record, or not what Content-Encoding says."},
        401: {"description": "No API key, or one that is not known (any more)."},
        403: {"description": "The key's producer may not write to this dataset."},
        404: {"description": "No such dataset; the detail names those that the key may write to."},
        408: {"description": "The head or the body came too slowly; nothing was taken."},
        413: {"description": "Too large; the detail names the limit."},
        415: {"description": "A media type or an encoding that is not taken."},
        422: {"description": "No record was accepted; the receipts say why."},
        429: {
            "description": "Kafka is slow or away, or no memory is left; nothing was taken. See Retry-After."
        },
        431: {"description": "The request's head is larger than 64 KiB."},
        503: {"description": "No answer in time: may be kept, send again with the same ids. Or not ready."},
    },
}
