"""What the door drives and watches: Kafka and the lake's store."""
