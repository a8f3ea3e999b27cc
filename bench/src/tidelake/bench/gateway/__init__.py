"""What the gateway adds to a question."""
