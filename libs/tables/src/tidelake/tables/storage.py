"""Where the lake lies and how its clients are told: one root, one key, bounded waiting."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import msgspec
from pydantic_settings import BaseSettings
from tidelake.tables.errors import InvalidLakeRoot, InvalidServiceAccount
from tidelake.tables.objects import Objects


class StorageSettings(BaseSettings):
    """Settings of every process that opens the lake. Mixed into a service's own settings class."""

    lake_root: str
    """gs://BUCKET or gs://BUCKET/PREFIX: all tables, contracts and keys lie below it."""
    gcs_service_account: Path | None = None
    """JSON key of a service account; without it the machine's own credentials are used."""

    def storage(self) -> LakeStorage:
        """The store that these settings name."""
        return LakeStorage(self.lake_root, self.gcs_service_account)


@dataclass(frozen=True, slots=True)
class StoreLimits:
    """How long the store may take. Every call on a hung store ends; the numbers say when.

    One request ends after `request`; it is sent again (never with other content, and a conditional write
    only under its condition) while fewer than `retry_for` has passed since its first start and fewer than
    `max_retries` repeats were made. One call so ends after about `retry_for` + `request`.
    """

    connect: timedelta = timedelta(seconds=3)
    request: timedelta = timedelta(seconds=10)
    retry_for: timedelta = timedelta(seconds=15)
    max_retries: int = 20
    backoff_first: timedelta = timedelta(milliseconds=50)
    backoff_most: timedelta = timedelta(seconds=2)


@dataclass(frozen=True)
class LakeStorage:
    """The lake's root as each client wants it. Raises InvalidLakeRoot, InvalidServiceAccount at first use."""

    root: str  # gs://bucket[/prefix]
    service_account: Path | None = None
    limits: StoreLimits = field(default_factory=StoreLimits)

    def __post_init__(self) -> None:
        parts = urlsplit(self.root)
        if parts.scheme != "gs":
            raise InvalidLakeRoot(self.root, "it does not start with gs://")
        if not parts.netloc:
            raise InvalidLakeRoot(self.root, "it names no bucket")
        if parts.query or parts.fragment:
            raise InvalidLakeRoot(self.root, "a bucket and a prefix hold no ? and no #")

    @property
    def bucket(self) -> str:
        """The bucket alone."""
        return urlsplit(self.root).netloc

    @property
    def prefix(self) -> str:
        """The path below the bucket, without slashes at its ends; empty when there is none."""
        return urlsplit(self.root).path.strip("/")

    def uri(self, path: str) -> str:
        """Full address of a path below the root: uri("bronze/flights") -> gs://bucket/prefix/bronze/flights."""
        return "/".join(part for part in (f"gs://{self.bucket}", self.prefix, path.strip("/")) if part)

    def delta_options(self) -> dict[str, str]:
        """Storage options for deltalake: a new dict each time, since deltalake keeps and changes its own."""
        limits = self.limits
        options = {
            "connect_timeout": _seconds(limits.connect),
            "timeout": _seconds(limits.request),
            "max_retries": str(limits.max_retries),
            "retry_timeout": _seconds(limits.retry_for),
            "backoff_config.init_backoff": _seconds(limits.backoff_first),
            "backoff_config.max_backoff": _seconds(limits.backoff_most),
        }
        if self.service_account is not None:
            options["google_service_account"] = str(self.service_account)
        if self._endpoint.startswith("http://"):
            options["allow_http"] = "true"
        return options

    def hadoop_options(self) -> dict[str, str]:
        """Options of Google's Hadoop connector, by Hadoop's own names: for Spark and the metastore.

        Hadoop 3.5 brings defaults with units (64m) under the connector's names, which it can't read: those
        are given as plain numbers.
        """
        options = {
            "fs.gs.impl": "com.google.cloud.hadoop.fs.gcs.GoogleHadoopFileSystem",
            "fs.AbstractFileSystem.gs.impl": "com.google.cloud.hadoop.fs.gcs.GoogleHadoopFS",
            # Before each object that is made, it would look whether there is a folder of that name.
            "fs.gs.create.items.conflict.check.enable": "false",
            "fs.gs.block.size": "67108864",
            "fs.gs.rewrite.max.chunk.size": "536870912",
            "fs.gs.outputstream.buffer.size": "8388608",
            "fs.gs.inputstream.inplace.seek.limit": "8388608",
            "fs.gs.inputstream.min.range.request.size": "2097152",
        }
        if self.service_account is not None:
            options["fs.gs.auth.type"] = "SERVICE_ACCOUNT_JSON_KEYFILE"
            options["fs.gs.auth.service.account.json.keyfile"] = str(self.service_account)
            options["fs.gs.project.id"] = str(self._key.get("project_id", ""))
        else:
            options["fs.gs.auth.type"] = "APPLICATION_DEFAULT"
        if self._endpoint:
            options["fs.gs.storage.root.url"] = f"{self._endpoint}/"
            options["fs.gs.token.server.url"] = str(self._key.get("token_uri", f"{self._endpoint}/token"))
        return options

    def objects(self) -> Objects:
        """A client for small objects. Opens no connection before its first call."""
        from google.auth.credentials import AnonymousCredentials
        from google.cloud import storage  # type: ignore[reportMissingTypeStubs]  # half a second to import
        from tidelake.tables.gcs_objects import GcsObjects

        untyped = cast("Any", storage)
        options = {"api_endpoint": self._endpoint} if self._endpoint else None
        if self._key.get("disable_oauth"):
            # As deltalake reads it. Google's own library would ask its servers about the account, too.
            client = untyped.Client(
                project=self._key.get("project_id"),
                credentials=AnonymousCredentials(),
                client_options=options,
            )
        elif self.service_account is not None:
            client = untyped.Client.from_service_account_info(self._key, client_options=options)
        else:
            client = untyped.Client()
        return GcsObjects(
            client,
            self.bucket,
            self.prefix,
            timeout=self.limits.request.total_seconds(),
            retry_for=self.limits.retry_for.total_seconds(),
        )

    @property
    def _endpoint(self) -> str:
        """Address of a store that is not Google's, from the key file; empty for Google's own."""
        return str(self._key.get("gcs_base_url", ""))

    @cached_property
    def _key(self) -> dict[str, object]:
        if self.service_account is None:
            return {}
        try:
            return msgspec.json.decode(self.service_account.read_bytes(), type=dict[str, object])
        except OSError as problem:
            raise InvalidServiceAccount(
                str(self.service_account), problem.strerror or str(problem)
            ) from problem
        except msgspec.DecodeError as problem:
            raise InvalidServiceAccount(
                str(self.service_account), f"it is no JSON key ({problem})"
            ) from problem


def _seconds(value: timedelta) -> str:
    return f"{round(value.total_seconds() * 1000)}ms"
