"""Topics: clusters of papers with stable ids and names."""
