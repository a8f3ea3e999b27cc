"""The local stack's own API keys: made once, kept beside its state, made again when the lake forgot them."""

from datetime import datetime
from pathlib import Path

from tidelake.contracts.keys import KeyRing, create_key
from tidelake.tables.objects import Objects


def kept_key(objects: Objects, role: str, kept: Path, now: datetime) -> str:
    """A token that is good for `role`; `kept` holds it, readable by this user alone."""
    ring = KeyRing(objects)
    ring.refresh()
    if kept.exists():
        token = kept.read_text().strip()
        if ring.producer_of(token) == role:
            return token
    _, token = create_key(objects, role, now)
    kept.touch(mode=0o600)
    kept.chmod(0o600)
    kept.write_text(token + "\n")
    return token
