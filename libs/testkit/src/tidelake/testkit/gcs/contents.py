"""Where an object's new content comes from: bytes in hand, an upload in pieces, or another object."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tidelake.testkit.gcs.blobs import Blobs
from tidelake.testkit.gcs.objects import Digest, digest_of


class Content(Protocol):
    """Content that can be put below a generation's name."""

    @property
    def digest(self) -> Digest: ...

    def place(self, blobs: Blobs, generation: int) -> None:
        """Makes the content the generation's file, or raises OSError and leaves none."""
        ...


class InHand:
    """Content that came in one request."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.digest = digest_of(content)

    def place(self, blobs: Blobs, generation: int) -> None:
        blobs.write(generation, self._content)


@dataclass(frozen=True, slots=True)
class OnDisk:
    """Content that lies in a file already: a finished upload, or an object that is copied."""

    path: Path
    digest: Digest

    def place(self, blobs: Blobs, generation: int) -> None:
        blobs.link(generation, self.path)
