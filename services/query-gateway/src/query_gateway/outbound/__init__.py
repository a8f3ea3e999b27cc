"""What the gateway drives: Trino, the store, the file of access rules."""
