"""Keeps downloaded files by content: a file that is in the cache is whole and is the right one."""

import fcntl
import os
import shutil
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from tidelake.local.artifacts import Artifact, sha256_of
from tidelake.runtime.errors import LakeError, Terminal

_AT_ONCE = 6


class Repository(Protocol):
    """Where files come from."""

    def download(self, artifact: Artifact, folder: Path, on_bytes: Callable[[int], None]) -> Path: ...


class WrongChecksum(LakeError, Terminal):
    """What was downloaded is not what the lock names."""

    def __init__(self, artifact: Artifact, got: str) -> None:
        super().__init__(
            f"{artifact.coordinates} came with the wrong content and was thrown away: "
            f"expected sha256 {artifact.sha256}, got {got}. Either the download was damaged or something "
            "between here and the repository changes files. Run the command again; if it stays so, try "
            "another network or mirror (TIDELAKE_MAVEN_URL), and do not trust this one."
        )
        self.artifact = artifact
        self.expected = artifact.sha256
        self.got = got


class CacheUnusable(LakeError, Terminal):
    """The cache folder can't be written."""

    def __init__(self, folder: Path, error: OSError) -> None:
        super().__init__(
            f"The cache {folder} can't be written ({error.strerror}). Downloads are kept there. "
            "Free some space, mend its permissions, or set TIDELAKE_CACHE to another folder."
        )
        self.folder = folder


class _GivenUpError(Exception):
    """Raised inside a download whose result nobody waits for any more."""


class ArtifactCache:
    """Files below `<folder>/artifacts`, laid out as a Maven repository."""

    def __init__(self, folder: Path, repository: Repository) -> None:
        self._files = folder / "artifacts"
        self._incoming = folder / "incoming"
        self._repository = repository

    def path(self, artifact: Artifact) -> Path:
        """Where the file is, or will be, kept."""
        return self._files / artifact.path

    def missing(self, artifacts: Sequence[Artifact]) -> list[Artifact]:
        """Those that are absent or whose content is not the locked one."""
        return [one for one in artifacts if not self._is_whole(one)]

    def fetch(
        self,
        artifacts: Sequence[Artifact],
        on_bytes: Callable[[int], None] = lambda _: None,
        lane: str = "any",
    ) -> list[Path]:
        """Paths in the order of `artifacts`, each checked by content; several are downloaded at once.

        One caller at a time downloads in a `lane`: a small engine does not wait behind a large one's lane.
        Raises DownloadFailed, WrongChecksum, CacheUnusable; then nothing incomplete is left.
        """
        try:
            if self.missing(artifacts):
                with self._alone(lane) as incoming:
                    self._download_all(self.missing(artifacts), incoming, on_bytes)
        except OSError as error:
            raise CacheUnusable(self._files.parent, error) from error
        return [self.path(one) for one in artifacts]

    def _is_whole(self, artifact: Artifact) -> bool:
        try:
            return sha256_of(self.path(artifact)) == artifact.sha256
        except FileNotFoundError:
            return False

    @contextmanager
    def _alone(self, lane: str) -> Generator[Path]:
        """A folder for what arrives; what a killed process left in it is cleared."""
        incoming = self._incoming / lane
        incoming.mkdir(parents=True, exist_ok=True)
        with incoming.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            shutil.rmtree(incoming)
            incoming.mkdir()
            try:
                yield incoming
            finally:
                shutil.rmtree(incoming, ignore_errors=True)

    def _download_all(
        self, artifacts: Sequence[Artifact], incoming: Path, on_bytes: Callable[[int], None]
    ) -> None:
        given_up = threading.Event()

        def count(read_bytes: int) -> None:
            if given_up.is_set():
                raise _GivenUpError
            on_bytes(read_bytes)

        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            downloads = [pool.submit(self._download, one, incoming, count) for one in artifacts]
            try:
                finished, _ = wait(downloads, return_when=FIRST_EXCEPTION)
            finally:
                # Also on Ctrl-C: the rest stops at its next piece, so leaving takes no longer than that.
                given_up.set()
                pool.shutdown(wait=False, cancel_futures=True)
        for download in finished:
            download.result()

    def _download(self, artifact: Artifact, incoming: Path, on_bytes: Callable[[int], None]) -> None:
        arrived = self._repository.download(artifact, incoming, on_bytes)
        got = sha256_of(arrived)
        if got != artifact.sha256:
            arrived.unlink()
            raise WrongChecksum(artifact, got)
        kept = self.path(artifact)
        kept.parent.mkdir(parents=True, exist_ok=True)
        with arrived.open("rb") as content:
            os.fsync(content.fileno())
        arrived.replace(kept)
