"""Formats of lists that people keep: bibliographies and tables of papers."""
