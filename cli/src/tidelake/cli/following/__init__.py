"""Following tables of databases: what a source must offer, its connector, and whether the changes come."""
