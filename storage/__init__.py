"""Storage: the warehouse, its ledger and its Delta schemas."""
