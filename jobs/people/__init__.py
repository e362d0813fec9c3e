"""Who writes papers, where they work, and which places work together."""
