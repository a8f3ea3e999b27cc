"""What the processor drives: Spark, its tables, the announcements' topic, metrics."""
