"""What can become of a commit to one of silver's tables."""

from __future__ import annotations

from tidelake.runtime.errors import LakeError, Transient


class CommitConflict(LakeError, Transient):
    """A commit did not return in order: another one came before it, or its answer was lost."""

    def __init__(self, path: str, cause: str) -> None:
        self.path = path
        super().__init__(
            f"A commit to {path} did not return in order: {cause}. Whether it is in the table says the table "
            "alone: the batch is decided again from what it holds now."
        )
