"""What goes into the core and what comes out: one request, one response, both plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, read to its end. The path is as it was sent, header names are in lower case."""

    method: str
    raw_path: str  # percent-encoded, without the query
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    ignore_preconditions: bool = False  # a fault: every condition is taken as met

    @property
    def base_url(self) -> str:
        """The address under which the caller reached us, for links in answers."""
        return f"http://{self.headers.get('host', '127.0.0.1')}"


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer. A HEAD answer names in `headers` the length of the body that it leaves out."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""


def split_target(target: str) -> tuple[str, dict[str, str]]:
    """The raw path and the decoded query of a request line's target. The last of repeated parameters wins."""
    path, _, query = target.partition("?")
    return path, dict(parse_qsl(query, keep_blank_values=True))
