"""What drives the monitor."""
