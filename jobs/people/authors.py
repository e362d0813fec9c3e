"""Authors as people: which authorships are one person's, and what is known of each person.

silver.authorships + silver.papers → a row a paper, with a digest of all that is compared
  → sketches of the papers that are new or changed → the blocks that these touch
  → sketches of all authorships of those blocks → people (jobs/people/resolving.py)
  → the links of these, with those of all other blocks as they were → joins that people decided
  → silver.author_links → silver.authors
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from jobs.params import AuthorsSettings
from jobs.people.decisions import NONE, DecisionError, Decisions, joined
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
        "apart": _TEXTS,
    }
)
_PAPERS_AT_ONCE = 500


def authors(
    authorships: DataFrame,
    papers: DataFrame,
    known: DataFrame,
    settings: AuthorsSettings,
    decided: Decisions = NONE,
) -> Mapping[Table, DataFrame]:
    """The people behind authorships, and each authorship's person.

    The people of a block follow from its authorships alone, whatever their order; ids that stand
    stay with those who have most of their authorships. So blocks in which nothing has changed are
    taken over as they are.

    Args:
        authorships: silver.authorships. papers: silver.papers. known: silver.author_links.
        decided: what people have decided, over whatever the evidence says.

    Returns:
        AUTHOR_LINKS and AUTHORS, all of them.

    Raises:
        DecisionError: what one decision joins, with whom evidence ties to it, another splits.
    """
    if authorships.isEmpty():  # to plan what follows takes seconds
        spark = authorships.sparkSession
        return {t: spark.createDataFrame([], t.schema()) for t in (AUTHOR_LINKS, AUTHORS)}
    # Links of an earlier version have one id.
    known = known.withColumn("own_author_id", F.coalesce("own_author_id", "author_id"))
    by_paper = _by_paper(authorships, papers, settings, decided)
    links = _links(by_paper, known, settings, decided).localCheckpoint()
    links = _decided(links, authorships, decided).localCheckpoint()
    return {AUTHOR_LINKS: links, AUTHORS: _authors(links, authorships, papers)}


def _by_paper(
    authorships: DataFrame, papers: DataFrame, settings: AuthorsSettings, decided: Decisions
) -> DataFrame:
    """Rows (paper_id, authors, title, venue, year, digest), a row a paper."""
    # The weights were fitted without matched institutions, which repeat what the affiliation says.
    given = F.when(F.expr("not institutions_by <=> 'affiliation'"), F.col("institution_ids"))
    authorships = authorships.withColumn("institution_ids", given)
    lists = authorships.groupBy("paper_id").agg(
        F.array_sort(F.collect_list(F.struct(*_COMPARED))).alias("authors")
    )
    about = papers.select("paper_id", "title", "venue", "year")
    rows = lists.join(about, on="paper_id", how="left")
    # With another method, or other splits, all is compared anew.
    method = F.lit(f"{module_digest(__name__)} {settings.block_authorships} {decided.apart()}")
    return rows.withColumn("digest", F.xxhash64(method, "authors", "title", "venue", "year"))


def _links(
    by_paper: DataFrame, known: DataFrame, settings: AuthorsSettings, decided: Decisions
) -> DataFrame:
    """Rows of silver.author_links before what people joined; the person is own_author_id."""
    if known.isEmpty():
        nobody = F.lit(None).cast("string").alias("known")
        return _resolve(_sketch(by_paper, decided).select("*", nobody), settings)
    by_paper = by_paper.localCheckpoint()  # read three times
    before = known.select("paper_id", "digest").distinct()
    same = by_paper.join(before, on=["paper_id", "digest"], how="left_semi").select("paper_id")
    same = same.localCheckpoint()
    changed = by_paper.join(same, on="paper_id", how="left_anti")
    fresh = _sketch(changed, decided).localCheckpoint()
    gone = known.join(same, on="paper_id", how="left_anti")
    touched = fresh.select("block").union(gone.select("block")).distinct().localCheckpoint()
    there = known.join(F.broadcast(touched), on="block", how="left_semi")
    there = there.join(same, on="paper_id", how="left_semi").select("paper_id").distinct()
    again = _sketch(by_paper.join(there, on="paper_id", how="left_semi"), decided)
    again = again.join(F.broadcast(touched), on="block", how="left_semi")
    was = known.select(*_KEY, "block", F.col("own_author_id").alias("known"))
    members = fresh.unionByName(again).join(was, on=[*_KEY, "block"], how="left")
    others = known.join(F.broadcast(touched), on="block", how="left_anti")
    return others.drop("author_id", "decided").unionByName(_resolve(members, settings))


def _resolve(members: DataFrame, settings: AuthorsSettings) -> DataFrame:
    by_block = members.repartition("block").sortWithinPartitions("block")
    return by_block.mapInArrow(
        resolve_blocks(settings.block_authorships), from_arrow_schema(RESOLVED)
    ).withColumnRenamed("author_id", "own_author_id")


def _sketch(by_paper: DataFrame, decided: Decisions) -> DataFrame:
    return by_paper.mapInArrow(_sketcher(decided.apart()), from_arrow_schema(_SKETCH))


def _sketcher(
    apart: Mapping[str, list[str]],
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def sketch(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for begin in range(0, batch.num_rows, _PAPERS_AT_ONCE):
                papers = batch.slice(begin, _PAPERS_AT_ONCE).to_pylist()
                rows = [row for paper in papers for row in sketch_paper(paper)]
                for row in rows:
                    row["apart"] = apart.get(f"{row['paper_id']} {row['position']}")
                yield pa.RecordBatch.from_pylist(rows, schema=_SKETCH)

    return sketch


def _decided(links: DataFrame, authorships: DataFrame, decided: Decisions) -> DataFrame:
    """Links with the persons that people have joined as one, and the decision that did."""
    moved: list[tuple[str, str, str]] = []
    if decided.joins:
        own = joined(decided, _people_of(links, authorships, decided))
        moved = [(person, to, str(decision)) for person, (to, decision) in sorted(own.items())]
    spark = links.sparkSession
    columns = "own_author_id string, joined_to string, decided string"
    rows = links.join(
        F.broadcast(spark.createDataFrame(moved, columns)), on="own_author_id", how="left"
    )
    rows = rows.withColumn("author_id", F.coalesce("joined_to", "own_author_id")).drop("joined_to")
    if moved and decided.splits:
        _check_apart(rows, decided)
    return rows


def _people_of(
    links: DataFrame, authorships: DataFrame, decided: Decisions
) -> dict[str, list[str]]:
    """The persons behind each author that a decision joins; as many as the file names."""
    named = sorted({each for one in decided.joins for each in (one.author, one.other)})
    ids = F.transform("author_ids", lambda of: F.concat_ws(":", of["scheme"], of["id"]))
    place = F.concat_ws(" ", *_KEY)
    every = F.concat(
        F.array(place, F.concat(F.lit("orcid:"), F.coalesce("orcid", F.lit("")))),
        F.coalesce(ids, F.array().cast("array<string>")),
    )
    rows = (
        links.select(*_KEY, "own_author_id")
        .join(authorships.select(*_KEY, "orcid", "author_ids"), on=_KEY, how="inner")
        .select("own_author_id", F.explode(every).alias("author"))
        .where(F.col("author").isin(named))
        .distinct()
        .collect()
    )
    people: dict[str, list[str]] = {}
    for row in sorted(rows):
        people.setdefault(row["author"], []).append(row["own_author_id"])
    return people


def _check_apart(links: DataFrame, decided: Decisions) -> None:
    places = sorted(decided.apart())
    rows = links.where(F.concat_ws(" ", *_KEY).isin(places)).select(*_KEY, "author_id").collect()
    person = {f"{row['paper_id']} {row['position']}": row["author_id"] for row in rows}
    for split in decided.splits:
        if split.author in person and person[split.author] == person.get(split.other):
            raise DecisionError(
                f"authors.decisions: {split} are split, and joins of others make them one: the "
                f"persons behind them are joined to {person[split.author]}; take one out"
            )


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
        F.array_sort(F.collect_set("orcid")).alias("orcids"),
        F.array_sort(F.array_distinct(F.flatten(F.collect_set("author_ids")))).alias("ids"),
        F.count_distinct("paper_id").alias("papers"),
        F.min("day").alias("first_on"),
        F.max("day").alias("last_on"),
        F.array_sort(F.array_distinct(F.flatten(F.collect_set("countries")))).alias("countries"),
    )
    others = F.array_sort(F.slice("names.name", 2, F.size("names")))  # after the fullest
    further = F.slice("orcids", 2, F.greatest(F.size("orcids"), F.lit(1)))  # of whom people joined
    further_ids = F.transform(
        further, lambda one: F.struct(F.lit("orcid").alias("scheme"), one.alias("id"))
    )
    return of_person.withColumns(
        {
            "name": F.col("names")[0]["name"],
            "other_names": others,
            "orcid": F.get("orcids", F.lit(0)),
            "ids": F.concat("ids", further_ids),
        }
    ).drop("names", "orcids")
