"""Identity: which records are one paper."""
