"""Papers a year, by DuckDB alone: `python with_duckdb.py WAREHOUSE`."""

import sys

import duckdb
from deltalake import DeltaTable

# The newest version of a table; papertide.open(…).table(…) gives the published one.
papers = DeltaTable(f"{sys.argv[1]}/silver/papers").to_pyarrow_dataset()
query = "select year(dated_on) as y, count(*) as n from papers group by y order by y"
for year, count in duckdb.sql(query).fetchall():
    print(year, count)
