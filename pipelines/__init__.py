"""Prefect and the command line: flows, the stage runner, publishing, the ledger."""
