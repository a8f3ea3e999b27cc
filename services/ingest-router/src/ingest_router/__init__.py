"""ingest-router: the door of the lake. Takes events over HTTP and gRPC, checks them, keeps them in Kafka."""
