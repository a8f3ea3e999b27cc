"""The demo's own API key: made once, kept beside the stack's state, made again when the lake forgot it."""

from datetime import datetime
from pathlib import Path

from tidelake.contracts.keys import KeyRing, create_key
from tidelake.tables.objects import Objects


def demo_key(objects: Objects, producer: str, kept: Path, now: datetime) -> str:
    """A token that is good for `producer`; `kept` holds it, readable by this user alone."""
    ring = KeyRing(objects)
    ring.refresh()
    if kept.exists():
        token = kept.read_text().strip()
        if ring.producer_of(token) == producer:
            return token
    _, token = create_key(objects, producer, now)
    kept.touch(mode=0o600)
    kept.chmod(0o600)
    kept.write_text(token + "\n")
    return token
