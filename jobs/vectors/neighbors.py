"""Nearest papers of each paper, by the cosine of their vectors.

Up to `exact_papers` each paper is compared with each. Above, each looks into the cells nearest to
it (jobs/vectors/ivf.py). What is known stays: new papers, and those that lose a neighbour, are
searched, and every other paper is compared with the new papers of the cells that it looks into.
While the cells stand, this gives to the row what a search of all papers through them gives; they
are made anew when the papers have grown by `refit_growth`. Cells made before stay, so that a look
back as of a day goes through those that stood then, which know of no later paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from jobs.params import NeighborsSettings
from jobs.vectors.ivf import SAMPLE, SAMPLE_A_CELL, cell_count, fit_cells, homes, nearest_cells
from jobs.vectors.vectors import (
    Among,
    Index,
    Matrix,
    Single,
    collect_vectors,
    first,
    nearest,
    nearest_within,
    sample_rows,
    single,
)

_PLACED = "paper_id string, cell int, text_digest string, fitted_as_of date"
_ROUTED = (
    "part int, is_query boolean, cell int, paper_id string, probes array<int>, vector array<float>"
)
_FOUND = "paper_id string, neighbor_id string, cosine double"
_CELLS = (
    "fitted_as_of date, cell int, model string, centroid array<float>, probes int, per_paper int, "
    "fitted_papers bigint"
)
_PAPERS_A_PART = 5_000
"""Papers whose cells one task holds, 8 MB. Fewer make more tasks that a paper has to be sent to."""
_ASKED = 20_000
"""Papers that every task may hold, 30 MB, and look for the neighbours of."""
_SENT = 10_000
"""Rows that go back to Spark at once."""


class Neighbors(NamedTuple):
    """gold.neighbors, and what it was found through: gold.cells and gold.paper_cells."""

    neighbors: DataFrame
    cells: DataFrame
    paper_cells: DataFrame


class Cells(NamedTuple):
    """Cells as a search uses them.

    Attributes:
        centroids: unit vectors, of shape (cells, dimensions).
        probes: cells that each paper looks into; with all of them the search is exact.
        fitted_papers: papers that there were when the cells were made.
        fitted_as_of: day as of which they were made.
    """

    centroids: Single
    probes: int
    fitted_papers: int
    fitted_as_of: date

    def looks(self, vectors: Single) -> NDArray[np.bool_]:
        """Which cells each vector looks into, of shape (vectors, cells)."""
        mask = np.zeros((len(vectors), len(self.centroids)), dtype=bool)
        np.put_along_axis(mask, nearest_cells(vectors, self.centroids, self.probes), True, axis=1)
        return mask


class Block(NamedTuple):
    """Papers that go to every task, ids in order.

    Attributes:
        is_new: whether other papers have to be compared with it.
        is_asked: whether its own neighbours are looked for.
    """

    ids: NDArray[np.str_]
    vectors: Single
    is_new: NDArray[np.bool_]
    is_asked: NDArray[np.bool_]


def neighbors(
    papers: DataFrame,
    embeddings: DataFrame,
    known: Neighbors,
    model: str,
    settings: NeighborsSettings,
    as_of: date,
) -> Neighbors:
    """The `settings.per_paper` nearest papers of each paper, and the cells they lie in.

    Cosines are rounded to six digits before they are ranked; of equal ones the lesser neighbor_id
    comes first.

    Args:
        papers: silver.papers; withdrawn ones, and those first shown after `as_of`, neither have
            nor are neighbours.
        embeddings: silver.embeddings of `model`, unit vectors.
        known: the tables as they are published; those of other models or settings do not count.
        settings: how many neighbours, and how wide the search.
        as_of: the day as of which the run looks.
    """
    is_shown = ~F.col("is_withdrawn") & (F.col("first_shown_on") <= F.lit(as_of))
    eligible = papers.where(is_shown).select("paper_id", "dated_on")
    vectors = embeddings.join(eligible, on="paper_id", how="left_semi").select(
        "paper_id", "text_digest", "vector"
    )
    number = vectors.count()
    of_model = known.cells.where(F.col("model") == model)
    cells, cell_rows = _standing(of_model, number, settings, as_of), of_model
    if cells is None:
        cells = _fit_cells(vectors, number, settings, as_of)
        others = of_model.where(F.col("fitted_as_of") != F.lit(as_of))
        cell_rows = others.unionByName(
            _cell_rows(papers.sparkSession, cells, model, settings.per_paper)
        )
        pairs = _search_all(vectors, cells, number, settings)
    elif _went_through(known.paper_cells, cells):
        pairs = _update(vectors, known, cells, number, settings)
    else:
        pairs = _search_all(vectors, cells, number, settings)
    cell_of_paper = vectors.mapInArrow(partial(_assign_cells, cells=cells), _PLACED)
    return Neighbors(_with_earlier(pairs, eligible), cell_rows, cell_of_paper)


def _standing(
    known: DataFrame, number: int, settings: NeighborsSettings, as_of: date
) -> Cells | None:
    """The cells that stood on that day, if a search through them is what is wanted now."""
    before = known.where(F.col("fitted_as_of") <= F.lit(as_of))
    last = before.agg(F.max("fitted_as_of").alias("fitted_as_of"))
    rows = before.join(F.broadcast(last), on="fitted_as_of", how="left_semi").collect()
    if not rows or rows[0]["per_paper"] != settings.per_paper:
        return None
    centroids = np.array(
        [row["centroid"] for row in sorted(rows, key=lambda row: row["cell"])], dtype=np.float32
    )
    cells = Cells(centroids, rows[0]["probes"], rows[0]["fitted_papers"], rows[0]["fitted_as_of"])
    growth = number / cells.fitted_papers
    lasts = 1 / settings.refit_growth <= growth <= settings.refit_growth
    return cells if lasts and cells.probes == _probes(len(rows), number, settings) else None


def _went_through(paper_cells: DataFrame, cells: Cells) -> bool:
    """Whether the published neighbours were searched through these cells."""
    one = paper_cells.select("fitted_as_of").first()
    return one is not None and one["fitted_as_of"] == cells.fitted_as_of


def _fit_cells(vectors: DataFrame, number: int, settings: NeighborsSettings, as_of: date) -> Cells:
    count = cell_count(number, settings.cells_per_root, settings.max_cells)
    # The least hashes come first: the seeds of the cells are drawn, not the oldest papers.
    sample = collect_vectors(
        sample_rows(vectors, min(SAMPLE, count * SAMPLE_A_CELL)), by_hash=True
    )[1]
    centroids = fit_cells(sample, count) if len(sample) else sample
    return Cells(centroids, _probes(len(centroids), number, settings), number, as_of)


def _probes(cells: int, number: int, settings: NeighborsSettings) -> int:
    return cells if number <= settings.exact_papers else min(cells, settings.probes)


def _cell_rows(spark: SparkSession, cells: Cells, model: str, per_paper: int) -> DataFrame:
    rows = [
        (cells.fitted_as_of, cell, model, centroid.tolist(), cells.probes, per_paper,
         cells.fitted_papers)
        for cell, centroid in enumerate(cells.centroids)
    ]  # fmt: skip
    return spark.createDataFrame(rows, _CELLS)


def _assign_cells(batches: Iterable[pa.RecordBatch], cells: Cells) -> Iterator[pa.RecordBatch]:
    """Each paper (paper_id, text_digest, vector) with its cell."""
    for batch in batches:
        if batch.num_rows:
            cell = homes(single(batch["vector"]), cells.centroids).astype(np.int32)
            columns = {
                "paper_id": batch["paper_id"],
                "cell": cell,
                "text_digest": batch["text_digest"],
                "fitted_as_of": pa.array([cells.fitted_as_of] * batch.num_rows, pa.date32()),
            }
            yield pa.record_batch(columns)


def _search_all(
    vectors: DataFrame, cells: Cells, number: int, settings: NeighborsSettings
) -> DataFrame:
    """The neighbours of all papers: paper_id, rank, neighbor_id, cosine."""
    if number <= settings.exact_papers:
        ids, everyone = collect_vectors(vectors)
        all_of_them = np.ones(len(ids), dtype=bool)
        block = Block(ids, everyone, is_new=all_of_them, is_asked=~all_of_them)
        pairs = _meet_block(vectors, block, None, settings.per_paper)
    else:
        parts = max(1, min(len(cells.centroids), round(number / _PAPERS_A_PART)))
        part_of_cell = homes(cells.centroids, fit_cells(cells.centroids, parts)).astype(np.int32)
        pairs = (
            vectors.select("paper_id", "vector")
            .mapInArrow(partial(route, cells=cells, part_of_cell=part_of_cell), _ROUTED)
            .repartition(parts, "part")
            .sortWithinPartitions("part", "is_query", "cell", "paper_id")
            .mapInArrow(partial(search, per_paper=settings.per_paper), _FOUND)
        )
    return _rank(pairs, settings.per_paper)


def _update(
    vectors: DataFrame, known: Neighbors, cells: Cells, number: int, settings: NeighborsSettings
) -> DataFrame:
    """What `_search_all` gives through the same cells, from what is known and what is new."""
    keys = ["paper_id", "text_digest"]
    old_keys = known.paper_cells.select(*keys)
    new = vectors.select(*keys).join(old_keys, on=keys, how="left_anti").select("paper_id")
    removed = old_keys.join(vectors.select(*keys), on=keys, how="left_anti").select("paper_id")
    lost_ids = removed.withColumnRenamed("paper_id", "neighbor_id")
    bereft = known.neighbors.join(lost_ids, on="neighbor_id", how="left_semi").select("paper_id")
    affected = (
        new.withColumn("is_new", F.lit(1))
        .unionByName(bereft.withColumn("is_new", F.lit(0)))
        .unionByName(removed.withColumn("is_new", F.lit(0)))
        .groupBy("paper_id")
        .agg((F.max("is_new") == 1).alias("is_new"))
        .localCheckpoint()
    )
    # Beyond its share a search of all is cheaper.
    if affected.count() > min(_ASKED, number * cells.probes / len(cells.centroids)):
        return _search_all(vectors, cells, number, settings)
    ids, asking = collect_vectors(vectors.join(affected, on="paper_id", how="left_semi"))
    new_ids = [row["paper_id"] for row in affected.where("is_new").collect()]
    block = Block(ids, asking, np.isin(ids, new_ids), is_asked=np.ones(len(ids), dtype=bool))
    last = known.neighbors.where(F.col("rank") == settings.per_paper)
    least = last.select("paper_id", F.col("cosine").alias("least"))
    new_pairs = _meet_block(
        vectors.join(least, on="paper_id", how="left"),
        block,
        cells if cells.probes < len(cells.centroids) else None,
        settings.per_paper,
    )
    stays = known.neighbors.join(affected, on="paper_id", how="left_anti")
    pairs = stays.select("paper_id", "neighbor_id", "cosine").unionByName(new_pairs)
    return _rank(pairs, settings.per_paper)


def _rank(pairs: DataFrame, per_paper: int) -> DataFrame:
    nearest_first = Window.partitionBy("paper_id").orderBy(F.desc("cosine"), "neighbor_id")
    return (
        pairs.withColumn("rank", F.row_number().over(nearest_first))
        .where(F.col("rank") <= per_paper)
        .select("paper_id", "rank", "neighbor_id", "cosine")
    )


def _with_earlier(pairs: DataFrame, papers: DataFrame) -> DataFrame:
    """Rows of gold.neighbors: the same, with `is_earlier`."""
    other = papers.select(
        F.col("paper_id").alias("neighbor_id"), F.col("dated_on").alias("neighbor_dated_on")
    )
    return (
        pairs.join(papers, on="paper_id", how="inner")
        .join(other, on="neighbor_id", how="inner")
        .select(
            "paper_id",
            "rank",
            "neighbor_id",
            "cosine",
            F.coalesce(F.col("neighbor_dated_on") < F.col("dated_on"), F.lit(False)).alias(
                "is_earlier"
            ),
        )
    )


def _meet_block(frame: DataFrame, block: Block, cells: Cells | None, per_paper: int) -> DataFrame:
    """All papers against those of `block`: neighbours that either finds in the other."""
    columns = [name for name in ("paper_id", "vector", "least") if name in frame.columns]
    meeting = partial(meet, block=block, cells=cells, per_paper=per_paper)
    return frame.select(*columns).mapInArrow(meeting, _FOUND)


def meet(
    batches: Iterable[pa.RecordBatch], block: Block, cells: Cells | None, per_paper: int
) -> Iterator[pa.RecordBatch]:
    """Papers (paper_id, vector, and `least` where it is known) against those of `block`.

    Gives for each paper that is not asked itself its nearest among the block's new ones, of
    cosine `least` or more, and for each asked one of the block its nearest among these papers.

    Args:
        cells: what each paper looks into; None lets every paper see every other.
    """
    new, queries = np.flatnonzero(block.is_new), np.flatnonzero(block.is_asked)
    answers = _Answers(per_paper)
    for batch in batches:
        if not batch.num_rows or not len(block.ids):
            continue
        ids = np.array(batch["paper_id"].to_pylist(), dtype=np.str_)
        order = np.argsort(ids)
        ids, vectors = ids[order], single(batch["vector"])[order]
        others = np.flatnonzero(~np.isin(ids, block.ids[queries]))
        least = _least(batch, order)[others] if "least" in batch.schema.names else None
        pairs = _nearest(vectors[others], block.vectors[new], per_paper, cells, least)
        yield from _batches(ids[others], block.ids[new], *pairs, per_paper)
        answers.add(ids, *_nearest(block.vectors[queries], vectors, per_paper, cells))
    yield from answers.batches(block.ids[queries])


def _nearest(
    left: Single, right: Single, per_paper: int, cells: Cells | None, least: Matrix | None = None
) -> tuple[Index, Index, Matrix]:
    """One more than is kept, as each may find itself."""
    among = Among(cells.looks(left), homes(right, cells.centroids)) if cells else None
    return nearest(left, right, per_paper + 1, among, least)


def _least(batch: pa.RecordBatch, order: Index) -> Matrix:
    least = batch["least"].to_numpy(zero_copy_only=False)
    return np.where(np.isnan(least), -np.inf, least)[order]


class _Answers:
    """The nearest so far of each paper that is asked, while batches go by."""

    def __init__(self, per_paper: int) -> None:
        self.number = per_paper + 1
        self.rows: Index = np.empty(0, dtype=np.int64)
        self.ids: NDArray[np.str_] = np.empty(0, dtype=np.str_)
        self.cosines: Matrix = np.empty(0)

    def add(self, ids: NDArray[np.str_], rows: Index, columns: Index, cosines: Matrix) -> None:
        rows = np.concatenate([self.rows, rows])
        names = np.concatenate([self.ids, ids[columns]])
        values = np.concatenate([self.cosines, cosines])
        top = first(rows, names, values, self.number)
        self.rows, self.ids, self.cosines = rows[top], names[top], values[top]

    def batches(self, queries: NDArray[np.str_]) -> Iterator[pa.RecordBatch]:
        places = np.arange(len(self.ids))
        yield from _batches(queries, self.ids, self.rows, places, self.cosines, self.number - 1)


def _batches(
    left: NDArray[np.str_],
    right: NDArray[np.str_],
    rows: Index,
    columns: Index,
    cosines: Matrix,
    per_paper: int,
) -> Iterator[pa.RecordBatch]:
    """Pairs as rows of _FOUND, without those of a paper with itself."""
    differ = left[rows] != right[columns]
    rows, names, values = rows[differ], right[columns[differ]], cosines[differ]
    top = first(rows, names, values, per_paper)
    for begin in range(0, len(top), _SENT):
        some = top[begin : begin + _SENT]
        yield pa.record_batch(
            {
                "paper_id": pa.array(left[rows[some]].tolist(), pa.string()),
                "neighbor_id": pa.array(names[some].tolist(), pa.string()),
                "cosine": values[some],
            }
        )


def route(
    batches: Iterable[pa.RecordBatch], cells: Cells, part_of_cell: NDArray[np.int32]
) -> Iterator[pa.RecordBatch]:
    """Each paper (paper_id, vector) as a member of its cell, and as a query to each part it needs.

    A part is the cells that one task holds; a query goes there once, with all cells it looks into.
    """
    for batch in batches:
        if not batch.num_rows:
            continue
        looked = nearest_cells(single(batch["vector"]), cells.centroids, cells.probes)
        parts = part_of_cell[looked]
        yield _route_batch(batch, np.arange(batch.num_rows), parts[:, 0], looked, is_query=False)
        needed = np.zeros((batch.num_rows, part_of_cell.max() + 1), dtype=bool)
        np.put_along_axis(needed, parts, True, axis=1)
        rows, to = np.nonzero(needed)
        for begin in range(0, len(rows), _SENT):
            some = slice(begin, begin + _SENT)
            yield _route_batch(batch, rows[some], to[some].astype(np.int32), looked, is_query=True)


def _route_batch(
    batch: pa.RecordBatch,
    rows: Index,
    parts: NDArray[np.int32],
    probes: NDArray[np.int32],
    is_query: bool,
) -> pa.RecordBatch:
    chosen = batch.take(pa.array(rows))
    ends = pa.array(np.arange(len(rows) + 1, dtype=np.int32) * probes.shape[1])
    return pa.record_batch(
        {
            "part": parts,
            "is_query": np.full(len(rows), is_query),
            "cell": probes[rows, 0],
            "paper_id": chosen["paper_id"],
            "probes": pa.ListArray.from_arrays(ends, pa.array(probes[rows].ravel())),
            "vector": chosen["vector"],
        }
    )


def search(batches: Iterable[pa.RecordBatch], per_paper: int) -> Iterator[pa.RecordBatch]:
    """The nearest members of the cells that each query looks into, as rows of _FOUND.

    The batches come sorted by part, members before queries, cell and paper_id; they may break
    anywhere. One part's members are held at a time.
    """
    part: int | None = None
    members: list[pa.RecordBatch] = []
    for run in _runs(batches):
        if run["part"][0].as_py() != part:
            part, members = run["part"][0].as_py(), []
        if not run["is_query"][0].as_py():
            members.append(run)
        elif members:
            yield from _search_part(run, pa.Table.from_batches(members).combine_chunks(), per_paper)


def _runs(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches cut so that each piece is of one part and of one kind."""
    for batch in batches:
        kinds = 2 * batch["part"].to_numpy() + batch["is_query"].to_numpy(zero_copy_only=False)
        starts = np.flatnonzero(np.diff(kinds, prepend=-1))
        for start, end in zip(starts, [*starts[1:], len(kinds)], strict=True):
            yield batch.slice(start, end - start)


def _search_part(
    queries: pa.RecordBatch, members: pa.Table, per_paper: int
) -> Iterator[pa.RecordBatch]:
    probes = queries["probes"].flatten().to_numpy().reshape(queries.num_rows, -1)
    asking, targets = single(queries["vector"]), single(members["vector"].chunk(0))
    cells = members["cell"].to_numpy()
    starts = np.flatnonzero(np.diff(cells, prepend=-1))
    looks = (
        (np.flatnonzero((probes == cells[start]).any(axis=1)), slice(start, end))
        for start, end in zip(starts, [*starts[1:], len(cells)], strict=True)
    )
    rows, columns, cosines = nearest_within(asking, targets, looks, per_paper + 1)
    left = np.array(queries["paper_id"].to_pylist(), dtype=np.str_)
    right = np.array(members["paper_id"].to_pylist(), dtype=np.str_)
    yield from _batches(left, right, rows, columns, cosines, per_paper)
