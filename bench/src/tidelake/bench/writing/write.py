"""What a sender wrote, and threads that write."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self


@dataclass(frozen=True, slots=True)
class Write:
    """One event, line or change of a row that was acknowledged. Times in Unix seconds."""

    identity: str  # unique among all that a bench writes into the dataset
    due: float  # when it was to be written, whatever became of the ones before
    acked: float


class Sender:
    """Writes in threads of its own while it is entered. Subclasses say what one thread does."""

    threads = 1

    def __init__(self) -> None:
        self.writes: list[Write] = []
        """All that was acknowledged, grown as it is."""
        self.lost_hope: list[str] = []
        """Of each thing that was to be written and was given up: why."""
        self.refusals: list[str] = []
        """What the lake said when it refused what is sound; it was tried again."""
        self.over = threading.Event()
        """Set by `end`."""
        self.abandoned = threading.Event()
        """Give up what is not acknowledged yet."""
        self._ends_at = float("inf")
        self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix=type(self).__name__)
        self._running: Sequence[Future[None]] = ()

    def __enter__(self) -> Self:
        self._running = [self._pool.submit(self.work) for _ in range(self.threads)]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abandoned.set()
        self.end()
        self._pool.shutdown()

    def end(self) -> None:
        """Take up nothing that is due from now on, and end once all that was due is acknowledged."""
        if not self.over.is_set():
            self._ends_at = time.time()
            self.over.set()

    def is_taken_up(self, due: float) -> bool:
        """Waits until it is due. False if the end came before it was, or all is given up."""
        if (ahead := due - time.time()) > 0:
            self.over.wait(ahead)
        return due < self._ends_at and not self.abandoned.is_set()

    @property
    def done(self) -> bool:
        """Whether it takes up nothing more, and all that it took up is acknowledged or given up."""
        return all(one.done() for one in self._running)

    def check(self) -> None:
        """Raises what ended a thread before its time."""
        for one in self._running:
            if one.done():
                one.result()

    def work(self) -> None:
        """What each thread does until `over`, and then until `abandoned` for what is under way."""
        raise NotImplementedError
