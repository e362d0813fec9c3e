"""Nearest papers of each paper, by the cosine of their vectors.

Papers are put into cells, each around a pivot, and each paper is compared with all papers of the
cells whose pivots are nearest to it (inverted file: Jégou, Douze & Schmid 2011, "Product
quantization for nearest neighbor search", without the quantization). A small corpus is searched in
all cells, so exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.params import NeighborsSettings
from jobs.vectors import Matrix, matrix

_ROUTED = "cell int, is_query boolean, paper_id string, dated_on date, vector array<float>"
_FOUND = "paper_id string, neighbor_id string, cosine double, is_earlier boolean"
_DIGITS = 6
_TASKS_A_CORE = 8
_PRODUCTS = 4_000_000
"""Cosines computed at once in a task: 32 MB of them."""


def neighbors(papers: DataFrame, embeddings: DataFrame, settings: NeighborsSettings) -> DataFrame:
    """The `settings.per_paper` nearest papers of each paper, as rows of gold.neighbors.

    Cosines are rounded to six digits before they are ranked; of equal ones the lesser neighbor_id
    comes first. Exact up to `settings.exact_papers` papers; above, neighbours in cells that are not
    looked into are missed.

    Args:
        papers: silver.papers; withdrawn ones neither have nor are neighbours.
        embeddings: silver.embeddings of one model, unit vectors.
        settings: how many neighbours, and how wide the search.
    """
    shown = papers.where(~F.col("is_withdrawn")).select("paper_id", "dated_on")
    vectors = embeddings.select("paper_id", "vector").join(shown, on="paper_id", how="inner")
    number = vectors.count()
    cells = min(settings.max_cells, max(1, -(-number // settings.cell_papers)))
    probes = cells if number <= settings.exact_papers else min(cells, settings.probes)
    # The hash of the id is a draw that every run repeats.
    drawn = vectors.orderBy(F.xxhash64("paper_id"), "paper_id").limit(cells)
    pivots = np.array([row["vector"] for row in drawn.select("vector").collect()])
    # More tasks than cores, for cells differ in size; not one a cell, for a task has its price too.
    tasks = min(cells, _TASKS_A_CORE * papers.sparkSession.sparkContext.defaultParallelism)
    found = (
        vectors.select("paper_id", "dated_on", "vector")
        .mapInArrow(partial(route, pivots=pivots, probes=probes), _ROUTED)
        .repartition(tasks, "cell")
        .sortWithinPartitions("cell", "is_query", "paper_id")
        .mapInArrow(partial(search, per_paper=settings.per_paper), _FOUND)
    )
    nearest_first = Window.partitionBy("paper_id").orderBy(F.desc("cosine"), "neighbor_id")
    return (
        found.withColumn("rank", F.row_number().over(nearest_first))
        .where(F.col("rank") <= settings.per_paper)
        .select("paper_id", "rank", "neighbor_id", "cosine", "is_earlier")
    )


def route(
    batches: Iterable[pa.RecordBatch], pivots: Matrix, probes: int
) -> Iterator[pa.RecordBatch]:
    """Each paper (paper_id, dated_on, vector) as a member of its cell and as a query to `probes`.

    A cell is the index of the nearest of `pivots`; the first where two are equally near.
    """
    for batch in batches:
        if not batch.num_rows:
            continue
        cosines = np.round(matrix(batch["vector"]) @ pivots.T, _DIGITS)
        order = np.argsort(-cosines, axis=1, kind="stable")[:, :probes].astype(np.int32)
        for probe in range(probes):
            if probe == 0:
                yield _routed(batch, order[:, 0], is_query=False)
            yield _routed(batch, order[:, probe], is_query=True)


def _routed(batch: pa.RecordBatch, cells: NDArray[np.int32], is_query: bool) -> pa.RecordBatch:
    return pa.record_batch(
        {
            "cell": cells,
            "is_query": np.full(batch.num_rows, is_query),
            **{name: batch[name] for name in ("paper_id", "dated_on", "vector")},
        }
    )


def search(batches: Iterable[pa.RecordBatch], per_paper: int) -> Iterator[pa.RecordBatch]:
    """The nearest members of its cell for each query, as batches of paper and neighbour.

    The batches come sorted by cell, members before queries, paper_id; they may break anywhere. One
    cell's members are held at a time.
    """
    cell: int | None = None
    members: list[pa.RecordBatch] = []
    for run in _runs(batches):
        if run["cell"][0].as_py() != cell:
            cell, members = run["cell"][0].as_py(), []
        if not run["is_query"][0].as_py():
            members.append(run)
        elif members:
            yield from _compared(run, pa.Table.from_batches(members), per_paper)


def _runs(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches cut so that each piece is of one cell and of one kind."""
    for batch in batches:
        kinds = 2 * batch["cell"].to_numpy() + batch["is_query"].to_numpy(zero_copy_only=False)
        starts = np.flatnonzero(np.diff(kinds, prepend=-1))
        for start, end in zip(starts, [*starts[1:], len(kinds)], strict=True):
            yield batch.slice(start, end - start)


def _compared(
    queries: pa.RecordBatch, members: pa.Table, per_paper: int
) -> Iterator[pa.RecordBatch]:
    cell = members.combine_chunks()
    vectors = matrix(cell["vector"].chunk(0))
    step = max(1, _PRODUCTS // len(vectors))
    for start in range(0, queries.num_rows, step):
        part = queries.slice(start, step)
        own = pc.index_in(part["paper_id"], cell["paper_id"]).to_numpy(zero_copy_only=False)
        rows, columns, cosines = top(matrix(part["vector"]) @ vectors.T, own, per_paper)
        left, right = part.take(pa.array(rows)), cell.take(pa.array(columns))
        earlier = pc.less(right["dated_on"].combine_chunks(), left["dated_on"])
        yield pa.record_batch(
            {
                "paper_id": left["paper_id"],
                "neighbor_id": right["paper_id"].combine_chunks(),
                "cosine": cosines,
                "is_earlier": pc.fill_null(earlier, False),
            }
        )


def top(
    cosines: Matrix, own: NDArray[np.float64], number: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], Matrix]:
    """Row, column and rounded cosine of the `number` greatest of each row, row by row.

    Of equal ones the lesser column comes first. `own` is each row's own column, which is left out;
    NaN where it has none.
    """
    rows_with_own = np.flatnonzero(~np.isnan(own))
    cosines[rows_with_own, own[rows_with_own].astype(np.int64)] = -np.inf
    least = np.full((len(cosines), 1), -np.inf)
    if number < cosines.shape[1]:
        # What rounds to the same as the last one in has to be in too, for ids to decide.
        least = np.partition(cosines, -number, axis=1)[:, [-number]] - 10.0**-_DIGITS
    rows, columns = np.nonzero((cosines >= least) & np.isfinite(cosines))
    values = np.clip(np.round(cosines[rows, columns], _DIGITS), -1.0, 1.0)
    order = np.lexsort((columns, -values, rows))
    rows, columns, values = rows[order], columns[order], values[order]
    place = np.arange(len(rows)) - np.searchsorted(rows, rows)
    kept = place < number
    return rows[kept], columns[kept], values[kept]
