"""The best papers of the last day, by Polars: `python with_polars.py WAREHOUSE`."""

import sys

import polars as pl

import papertide

wh = papertide.open(sys.argv[1])
scores = wh.table("gold.scores").pl("paper_id", "as_of", "score")
titles = wh.table("silver.papers").pl("paper_id", "title")
last = scores.filter(pl.col("as_of") == pl.col("as_of").max())
best = last.join(titles, on="paper_id").sort("score", descending=True).head(10)
for score, title in best.select("score", "title").iter_rows():
    print(f"{score:.3f}", title)
