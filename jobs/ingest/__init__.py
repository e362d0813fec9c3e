"""Ingest: from a feed's files to records."""
