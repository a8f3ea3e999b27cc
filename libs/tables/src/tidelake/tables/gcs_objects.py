"""The object store over google-cloud-storage's JSON API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import requests
from google.api_core import exceptions as gcs
from google.auth import exceptions as auth
from google.cloud.storage.retry import DEFAULT_RETRY  # pyright: ignore[reportMissingTypeStubs]
from tidelake.tables.errors import StoreRefused, StoreUnavailable
from tidelake.tables.no_answer import told
from tidelake.tables.objects import ObjectEntry, StoredObject

T = TypeVar("T")

_UNAVAILABLE = (
    gcs.ServerError,
    gcs.TooManyRequests,
    gcs.RetryError,
    auth.TransportError,
    requests.RequestException,
    ConnectionError,
    TimeoutError,
)
_REFUSED = (gcs.ClientError, auth.GoogleAuthError)


class GcsObjects:
    """Objects of one bucket below one prefix."""

    def __init__(self, client: Any, bucket: str, prefix: str, timeout: float, retry_for: float) -> None:
        """`client` is a google.cloud.storage.Client (untyped). A single request ends after `timeout` seconds,
        a call with its repeats after about `retry_for` + `timeout` seconds."""
        self._bucket = client.bucket(bucket)
        self._client = client
        self._prefix = f"{prefix}/" if prefix else ""
        self._call: dict[str, Any] = {"timeout": timeout, "retry": DEFAULT_RETRY.with_timeout(retry_for)}

    def read(self, path: str) -> StoredObject | None:
        """See Objects.read."""
        blob = self._blob(path)
        try:
            content = self._ask("read", path, lambda: blob.download_as_bytes(**self._call))
        except gcs.NotFound as missing:
            self._refuse_a_missing_bucket("read", path, missing)
            return None
        return StoredObject(content, int(blob.generation))

    def create(self, path: str, content: bytes) -> bool:
        """See Objects.create."""
        return self._put(path, content, generation=0)

    def replace(self, path: str, content: bytes, generation: int) -> bool:
        """See Objects.replace."""
        return self._put(path, content, generation)

    def list(self, prefix: str) -> Sequence[ObjectEntry]:
        """See Objects.list."""
        full = self._prefix + prefix
        try:
            blobs = self._ask(
                "list",
                prefix,
                lambda: list(self._client.list_blobs(self._bucket, prefix=full, **self._call)),
            )
        except gcs.NotFound as missing:
            raise StoreRefused("list", prefix, str(missing)) from missing
        return [
            ObjectEntry(blob.name.removeprefix(self._prefix), int(blob.generation), blob.updated)
            for blob in blobs
        ]

    def delete(self, path: str) -> bool:
        """See Objects.delete."""
        try:
            self._ask("delete", path, lambda: self._blob(path).delete(**self._call))
        except gcs.NotFound as missing:
            self._refuse_a_missing_bucket("delete", path, missing)
            return False
        return True

    def _put(self, path: str, content: bytes, generation: int) -> bool:
        try:
            self._ask(
                "write",
                path,
                lambda: self._blob(path).upload_from_string(
                    content,
                    content_type="application/octet-stream",
                    if_generation_match=generation,
                    **self._call,
                ),
            )
        except gcs.PreconditionFailed:
            return False
        except gcs.NotFound as missing:
            raise StoreRefused("write", path, str(missing)) from missing
        return True

    def _blob(self, path: str) -> Any:
        return self._bucket.blob(self._prefix + path)

    def _ask(self, action: str, path: str, call: Callable[[], T]) -> T:
        try:
            return call()
        except (gcs.NotFound, gcs.PreconditionFailed):
            raise
        except _UNAVAILABLE as cause:
            raise StoreUnavailable(action, path, told(cause)) from cause
        except _REFUSED as cause:
            raise StoreRefused(action, path, str(cause)) from cause

    def _refuse_a_missing_bucket(self, action: str, path: str, missing: gcs.NotFound) -> None:
        # A bucket that is not there answers 404 like an object that is not there; GCS says which in the text.
        if "bucket does not exist" in str(missing).lower():
            raise StoreRefused(action, path, str(missing)) from missing
