"""What /openapi.json says of the routes, which read and write by themselves."""

from __future__ import annotations

from typing import Any

_QUESTION: dict[str, Any] = {
    "type": "object",
    "required": ["sql"],
    "additionalProperties": False,
    "properties": {
        "sql": {"type": "string", "description": "One query; tables as schema.table, values as ?."},
        "parameters": {"type": "array", "items": {}, "description": "Values of the ?, in their order."},
        "as_of": {
            "description": "Absent: the newest. A time that has passed (RFC 3339), or versions by table.",
            "oneOf": [
                {"type": "string", "format": "date-time"},
                {"type": "object", "additionalProperties": {"type": "integer"}},
            ],
        },
        "max_rows": {"type": "integer", "minimum": 1, "description": "The answer is cut there and says so."},
        "timeout_s": {"type": "number", "minimum": 1, "description": "For the whole answer, all pages."},
        "page_rows": {"type": "integer", "minimum": 1},
    },
}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"description": "No question, not a query, or SQL that can't be read; the place is named."},
    401: {"description": "No API key, or one that is not known (any more)."},
    403: {"description": "The key's role reads nothing, or Trino denies it something."},
    404: {"description": "No such table, version or pages, as far as this key may see."},
    409: {"description": "The query was cancelled."},
    422: {"description": "The query failed by its own fault: types, columns, a division by zero."},
    429: {"description": "Too many queries of this role at once. See Retry-After."},
    502: {"description": "Trino failed."},
    503: {"description": "Not ready, or Trino is away. See Retry-After."},
    504: {"description": "Not answered within timeout_s."},
}

QUERY_DESCRIPTION: dict[str, Any] = {
    "summary": "Ask",
    "description": "Answers with the first page of rows, or with Accept: application/vnd.apache.arrow.stream "
    "with all of them as one Arrow IPC stream. `versions` are those that were read.",
    "openapi_extra": {
        "requestBody": {"required": True, "content": {"application/json": {"schema": _QUESTION}}}
    },
    "responses": {200: {"description": "Rows, versions, and the way to the next page."}, **_REFUSALS},
}
PAGE_DESCRIPTION: dict[str, Any] = {
    "summary": "The next page",
    "description": "At the address that the page before names. The newest page can be read again.",
    "responses": {200: {"description": "As POST /v1/query."}, **_REFUSALS},
}
