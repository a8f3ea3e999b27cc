"""What the monitor drives."""
