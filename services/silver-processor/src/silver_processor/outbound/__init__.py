"""What the writer drives beside the tables: the announcements' topic, metrics."""
