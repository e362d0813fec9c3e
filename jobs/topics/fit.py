"""Topics as directions: fine cells of papers, merged up a tree that is cut at two heights.

Cells by spherical k-means (Dhillon & Modha 2001, "Concept decompositions for large sparse text
data using clustering") with seeds by k-means++ (Arthur & Vassilvitskii 2007). Plain numpy, run
inside one Arrow task; the same papers give the same topics in whatever order they come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from jobs.params import TopicsSettings
from jobs.topics.levels import (
    BRANCHES,
    FEWEST_AREAS,
    MOST_AREAS,
    Levels,
    Owners,
    levels,
    topic_number,
)
from jobs.topics.tree import Merge, cut, jumps, merges
from jobs.vectors.vectors import Matrix, arrow, matrix

FIT_SCHEMA = (
    "level int, place int, parent int, centroid array<float>, threshold double, "
    "cohesion double, first_paper_id string, stability double"
)
ASSIGNED_SCHEMA = "paper_id string, topic_id string, similarity double, fits boolean"
AREA, FIELD, TOPIC = 1, 2, 3
"""Levels: areas are made of fields, these of topics, or areas of topics; papers go to topics."""

_TIE_DIGITS = 9
"""Cosines that agree to so many digits are equal, and the first topic in order wins: the last bits
of a sum differ between processors."""
_DIGITS = 6
"""Digits of what is published."""
_CELL_ROUNDS = 10  # cells only have to be small, not settled
_FEWEST = 2  # topics, and areas; the first jump of a tree is that of two
_FEWEST_WITH_AREAS = 4  # topics
_LEAST_CELLS = 4  # cells of a topic, on average, before the fewest topics are fewer


@dataclass(frozen=True)
class Topic:
    """A topic to assign papers to: its id, unit centroid and the least cosine that fits."""

    topic_id: str
    centroid: tuple[float, ...]
    threshold: float


class Clusters(NamedTuple):
    """Unit centroids of the topics, in rows, and the number of the group of each."""

    centroids: Matrix
    areas: Owners
    is_parted: bool = False
    """Whether groups were parted into topics: then they are no areas yet."""


def fit(batches: Iterable[pa.RecordBatch], settings: TopicsSettings) -> Iterator[pa.RecordBatch]:
    """The topics of all `batches` (paper_id, vector) together: a batch of FIT_SCHEMA.

    `place` numbers the topics of a level, `parent` is the place of a topic's area. `threshold` is
    the cosine to the centroid that all but `settings.fit_quantile` of its papers reach, `cohesion`
    their mean cosine, `first_paper_id` the least id among them. `stability` is the whole fit's.
    """
    papers = pa.Table.from_batches(batches).sort_by("paper_id").combine_chunks()
    vectors = matrix(papers["vector"].chunk(0))
    clusters = cluster(vectors, settings)
    # As they will be published, so that these papers are assigned as they are later.
    centroids = _round_centroids(clusters.centroids)
    owners, _ = nearest(vectors, centroids)
    topics, owners = np.unique(owners, return_inverse=True)
    # Numbered anew: an area may have lost all its topics.
    _, groups = np.unique(clusters.areas[topics], return_inverse=True)
    middles = _sums(vectors, owners, len(topics)) / np.bincount(owners)[:, None]
    above = Levels(None, groups)
    if clusters.is_parted or groups.max() + 1 >= FEWEST_AREAS:
        above = levels(middles, np.bincount(owners), groups)
    stable = stability(vectors, groups[owners] if clusters.is_parted else owners, settings)
    ids = papers["paper_id"].chunk(0)
    parents = above.areas if above.fields is None else above.fields
    yield _rows(ids, vectors, TOPIC, owners, parents, centroids[topics], settings, stable)
    if above.fields is not None:
        firsts = np.unique(above.fields, return_index=True)[1]
        fields = above.fields[owners]
        yield _rows(ids, vectors, FIELD, fields, above.areas[firsts], _middles(vectors, fields),
                    settings, stable)  # fmt: skip
    if above.areas.max() > 0:
        areas = above.areas[owners]
        yield _rows(ids, vectors, AREA, areas, None, _middles(vectors, areas), settings, stable)


def _middles(vectors: Matrix, owners: Owners) -> Matrix:
    none = np.zeros((owners.max() + 1, vectors.shape[1]))
    return _round_centroids(means(vectors, owners, none))


def _round_centroids(centroids: Matrix) -> Matrix:
    return np.round(centroids, _DIGITS).astype(np.float32).astype(np.float64)


def cluster(vectors: Matrix, settings: TopicsSettings) -> Clusters:
    """The topics of unit `vectors`, whose order matters, and the areas that they belong to.

    Of `settings.restarts` trees of cells each is cut at the number of topics that all of them
    together speak for; the cut whose settled topics have the greatest mean cosine is kept.
    Then the smallest topic is dissolved, and the others take its papers, until every topic has
    `settings.min_topic_papers`. Where there are papers enough these are groups, and each is parted
    into topics (`jobs/topics/levels.py`).
    """
    cut_at, trees = _fit_groups(vectors, settings)
    groups, best = cut_at
    return _split_groups(vectors, groups, *trees[best], settings)


def _fit_groups(
    vectors: Matrix, settings: TopicsSettings
) -> tuple[tuple[Clusters, int], list[tuple[list[Merge], Owners]]]:
    """The groups that the trees speak for, which tree they are of, and the trees."""
    number = len(vectors) // settings.cell_papers
    trees = [tree_of_cells(vectors, number, r, settings) for r in range(settings.restarts)]
    number = topic_count([tree for tree, _ in trees], settings)
    fits = []
    for tree, cells in trees:
        owners = cut(tree, min(number, len(tree) + 1))
        none = np.zeros((owners.max() + 1, vectors.shape[1]))
        fits.append(
            settle_centroids(vectors, means(vectors, owners[cells], none), settings.iterations)
        )
    cosines = [round(float(nearest(vectors, fitted)[1].mean()), _TIE_DIGITS) for fitted in fits]
    best = int(np.argmax(cosines))
    areas = areas_of(trees[best][0], len(fits[best]))
    return (_dissolve_small(vectors, Clusters(fits[best], areas), settings), best), trees


def _split_groups(
    vectors: Matrix, clusters: Clusters, tree: list[Merge], cells: Owners, settings: TopicsSettings
) -> Clusters:
    """`clusters`, each group parted into topics by the finer cut of its tree, or as it is.

    A branch goes to the group that has most of its papers; within a group its topics settle.
    """
    groups = len(clusters.centroids)
    number = topic_number(len(vectors), groups, len(tree) + 1, settings)
    if number == groups:
        return clusters
    branches = cut(tree, number)[cells]
    owners, _ = nearest(vectors, clusters.centroids)
    pairs = csr_matrix((np.ones(len(vectors)), (owners, branches)), (groups, number)).toarray()
    of_branch = pairs.argmax(axis=0)
    centroids, of_topic = [], []
    for group in range(groups):
        inside = vectors[owners == group]
        own = np.flatnonzero(of_branch == group)
        large = own[pairs[group, own] >= settings.min_topic_papers]
        if len(large) < _FEWEST:
            own_centroids = clusters.centroids[group : group + 1]
        else:
            within = [vectors[(owners == group) & (branches == branch)] for branch in large]
            first = np.array(
                [part.mean(axis=0) / np.linalg.norm(part.mean(axis=0)) for part in within]
            )
            own_centroids = settle_centroids(inside, first, settings.iterations)
        centroids.append(own_centroids)
        of_topic += [group] * len(own_centroids)
    parts = Clusters(np.concatenate(centroids), np.array(of_topic, dtype=np.int64))
    return _dissolve_small(vectors, parts, settings)._replace(is_parted=True)


def tree_of_cells(
    vectors: Matrix, cells: int, restart: int, settings: TopicsSettings
) -> tuple[list[Merge], Owners]:
    """The merges of so many cells of papers, within `settings.cells`, and each paper's cell."""
    generator = np.random.Generator(np.random.PCG64([settings.seed, restart]))
    number = max(2, min(settings.cells, cells))
    centroids = settle_centroids(vectors, seed_centroids(vectors, number, generator), _CELL_ROUNDS)
    cell_ids, owners = np.unique(nearest(vectors, centroids)[0], return_inverse=True)
    sizes = np.bincount(owners)
    middles = _sums(vectors, owners, len(cell_ids)) / sizes[:, None]
    return merges(middles, sizes), owners


def topic_count(trees: list[list[Merge]], settings: TopicsSettings) -> int:
    """The number of topics at which merging becomes dearer by most, the mean over the trees.

    From `settings.min_topics`, but at most a quarter of the cells, to `settings.max_topics`; or
    `settings.topics`, if set.
    """
    if settings.topics:
        return settings.topics
    curves = [jumps(tree) for tree in trees]
    most = min(settings.max_topics, *(len(jump) + 1 for jump in curves))
    least = max(_FEWEST, min(settings.min_topics, most // _LEAST_CELLS))
    if most <= least:
        return least
    mean = np.mean([jump[least - _FEWEST : most - _FEWEST + 1] for jump in curves], axis=0)
    return least + int(np.round(mean, _TIE_DIGITS).argmax())


def areas_of(tree: list[Merge], topics: int) -> Owners:
    """The area of each topic of a cut: the cut above it at which merging becomes dearer by most.

    At most as many areas as half of the topics, and from eight to twenty where that leaves so many;
    one of all where there are fewer than four topics.
    """
    if topics < _FEWEST_WITH_AREAS:
        return np.zeros(topics, dtype=np.int64)
    most = min(topics // BRANCHES, MOST_AREAS)
    least = FEWEST_AREAS if most >= FEWEST_AREAS else _FEWEST
    number = least + int(jumps(tree)[least - _FEWEST : most - 1].argmax())
    fine, coarse = cut(tree, topics), cut(tree, number)
    firsts: Owners = coarse[np.unique(fine, return_index=True)[1]]
    return firsts


def _dissolve_small(vectors: Matrix, clusters: Clusters, settings: TopicsSettings) -> Clusters:
    centroids, areas = clusters.centroids, clusters.areas
    while len(centroids) > 1:
        sizes = np.bincount(nearest(vectors, centroids)[0], minlength=len(centroids))
        if sizes.min() >= settings.min_topic_papers:
            break
        centroids = np.delete(centroids, sizes.argmin(), axis=0)
        areas = np.delete(areas, sizes.argmin())
        centroids = settle_centroids(vectors, centroids, settings.iterations)
    return Clusters(centroids, areas)


def fit_residual(
    batches: Iterable[pa.RecordBatch], cohesion: float, settings: TopicsSettings
) -> Iterator[pa.RecordBatch]:
    """New topics among papers (paper_id, vector) that fit none: a batch of FIT_SCHEMA, or none.

    The largest branches of the tree of their cells that are topics: `settings.new_topic_papers` or
    more, with a mean cosine to their own mean of at least `cohesion`.
    """
    parts = list(batches)
    if sum(batch.num_rows for batch in parts) < settings.new_topic_papers:
        return
    papers = pa.Table.from_batches(parts).sort_by("paper_id").combine_chunks()
    vectors = matrix(papers["vector"].chunk(0))
    # Finer than for a fit, so that single papers do not stand in a new topic's way.
    tree, cells = tree_of_cells(vectors, len(vectors) // settings.min_topic_papers, 0, settings)
    members = np.zeros(len(vectors), dtype=np.int64)  # 0 stays for those in no new topic
    number = 0
    for branch in _branches(tree):
        inside = np.isin(cells, branch)
        if inside.sum() < settings.new_topic_papers or members[inside].any():
            continue
        middle = means(vectors[inside], np.zeros(inside.sum(), dtype=np.int64), vectors[:1])
        if float((vectors[inside] @ middle[0]).mean()) >= cohesion:
            number += 1
            members[inside] = number
    if number:
        inside = members > 0
        owners = members[inside] - 1
        chosen = vectors[inside]
        centroids = _round_centroids(means(chosen, owners, np.zeros((number, vectors.shape[1]))))
        ids = papers["paper_id"].chunk(0).filter(pa.array(inside))
        yield _rows(ids, chosen, TOPIC, owners, None, centroids, settings, None)


def fit_parts(
    batches: Iterable[pa.RecordBatch], number: int, settings: TopicsSettings
) -> Iterator[pa.RecordBatch]:
    """A topic's papers (paper_id, vector) parted into `number` topics: a batch of FIT_SCHEMA.

    Into fewer where some would have less than `settings.min_topic_papers`; no batch where no two
    are left.
    """
    given = list(batches)
    if sum(batch.num_rows for batch in given) < _FEWEST * settings.min_topic_papers:
        return
    papers = pa.Table.from_batches(given).sort_by("paper_id").combine_chunks()
    vectors = matrix(papers["vector"].chunk(0))
    (parts, _), _ = _fit_groups(vectors, settings.model_copy(update={"topics": number}))
    centroids = _round_centroids(parts.centroids)
    topics, owners = np.unique(nearest(vectors, centroids)[0], return_inverse=True)
    if len(topics) >= _FEWEST:
        ids = papers["paper_id"].chunk(0)
        yield _rows(ids, vectors, TOPIC, owners, None, centroids[topics], settings, None)


def _branches(tree: list[Merge]) -> Iterator[list[int]]:
    """The cells of each branch of a tree, wider branches before those within them."""
    leaves = {at: [at] for at in range(len(tree) + 1)}
    branches = list(leaves.values())
    for merge in tree:
        leaves[merge.into] = leaves[merge.into] + leaves.pop(merge.other)
        branches.append(leaves[merge.into])
    yield from reversed(branches)


def stability(vectors: Matrix, owners: Owners, settings: TopicsSettings) -> float | None:
    """Mean agreement of the groups of halves of the papers with `owners`, the groups of all.

    Each half is drawn anew and fitted from its own seed, the number of topics chosen anew; all
    papers go to its topics, and the adjusted Rand index (Hubert & Arabie 1985) tells the
    agreement. Null where `settings.resamples` is 0 or there are too few papers.
    """
    half = len(vectors) // 2
    agreements = []
    for sample in range(settings.resamples if half >= settings.min_papers else 0):
        generator = np.random.Generator(
            np.random.PCG64([settings.seed, settings.restarts + sample])
        )
        picks = np.sort(generator.permutation(len(vectors))[:half])
        alone = settings.model_copy(update={"restarts": 1, "seed": settings.seed + 1 + sample})
        (other, _), _ = _fit_groups(vectors[picks], alone)
        agreements.append(adjusted_rand(owners, nearest(vectors, other.centroids)[0]))
    return round(float(np.mean(agreements)), 4) if agreements else None


def adjusted_rand(left: Owners, right: Owners) -> float:
    """Agreement of two partitions of the same items: 1 when equal, 0 as by chance."""
    table = csr_matrix((np.ones(len(left)), (left, right))).toarray()

    def pairs(counts: Matrix) -> float:
        return float((counts * (counts - 1) / 2).sum())

    both, of_left, of_right = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    by_chance = of_left * of_right / max(pairs(np.array([float(len(left))])), 1.0)
    most = (of_left + of_right) / 2
    return 1.0 if most == by_chance else (both - by_chance) / (most - by_chance)


def _rows(
    paper_ids: pa.Array,
    vectors: Matrix,
    level: int,
    owners: Owners,
    parents: Owners | None,
    centroids: Matrix,
    settings: TopicsSettings,
    stable: float | None,
) -> pa.RecordBatch:
    number = len(centroids)
    cosines = np.einsum("ij,ij->i", vectors, centroids[owners])
    firsts = np.unique(owners, return_index=True)[1]
    is_under_areas = parents is not None and len(np.unique(parents)) > 1
    return pa.record_batch(
        {
            "level": pa.array([level] * number, pa.int32()),
            "place": pa.array(range(number), pa.int32()),
            "parent": pa.array(parents if is_under_areas else [None] * number, pa.int32()),
            "centroid": arrow(centroids),
            "threshold": [
                round(float(np.quantile(cosines[owners == t], settings.fit_quantile)), _DIGITS)
                for t in range(number)
            ],
            "cohesion": [round(float(cosines[owners == t].mean()), _DIGITS) for t in range(number)],
            "first_paper_id": paper_ids.take(pa.array(firsts)),
            "stability": pa.array([stable] * number, pa.float64()),
        }
    )


def seed_centroids(vectors: Matrix, number: int, generator: np.random.Generator) -> Matrix:
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


def settle_centroids(vectors: Matrix, centroids: Matrix, iterations: int) -> Matrix:
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
    sums = _sums(vectors, owners, len(centroids))
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.where(lengths > 0, sums / np.where(lengths > 0, lengths, 1.0), centroids)


def _sums(vectors: Matrix, owners: Owners, number: int) -> Matrix:
    rows = np.arange(len(vectors))
    members = csr_matrix((np.ones(len(vectors)), (owners, rows)), (number, len(vectors)))
    sums: Matrix = members @ vectors
    return sums


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
