"""A bucket to put storage suites to: the emulator's, or a real one that a setting names."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol, cast
from urllib.parse import quote
from uuid import uuid4

import google.auth
import google.auth.transport.requests
import httpx
from tidelake.testkit.gcs_fixture import Emulator

REAL_BUCKET_VARIABLE = "TIDELAKE_TEST_GCS_BUCKET"
_GOOGLE = "https://storage.googleapis.com"
_SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"


@dataclass(frozen=True)
class StorageLab:
    """Plain HTTP to one bucket, below a prefix of this lab's own."""

    http: httpx.Client
    bucket: str
    prefix: str
    delta_options: Mapping[str, str]
    headers: Callable[[], Mapping[str, str]] = field(default=lambda: {})
    real: bool = False

    def name(self) -> str:
        """The name of an object that is nobody else's. It has a slash, as most names in a lake."""
        return f"{self.prefix}/{uuid4().hex}"

    def uri(self) -> str:
        """A place for a table that is nobody else's."""
        return f"gs://{self.bucket}/{self.name()}"

    def xml(self, name: str) -> str:
        """The object's address in the XML API."""
        return f"/{self.bucket}/{quote(name, safe='')}"

    def json(self, name: str = "") -> str:
        """The object's address in the JSON API; without a name, that of all objects."""
        objects = f"/storage/v1/b/{self.bucket}/o"
        return f"{objects}/{quote(name, safe='')}" if name else objects

    @property
    def upload(self) -> str:
        return f"/upload/storage/v1/b/{self.bucket}/o"

    def ask(
        self,
        method: str,
        address: str,
        *,
        query: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
    ) -> httpx.Response:
        """One request, whatever its answer. Redirects (308 is none here) are not followed."""
        return self.http.request(
            method, address, params=query, headers={**self.headers(), **(headers or {})}, content=content
        )

    def put(self, name: str, content: bytes) -> str:
        """Stores the object without a condition, and gives its generation."""
        answer = self.ask("PUT", self.xml(name), content=content).raise_for_status()
        return answer.headers["x-goog-generation"]

    def content(self, name: str) -> bytes | None:
        answer = self.ask("GET", self.xml(name))
        return None if answer.status_code == 404 else answer.raise_for_status().content


@contextmanager
def emulator_lab(emulator: Emulator) -> Generator[StorageLab]:
    with _client(emulator.url) as http:
        yield StorageLab(http, emulator.bucket, f"suite-{uuid4().hex[:8]}", emulator.delta_options())


@contextmanager
def real_bucket_lab(bucket: str) -> Generator[StorageLab]:
    """A real bucket, with the machine's own credentials. What lies below the lab's prefix goes at the end."""
    credentials = _own_credentials()
    transport = google.auth.transport.requests.Request()

    def headers() -> Mapping[str, str]:
        if not credentials.valid:
            credentials.refresh(transport)
        return {"authorization": f"Bearer {credentials.token}"}

    prefix = f"tidelake-suite-{uuid4().hex[:8]}"
    with _client(_GOOGLE) as http:
        lab = StorageLab(http, bucket, prefix, {}, headers, real=True)
        try:
            yield lab
        finally:
            _delete_all(lab)


class _Credentials(Protocol):
    """What we use of Google's credentials, which have no types of their own."""

    @property
    def valid(self) -> bool: ...

    @property
    def token(self) -> str: ...

    def refresh(self, request: google.auth.transport.requests.Request) -> None: ...


def _own_credentials() -> _Credentials:
    default = cast("Callable[..., tuple[_Credentials, str | None]]", google.auth.default)  # pyright: ignore
    return default(scopes=[_SCOPE])[0]


def _client(url: str) -> httpx.Client:
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    return httpx.Client(base_url=url, timeout=30.0, limits=limits, verify=not url.startswith("http://"))


def _delete_all(lab: StorageLab) -> None:
    while True:
        page = lab.ask("GET", lab.json(), query={"prefix": f"{lab.prefix}/"}).raise_for_status().json()
        for item in page.get("items", []):
            lab.ask("DELETE", lab.json(item["name"]))
        if "nextPageToken" not in page:
            return
