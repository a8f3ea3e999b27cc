"""The stored object as a value, and the hashes by which clients check it."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import cast

import google_crc32c

# The package has no types of its own.
_extend = cast("Callable[[int, bytes], int]", google_crc32c.extend)  # pyright: ignore[reportUnknownMemberType]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Digest:
    """Length and hashes of some content. Composed content has no MD5, as with Google."""

    size: int
    crc32c: int
    md5: bytes | None

    @property
    def crc32c_base64(self) -> str:
        return base64.b64encode(self.crc32c.to_bytes(4, "big")).decode()

    @property
    def md5_base64(self) -> str | None:
        return None if self.md5 is None else base64.b64encode(self.md5).decode()

    @property
    def header(self) -> str:
        """The value of `x-goog-hash`."""
        crc32c = f"crc32c={self.crc32c_base64}"
        return crc32c if self.md5 is None else f"{crc32c},md5={self.md5_base64}"


def digest_of(content: bytes) -> Digest:
    return Digest(len(content), checksum(content), hashlib.md5(content, usedforsecurity=False).digest())


def checksum(content: bytes, start: int = 0) -> int:
    """CRC32C of the content, continuing from `start`."""
    return _extend(start, content)


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a client may say about an object beside its content."""

    content_type: str | None = None
    custom: Mapping[str, str] = field(default_factory=lambda: NO_ATTRIBUTES)  # user metadata
    fields: Mapping[str, str] = field(default_factory=lambda: NO_ATTRIBUTES)  # cacheControl and its like


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One generation of one object. A new content is a new generation, never a change of an old one."""

    bucket: str
    name: str
    generation: int  # microseconds since the epoch, strictly growing in one store
    metageneration: int
    digest: Digest
    attributes: Attributes
    created_us: int
    updated_us: int

    @property
    def etag(self) -> str:
        """Opaque to clients; XML content that has an MD5 uses that, as with Google."""
        if self.digest.md5 is not None:
            return f'"{self.digest.md5.hex()}"'
        return f'"-{base64.b64encode(self.generation.to_bytes(8, "big")).decode()}"'

    @property
    def created(self) -> datetime:
        return _EPOCH + timedelta(microseconds=self.created_us)

    @property
    def updated(self) -> datetime:
        return _EPOCH + timedelta(microseconds=self.updated_us)


def microseconds(moment: datetime) -> int:
    """Whole microseconds since the epoch."""
    return (moment - _EPOCH) // timedelta(microseconds=1)
