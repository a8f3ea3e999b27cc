"""Uploads under way: their bytes in files of their own, nothing of them visible. A restart forgets them."""

import hashlib
import os
import shutil
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from tidelake.testkit.gcs.attributes import Document
from tidelake.testkit.gcs.blobs import write_whole
from tidelake.testkit.gcs.contents import OnDisk
from tidelake.testkit.gcs.errors import GcsError, NoSuchUpload
from tidelake.testkit.gcs.objects import Attributes, Digest, StoredObject, checksum
from tidelake.testkit.gcs.preconditions import Condition
from tidelake.testkit.gcs.store import room

_REMEMBERED_ENDINGS = 10_000


class Staged:
    """A file that grows by whole pieces: a piece that the disk does not take leaves no trace."""

    def __init__(self, path: Path) -> None:
        with room():
            path.touch()
        self._path = path
        self._crc32c = 0
        self._md5 = hashlib.md5(usedforsecurity=False)
        self.size = 0

    def append(self, content: bytes) -> None:
        """Raises OutOfRoom and keeps what was there before."""
        with room(), self._path.open("ab", buffering=0) as file:
            try:
                write_whole(file.fileno(), content)
            except OSError:
                os.ftruncate(file.fileno(), self.size)
                raise
        self.size += len(content)
        self._crc32c = checksum(content, self._crc32c)
        self._md5.update(content)

    @property
    def md5(self) -> bytes:
        return self._md5.digest()

    def content(self) -> bytes:
        return self._path.read_bytes()

    def finished(self, *, composed: bool = False) -> OnDisk:
        """What was appended, as an object's content. Composed content has no MD5."""
        return OnDisk(self._path, Digest(self.size, self._crc32c, None if composed else self.md5))

    def discard(self) -> None:
        self._path.unlink(missing_ok=True)


@dataclass(slots=True)
class Upload:
    """One upload under way: where it goes, under which condition, and the pieces so far."""

    upload_id: str
    bucket: str
    name: str
    attributes: Attributes
    condition: Condition
    document: Document  # the JSON metadata as sent, which may hold the hashes to check at the end
    pieces: dict[int, Staged] = field(default_factory=dict[int, Staged])  # by part; a resumable one has 0


class Uploads:
    """The uploads under way, and how the last few thousand resumable ones ended."""

    def __init__(self, directory: Path) -> None:
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        self._directory = directory
        self._open: dict[str, Upload] = {}
        self._ended: OrderedDict[str, StoredObject | GcsError] = OrderedDict()

    def start(
        self, bucket: str, name: str, attributes: Attributes, condition: Condition, document: Document
    ) -> Upload:
        upload = Upload(uuid4().hex, bucket, name, attributes, condition, document)
        self._open[upload.upload_id] = upload
        return upload

    def get(self, upload_id: str) -> Upload:
        """Raises NoSuchUpload."""
        try:
            return self._open[upload_id]
        except KeyError:
            raise NoSuchUpload(upload_id) from None

    def new_file(self) -> Staged:
        return Staged(self._directory / uuid4().hex)

    def ending(self, upload_id: str) -> StoredObject | GcsError | None:
        """What an ended upload was answered, so that a client that lost the answer gets the same one."""
        return self._ended.get(upload_id)

    def end(self, upload: Upload, ending: StoredObject | GcsError | None = None) -> None:
        """Forgets the upload's bytes, and keeps how it ended if that is given."""
        del self._open[upload.upload_id]
        for piece in upload.pieces.values():
            piece.discard()
        if ending is not None:
            self._ended[upload.upload_id] = ending
            if len(self._ended) > _REMEMBERED_ENDINGS:
                self._ended.popitem(last=False)
