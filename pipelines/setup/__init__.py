"""What must stand before anything runs: jars and embedding model, each fetched and made once."""
