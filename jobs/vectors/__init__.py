"""Vectors: embeddings, neighbours, search and the map."""
