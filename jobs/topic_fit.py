"""Topics as directions: spherical k-means over unit vectors.

Dhillon & Modha 2001, "Concept decompositions for large sparse text data using clustering"; seeds
by k-means++ (Arthur & Vassilvitskii 2007). Plain numpy, run inside one Arrow task; the same papers
give the same topics in whatever order they come.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from jobs.params import TopicsSettings
from jobs.vectors import Matrix, arrow, matrix

FIT_SCHEMA = "centroid array<float>, threshold double, first_paper_id string"
ASSIGNED_SCHEMA = "paper_id string, topic_id string, similarity double, fits boolean"

Owners = NDArray[np.int64]

_TIE_DIGITS = 9
"""Cosines that agree to so many digits are equal, and the first topic in order wins: the last bits
of a sum differ between processors."""
_DIGITS = 6
"""Digits of what is published."""


@dataclass(frozen=True)
class Topic:
    """A topic to assign papers to: its id, unit centroid and the least cosine that fits."""

    topic_id: str
    centroid: tuple[float, ...]
    threshold: float


def fit(
    batches: Iterable[pa.RecordBatch], number: int, settings: TopicsSettings
) -> Iterator[pa.RecordBatch]:
    """Up to `number` topics of all `batches` (paper_id, vector) together: a batch of FIT_SCHEMA.

    `threshold` is the cosine to the centroid that all but `settings.fit_quantile` of the topic's
    papers reach; `first_paper_id` the least id among them.
    """
    papers = pa.Table.from_batches(batches).sort_by("paper_id").combine_chunks()
    vectors = matrix(papers["vector"].chunk(0))
    # As they will be published, so that these papers are assigned as they are later.
    published = np.round(clustered(vectors, number, settings), _DIGITS).astype(np.float32)
    centroids = published.astype(np.float64)
    owners, cosines = nearest(vectors, centroids)
    sizes = np.bincount(owners, minlength=len(centroids))
    kept = np.flatnonzero(sizes)
    yield pa.record_batch(
        {
            "centroid": arrow(centroids[kept]),
            "threshold": [
                round(float(np.quantile(cosines[owners == t], settings.fit_quantile)), _DIGITS)
                for t in kept
            ],
            "first_paper_id": papers["paper_id"]
            .take(pa.array([int(np.flatnonzero(owners == t)[0]) for t in kept]))
            .chunk(0),
        }
    )


def clustered(vectors: Matrix, number: int, settings: TopicsSettings) -> Matrix:
    """Unit centroids of shape (topics, dimensions) of unit `vectors`, whose order matters.

    The best of `settings.restarts` fits by mean cosine. Then the smallest topic is dissolved, and
    the others take its papers, until every topic has `settings.min_topic_papers`.
    """
    fits = []
    for restart in range(settings.restarts):
        generator = np.random.Generator(np.random.PCG64([settings.seed, restart]))
        fits.append(settled(vectors, seeded(vectors, number, generator), settings.iterations))
    centroids = max(fits, key=lambda c: round(float(nearest(vectors, c)[1].mean()), _TIE_DIGITS))
    while len(centroids) > 1:
        sizes = np.bincount(nearest(vectors, centroids)[0], minlength=len(centroids))
        if sizes.min() >= settings.min_topic_papers:
            break
        centroids = np.delete(centroids, sizes.argmin(), axis=0)
        centroids = settled(vectors, centroids, settings.iterations)
    return centroids


def topic_count(papers: int, settings: TopicsSettings) -> int:
    """Number of topics to look for among so many papers, from 2 to `settings.max_topics`.

    `settings.topics` if set; else it grows with the cube root of the papers, as the cells of a
    histogram do (Terrell & Scott 1985).
    """
    number = settings.topics or round(settings.topics_per_root * math.cbrt(papers))
    return min(settings.max_topics, max(2, number))


def seeded(vectors: Matrix, number: int, generator: np.random.Generator) -> Matrix:
    """Up to `number` rows of `vectors` as first centroids: k-means++ with cosine distance.

    Each next one is drawn in proportion to its distance from the nearest one before. Fewer come
    when no row is left that differs from all chosen ones.
    """
    chosen = [int(generator.random() * len(vectors))]
    distances = np.full(len(vectors), np.inf)
    while len(chosen) < number:
        cosines = np.round(vectors @ vectors[chosen[-1]], _TIE_DIGITS)
        distances = np.minimum(distances, np.clip(1.0 - cosines, 0.0, None))
        sums = np.cumsum(distances)
        if sums[-1] <= 0:
            break
        chosen.append(int(np.searchsorted(sums, generator.random() * sums[-1], side="right")))
    return vectors[chosen]


def settled(vectors: Matrix, centroids: Matrix, iterations: int) -> Matrix:
    """`centroids` after moving them to the means of their papers until no paper changes its topic.

    At most `iterations` times. A topic that loses all its papers stays where it is.
    """
    owners, _ = nearest(vectors, centroids)
    for _ in range(iterations):
        before, centroids = owners, means(vectors, owners, centroids)
        owners, _ = nearest(vectors, centroids)
        if np.array_equal(before, owners):
            break
    return centroids


def means(vectors: Matrix, owners: Owners, centroids: Matrix) -> Matrix:
    """The unit mean of each topic's papers; the old centroid where there are none."""
    rows = np.arange(len(vectors))
    members = csr_matrix((np.ones(len(vectors)), (owners, rows)), (len(centroids), len(vectors)))
    sums = members @ vectors
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.where(lengths > 0, sums / np.where(lengths > 0, lengths, 1.0), centroids)


def nearest(vectors: Matrix, centroids: Matrix) -> tuple[Owners, Matrix]:
    """Index of the centroid nearest to each vector, and its cosine; the first where two tie."""
    cosines = np.round(vectors @ centroids.T, _TIE_DIGITS)
    owners = cosines.argmax(axis=1)
    return owners, np.minimum(cosines[np.arange(len(vectors)), owners], 1.0)


def assign(batches: Iterable[pa.RecordBatch], topics: list[Topic]) -> Iterator[pa.RecordBatch]:
    """The nearest of `topics` for each paper (paper_id, vector), as batches of ASSIGNED_SCHEMA.

    `similarity` is the cosine to the nearest topic; `topic_id` is null where it is below that
    topic's threshold. Without topics nothing fits and similarity is null.
    """
    centroids = np.array([topic.centroid for topic in topics], dtype=np.float32).astype(np.float64)
    thresholds = np.array([topic.threshold for topic in topics])
    ids = np.array([topic.topic_id for topic in topics], dtype=object)
    for batch in batches:
        rows = batch.num_rows
        fits: NDArray[np.bool_] = np.zeros(rows, dtype=bool)
        if topics and rows:
            owners, cosines = nearest(matrix(batch["vector"]), centroids)
            similarity = np.round(cosines, _DIGITS)
            fits = similarity >= thresholds[owners]
            topic_id = pa.array(ids[owners], pa.string(), mask=~fits)
        else:
            similarity, topic_id = pa.nulls(rows, pa.float64()), pa.nulls(rows, pa.string())
        yield pa.record_batch(
            {
                "paper_id": batch["paper_id"],
                "topic_id": topic_id,
                "similarity": similarity,
                "fits": fits,
            }
        )
