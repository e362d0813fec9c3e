"""Authors as people: which authorships are one person's, and what is known of each person.

silver.authorships + silver.papers → a row a paper, with a digest of all that is compared
  → sketches of the papers that are new or changed → the blocks that these touch
  → sketches of all authorships of those blocks → people (jobs/people/resolving.py)
  → silver.author_links, with the links of all other blocks as they were → silver.authors
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from jobs.params import AuthorsSettings
from jobs.people.resolving import RESOLVED, resolve_blocks
from jobs.people.sketches import sketch_paper
from jobs.source import module_digest
from jobs.tables.core import Table
from jobs.tables.silver import AUTHOR_LINKS, AUTHORS

_KEY = ["paper_id", "position"]
_COMPARED = (
    "position", "name", "given", "family", "orcid", "author_ids", "affiliations", "institution_ids"
)  # fmt: skip
_HASHES, _TEXTS = pa.list_(pa.int64()), pa.list_(pa.string())
_SKETCH = pa.schema(
    {
        "block": pa.string(),
        "paper_id": pa.string(),
        "position": pa.int32(),
        "given": _TEXTS,
        "orcid": pa.string(),
        "ids": _TEXTS,
        "coauthors": _HASHES,
        "full_coauthors": _HASHES,
        "title": _HASHES,
        "venue": _HASHES,
        "affiliation": _HASHES,
        "year": pa.int32(),
        "digest": pa.int64(),
    }
)
_PAPERS_AT_ONCE = 500


def authors(
    authorships: DataFrame, papers: DataFrame, known: DataFrame, settings: AuthorsSettings
) -> Mapping[Table, DataFrame]:
    """The people behind authorships, and each authorship's person.

    The people of a block follow from its authorships alone, whatever their order; ids that stand
    stay with those who have most of their authorships. So blocks in which nothing has changed are
    taken over as they are.

    Args:
        authorships: silver.authorships. papers: silver.papers. known: silver.author_links.

    Returns:
        AUTHOR_LINKS and AUTHORS, all of them.
    """
    if authorships.isEmpty():  # to plan what follows takes seconds
        spark = authorships.sparkSession
        return {t: spark.createDataFrame([], t.schema()) for t in (AUTHOR_LINKS, AUTHORS)}
    by_paper = _by_paper(authorships, papers, settings)
    links = _links(by_paper, known, settings).localCheckpoint()
    return {AUTHOR_LINKS: links, AUTHORS: _authors(links, authorships, papers)}


def _by_paper(authorships: DataFrame, papers: DataFrame, settings: AuthorsSettings) -> DataFrame:
    """Rows (paper_id, authors, title, venue, year, digest), a row a paper."""
    # The weights were fitted without matched institutions, which repeat what the affiliation says.
    given = F.when(F.expr("not institutions_by <=> 'affiliation'"), F.col("institution_ids"))
    authorships = authorships.withColumn("institution_ids", given)
    lists = authorships.groupBy("paper_id").agg(
        F.array_sort(F.collect_list(F.struct(*_COMPARED))).alias("authors")
    )
    about = papers.select("paper_id", "title", "venue", "year")
    rows = lists.join(about, on="paper_id", how="left")
    method = F.lit(module_digest(__name__) + str(settings))  # with another all is compared anew
    return rows.withColumn("digest", F.xxhash64(method, "authors", "title", "venue", "year"))


def _links(by_paper: DataFrame, known: DataFrame, settings: AuthorsSettings) -> DataFrame:
    """Rows of silver.author_links."""
    if known.isEmpty():
        nobody = F.lit(None).cast("string").alias("known")
        return _resolve(_sketch(by_paper).select("*", nobody), settings)
    by_paper = by_paper.localCheckpoint()  # read three times
    before = known.select("paper_id", "digest").distinct()
    same = by_paper.join(before, on=["paper_id", "digest"], how="left_semi").select("paper_id")
    same = same.localCheckpoint()
    fresh = _sketch(by_paper.join(same, on="paper_id", how="left_anti")).localCheckpoint()
    gone = known.join(same, on="paper_id", how="left_anti")
    touched = fresh.select("block").union(gone.select("block")).distinct().localCheckpoint()
    there = known.join(F.broadcast(touched), on="block", how="left_semi")
    there = there.join(same, on="paper_id", how="left_semi").select("paper_id").distinct()
    again = _sketch(by_paper.join(there, on="paper_id", how="left_semi"))
    again = again.join(F.broadcast(touched), on="block", how="left_semi")
    was = known.select(*_KEY, "block", F.col("author_id").alias("known"))
    members = fresh.unionByName(again).join(was, on=[*_KEY, "block"], how="left")
    others = known.join(F.broadcast(touched), on="block", how="left_anti")
    return others.unionByName(_resolve(members, settings))


def _resolve(members: DataFrame, settings: AuthorsSettings) -> DataFrame:
    by_block = members.repartition("block").sortWithinPartitions("block")
    return by_block.mapInArrow(
        resolve_blocks(settings.block_authorships), from_arrow_schema(RESOLVED)
    )


def _sketch(by_paper: DataFrame) -> DataFrame:
    return by_paper.mapInArrow(_sketch_batches, from_arrow_schema(_SKETCH))


def _sketch_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for begin in range(0, batch.num_rows, _PAPERS_AT_ONCE):
            papers = batch.slice(begin, _PAPERS_AT_ONCE).to_pylist()
            rows = [row for paper in papers for row in sketch_paper(paper)]
            yield pa.RecordBatch.from_pylist(rows, schema=_SKETCH)


def _authors(links: DataFrame, authorships: DataFrame, papers: DataFrame) -> DataFrame:
    """Rows of silver.authors: what the authorships of each person say together."""
    letters = F.length(F.regexp_replace("name", r"[^\p{L}]", ""))
    is_dated = F.col("date_basis") != "shown"
    rows = (
        links.select(*_KEY, "author_id")
        .join(authorships, on=_KEY, how="inner")
        .join(papers.select("paper_id", "dated_on", "date_basis"), on="paper_id", how="left")
        .withColumn("day", F.when(is_dated, F.col("dated_on")))
    )
    of_person = rows.groupBy("author_id").agg(
        F.array_sort(F.collect_set(F.struct((-letters).alias("less"), "name"))).alias("names"),
        F.min("orcid").alias("orcid"),
        F.array_sort(F.array_distinct(F.flatten(F.collect_set("author_ids")))).alias("ids"),
        F.count_distinct("paper_id").alias("papers"),
        F.min("day").alias("first_on"),
        F.max("day").alias("last_on"),
        F.array_sort(F.array_distinct(F.flatten(F.collect_set("countries")))).alias("countries"),
    )
    others = F.array_sort(F.slice("names.name", 2, F.size("names")))  # after the fullest
    return of_person.withColumns({"name": F.col("names")[0]["name"], "other_names": others}).drop(
        "names"
    )
