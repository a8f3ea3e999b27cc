"""Kafka as the lake uses it: consumer, producer, admin, the one consumer loop, and their in-memory twin."""
