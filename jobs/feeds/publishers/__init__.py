"""Formats of publishers, and of the archives of their articles."""
