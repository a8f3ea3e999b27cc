"""What drives the gateway."""
