"""Asks Maven repositories for one exact file at a time; no dependency is looked for."""

import os
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

import requests
import stamina
from jgo.maven import MavenContext, PythonResolver
from tidelake.local.artifacts import Artifact
from tidelake.runtime.errors import LakeError, Transient


class DownloadFailed(LakeError, Transient):
    """A file could not be had from any repository."""

    def __init__(self, artifact: Artifact, repository: str, reason: str) -> None:
        super().__init__(
            f"Could not download {artifact.coordinates} from {repository}: {reason} "
            "Nothing half downloaded was kept. Check the network (and HTTPS_PROXY if you are behind one), "
            "or set TIDELAKE_MAVEN_URL to a Maven mirror that you can reach; then run the same command again."
        )
        self.artifact = artifact
        self.repository = repository


class MavenRepository:
    """Downloads files with jgo from Maven Central, or from `url` when a mirror is set."""

    def __init__(
        self, url: str | None = None, timeout: timedelta = timedelta(seconds=20), attempts: int = 3
    ) -> None:
        self._remotes = {"mirror": url.rstrip("/")} if url else None
        self._attempts = attempts
        self._timeout_s = int(timeout.total_seconds())

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> "MavenRepository":
        """Maven Central, or the mirror that `$TIDELAKE_MAVEN_URL` names."""
        return cls(environ.get("TIDELAKE_MAVEN_URL"))

    def download(self, artifact: Artifact, folder: Path, on_bytes: Callable[[int], None]) -> Path:
        """The file, somewhere below `folder`, unchecked. `on_bytes` may raise to end the download.

        Raises DownloadFailed.
        """
        context = MavenContext(
            resolver=PythonResolver(progress_callback=_progress(on_bytes)),
            repo_cache=folder,
            remote_repos=self._remotes,
            timeout=self._timeout_s,
        )
        component = context.project(artifact.group, artifact.name).at_version(artifact.version)
        wanted = component.artifact(classifier=artifact.classifier, packaging=artifact.packaging)
        repository = next(iter(context.remote_repos.values()))
        try:
            for attempt in stamina.retry_context(
                on=requests.RequestException,
                attempts=self._attempts,
                timeout=30,
                wait_initial=0.3,
                wait_max=2.0,
            ):
                with attempt:
                    # jgo takes a file that lies there for a whole one: an earlier attempt's piece must go.
                    (folder / artifact.path).unlink(missing_ok=True)
                    return wanted.resolve()
        except requests.ConnectionError as error:
            raise DownloadFailed(artifact, repository, "no connection could be made.") from error
        except requests.RequestException as error:
            raise DownloadFailed(artifact, repository, f"{type(error).__name__}.") from error
        except RuntimeError as error:
            raise DownloadFailed(artifact, repository, "the repository does not hand it out.") from error
        raise AssertionError("unreachable: the retry context returns or raises")


def _progress(
    on_bytes: Callable[[int], None],
) -> Callable[[str, int], AbstractContextManager[Callable[[int], None]]]:
    @contextmanager
    def progress(_file_name: str, _total: int) -> Generator[Callable[[int], None]]:
        yield on_bytes

    return progress
