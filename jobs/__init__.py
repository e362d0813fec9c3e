"""Spark: pure functions from DataFrames to DataFrames, and the session."""
