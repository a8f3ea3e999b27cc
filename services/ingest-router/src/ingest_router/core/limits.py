"""How large things may be. The names are those of the settings, and of the messages that refuse."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may hold."""

    max_record_bytes: int  # of one record's own bytes; its key and headers have room beside it
    max_body_bytes: int  # of a request, before and after decompression
    max_records_per_request: int
