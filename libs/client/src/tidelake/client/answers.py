"""The HTTP answers of door and gateway as values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

import orjson
from tidelake.client.errors import Problem
from tidelake.client.receipts import BrokenRule, Receipt, Receipts


def parse_receipts(content: bytes) -> Receipts | None:
    """The receipts in an answer's body, or None when it has none."""
    answer = _object(content)
    listed = answer.get("receipts")
    if not isinstance(listed, list):
        return None
    receipts = tuple(_receipt(item) for item in cast("list[dict[str, Any]]", listed))
    return Receipts(str(answer["dataset"]), str(answer["version"]), receipts)


def parse_problem(content: bytes, status: int) -> Problem:
    """The problem in an answer's body. An answer that is not theirs (a proxy's) becomes one, too."""
    answer = _object(content)
    if "detail" not in answer:
        text = content[:200].decode("utf-8", "replace")
        return Problem("unknown", f"HTTP {status}", text, "Check the address.", status)
    kind = str(answer.get("type", "")).rpartition(":")[2]
    title, detail, next_step = (str(answer.get(name, "")) for name in ("title", "detail", "next_step"))
    return Problem(kind, title, detail, next_step, status, answer.get("query_id"))


def parse_retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """What the door asks to wait; None when it does not say so in seconds."""
    text = headers.get("retry-after", "")
    return timedelta(seconds=int(text)) if text.isdecimal() else None


def _object(content: bytes) -> dict[str, Any]:
    try:
        answer: object = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}


def _receipt(item: dict[str, Any]) -> Receipt:
    rules = cast("list[dict[str, str]]", item.pop("broken_rules", ()))
    known = {name: item[name] for name in Receipt.__dataclass_fields__ if name in item}
    return Receipt(
        **known,
        broken_rules=tuple(BrokenRule(r["field"], r["rule"], r["value"], r["expected"]) for r in rules),
    )
