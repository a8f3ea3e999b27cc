"""What can go wrong with the store, in the words of somebody who has to mend it."""

from __future__ import annotations

from tidelake.runtime.errors import Blocked, LakeError, Terminal, Transient

MEND_RIGHTS = (
    "Check that the bucket of lake_root exists and that the service account may list, read, write and "
    "delete in it. A service goes on by itself once that is so."
)


class StoreUnavailable(LakeError, Transient):
    """The store did not answer, or asked to come back later. The same call may succeed in a moment."""

    def __init__(self, action: str, path: str, cause: str) -> None:
        self.action = action
        self.path = path
        super().__init__(
            f"The object store could not {action} {path}: {cause}. Nothing is known to be changed. "
            "It can be tried again; if this goes on, look at the store and the network to it."
        )


class StoreRefused(LakeError, Blocked):
    """The store answered and said no: credentials, permissions or a bucket that is not there."""

    def __init__(self, action: str, path: str, cause: str) -> None:
        self.action = action
        self.path = path
        super().__init__(
            f"The object store refused to {action} {path}: {cause}. It is there, and says no to this "
            f"process; nothing was changed. {MEND_RIGHTS}"
        )


class InvalidLakeRoot(LakeError, Terminal):
    """The root of the lake is no address that the lake can use."""

    def __init__(self, root: str, problem: str) -> None:
        self.root = root
        super().__init__(f"lake_root is {root!r}: {problem}. Set it to gs://BUCKET or gs://BUCKET/PREFIX.")


class InvalidServiceAccount(LakeError, Terminal):
    """The service account's key file can't be used."""

    def __init__(self, path: str, problem: str) -> None:
        self.path = path
        super().__init__(
            f"The service account key {path} can't be used: {problem}. Set gcs_service_account to a JSON key "
            "file that this process may read, or leave it out to use the machine's own credentials."
        )
