"""Looking into the lake's tables as they are, by ordinary Delta readers."""
