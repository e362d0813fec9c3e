"""The sample feed."""
