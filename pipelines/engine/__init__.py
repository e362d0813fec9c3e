"""The engine: runs a stage from its inputs to its publication."""
