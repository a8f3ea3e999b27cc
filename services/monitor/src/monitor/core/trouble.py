"""What is said of an error that nobody thought of."""

from __future__ import annotations


def unexpected(failed: Exception) -> str:
    """For the row of what could not be looked at."""
    return (
        f"The monitor failed with {failed!r}: a fault of its own, or of what it stands on. It looks again; "
        "if it stays, tell the maintainers what the monitor's log says of it."
    )
