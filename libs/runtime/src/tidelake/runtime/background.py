"""Work beside the work."""

import threading
from collections.abc import Callable


def start_thread(work: Callable[[], None]) -> None:
    """Does the work in a daemon thread of its own: the process ends without waiting for it."""
    threading.Thread(target=work, name="background", daemon=True).start()
