"""The door over gRPC."""
