"""What Kafka deleted before bronze had read it: found, shown, given up, and reading behind it waited for."""
