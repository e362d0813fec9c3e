"""The tables: one module a layer; `catalog` holds them all."""
