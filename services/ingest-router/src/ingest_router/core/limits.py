"""How large things may be. The names are those of the settings, and of the messages that refuse."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may hold."""

    max_record_bytes: int  # of one record's own bytes
    max_body_bytes: int  # of a request, before and after decompression
    max_records_per_request: int

    # The id is both the record's key and a header; Kafka's limit leaves room for both.
    max_event_id_bytes: int = 8 * 1024
