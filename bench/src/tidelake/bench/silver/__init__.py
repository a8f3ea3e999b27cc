"""Bronze into silver, beside the same work as Delta's documentation shows it."""
