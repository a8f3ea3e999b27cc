"""From a contract in a file to a dataset in force: read, check, put into force, wait for the services."""
