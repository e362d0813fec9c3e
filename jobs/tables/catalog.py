"""All tables, in the order in which they are made."""

from jobs.tables import bronze, gold, ops, silver

TABLES = (*bronze.TABLES, *silver.TABLES, *gold.TABLES, *ops.TABLES)
BY_NAME = {table.name: table for table in TABLES}
