"""Watches the lake: freshness, ledger, processes; keeps what it saw and tells what is wrong."""
