"""Search by words, by meaning and by both in Spark: what the search of readers is held against."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as F

from jobs.vectors.search import K1, RANK_OFFSET, B, spellings
from jobs.vectors.vectors import DIGITS, Single, nearest, single

# Runs of letters and digits; of scripts without spaces, each letter.
_UNSPACED = r"\p{IsHan}\p{IsHiragana}\p{IsKatakana}"
_WORD = rf"[{_UNSPACED}]|[\p{{L}}\p{{M}}\p{{N}}&&[^{_UNSPACED}]]+"


def words(text: Column) -> Column:
    """The words of a text in lower case, as an array; hyphens part them."""
    return F.regexp_extract_all(F.lower(text), F.lit(_WORD), F.lit(0))


def by_words(papers: DataFrame, asked: Iterable[str], number: int) -> DataFrame:
    """The `number` best papers by BM25 of title and abstract: paper_id, bm25.

    Args:
        papers: rows with paper_id, title and abstract (may be null).
        asked: the words of the query, by `words`.
    """
    counted = spellings(asked)
    base_of = F.create_map(*(F.lit(told) for pair in counted.items() for told in pair))
    texts = papers.select(
        "paper_id", words(F.concat_ws(" ", "title", "abstract")).alias("words")
    ).select(
        "paper_id",
        F.size("words").alias("length"),
        F.filter(F.transform("words", lambda word: base_of[word]), F.isnotnull).alias("hits"),
    )
    kept = texts.persist()  # read for the totals, for the words and for the papers
    totals = kept.agg(F.count("*").alias("papers"), F.avg("length").alias("length")).first()
    assert totals is not None  # an aggregate without groups has one row
    hits = kept.select("paper_id", "length", F.explode("hits").alias("word"))
    of_paper = hits.groupBy("paper_id", "length", "word").agg(F.count("*").alias("n"))
    of_word = of_paper.groupBy("word").agg(F.count("*").alias("having"))
    rare = F.log1p((totals["papers"] - F.col("having") + 0.5) / (F.col("having") + 0.5))
    long = 1 - B + B * F.col("length") / F.lit(totals["length"] or 1.0)
    part = rare * F.col("n") * (K1 + 1) / (F.col("n") + K1 * long)
    return (
        of_paper.join(F.broadcast(of_word), on="word", how="inner")
        .groupBy("paper_id")
        # Sums of decimals are the same in any order.
        .agg(F.round(F.sum(part.cast("decimal(20, 12)")), DIGITS).cast("double").alias("bm25"))
        .orderBy(F.desc("bm25"), "paper_id")
        .limit(number)
    )


def by_meaning(vectors: DataFrame, asked: Single, number: int) -> DataFrame:
    """The `number` papers (paper_id, vector) nearest to a unit vector: paper_id, cosine."""
    return (
        vectors.select("paper_id", "vector")
        .mapInArrow(partial(_near, asked=asked, number=number), "paper_id string, cosine double")
        .orderBy(F.desc("cosine"), "paper_id")
        .limit(number)
    )


def _near(
    batches: Iterable[pa.RecordBatch], asked: Single, number: int
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        if batch.num_rows:
            in_order = batch.take(np.argsort(np.array(batch["paper_id"].to_pylist())))
            _, places, cosines = nearest(asked[None, :], single(in_order["vector"]), number)
            ids = in_order["paper_id"].take(pa.array(places))
            yield pa.record_batch({"paper_id": ids, "cosine": cosines})


def fused(by_words: DataFrame, by_meaning: DataFrame, number: int) -> DataFrame:
    """The best of two lists by the sum of 1 / (60 + rank): paper_id, score, bm25, cosine."""
    ranked = [
        frame.withColumn(f"{value}_rank", F.row_number().over(_best_first(value)))
        for frame, value in ((by_words, "bm25"), (by_meaning, "cosine"))
    ]
    parts = [
        F.coalesce(1 / (RANK_OFFSET + F.col(f"{value}_rank")), F.lit(0.0))
        for value in ("bm25", "cosine")
    ]
    return (
        ranked[0]
        .join(ranked[1], on="paper_id", how="full")
        .select("paper_id", F.round(parts[0] + parts[1], DIGITS).alias("score"), "bm25", "cosine")
        .orderBy(F.desc("score"), "paper_id")
        .limit(number)
    )


def _best_first(value: str) -> WindowSpec:
    return Window.orderBy(F.desc(value), "paper_id")
