"""Formats of indexes, which gather papers from elsewhere."""
