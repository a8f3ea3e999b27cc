"""What drives the processor: one stream a dataset, and what looks after them."""
