"""What drives the door: HTTP and gRPC. Both speak to the same flow and mean the same."""
