"""What drives the writer: its consumer, and what it keeps an eye on."""
