"""Formats of arXiv."""
