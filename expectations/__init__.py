"""The gate: each staged table is held against what its declaration in jobs/tables says."""
