"""Landmarks of the map: points of the plane in which like papers stand by each other.

t-SNE (van der Maaten & Hinton 2008) in full, with the nearest neighbours alike as affinities (Böhm,
Berens & Kobak 2022, "Attraction-repulsion spectrum in neighbor embeddings") and a start from the
principal components (Kobak & Berens 2019), so that nothing is drawn. In the rounds every sum has an
order of its own, whatever the cores: they would make the last digit of one visible.
"""

from __future__ import annotations

import numpy as np

from jobs.vectors.vectors import Index, Matrix, Single, nearest

AFFINE = 15
"""Nearest landmarks that draw a landmark. As in the source; about a perplexity of 50."""
ROUNDS, EARLY = 500, 150
"""Rounds, and those at their beginning that gather what belongs together."""
_EXAGGERATION = 12.0
_MOMENTUM, _EARLY_MOMENTUM = 0.8, 0.5
_LEAST_RATE = 50.0
_GAIN, _LOSS, _LEAST_GAIN = 0.2, 0.8, 0.01
_START = 1e-4
"""Spread at the start: small, so that the first rounds decide."""
_START_DIGITS = 6

PLACED_BY, BANDWIDTH = 5, 0.02
"""Nearest landmarks that place a paper, and the loss of cosine at which one weighs 1/e. Of 8,000
papers in 20 categories a vote of the ten nearest in the plane gave .82 theirs; with .1 it gave .81,
and a fifth fewer of the ten nearest by vector stood among them; 3 or 10 landmarks change nothing.
(By vectors .89, by two principal components .37; of 500 landmarks .80, of 2,000 .84 in five times
the seconds.)"""
DIGITS = 5


def lay_out(vectors: Single) -> Matrix:
    """Places of unit vectors in the plane, of shape (vectors, 2), none beyond 1 from the middle.

    `vectors` are at least two, and their order matters.
    """
    one, other, weight = _affinities(vectors)
    number = len(vectors)
    places = _components(vectors)
    rate = max(number / _EXAGGERATION, _LEAST_RATE)
    speed, gains = np.zeros_like(places), np.ones_like(places)
    for step in range(ROUNDS):
        is_early = step < EARLY
        apart = places[one] - places[other]
        pull = (weight / (1 + (apart * apart).sum(axis=1)))[:, None] * apart
        attraction = np.stack([np.bincount(one, pull[:, axis], number) for axis in (0, 1)], axis=1)
        slope = 4 * ((_EXAGGERATION if is_early else 1.0) * attraction - _repulsion(places))
        gains = np.where(slope * speed < 0, gains + _GAIN, gains * _LOSS).clip(_LEAST_GAIN)
        speed = (_EARLY_MOMENTUM if is_early else _MOMENTUM) * speed - rate * gains * slope
        places = places + speed
        places -= places.mean(axis=0)
    farthest = float(np.linalg.norm(places, axis=1).max())
    return np.asarray(np.round(places / (farthest or 1.0), DIGITS), dtype=np.float64)


def _affinities(vectors: Single) -> tuple[Index, Index, Matrix]:
    """Pairs of a landmark and one that it is near to or that is near to it, and what each weighs.

    The weights add up to 1; they come in the order of the pairs.
    """
    number = len(vectors)
    rows, columns, _ = nearest(vectors, vectors, min(AFFINE + 1, number))
    is_other = rows != columns
    rows, columns = rows[is_other], columns[is_other]
    both = np.concatenate([rows * number + columns, columns * number + rows])
    pairs, times = np.unique(both, return_counts=True)
    return pairs // number, pairs % number, times / times.sum()


def _components(vectors: Single) -> Matrix:
    """The first two principal components, each with the sign that makes its largest positive."""
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    _, axes = np.linalg.eigh(centred.T @ centred)
    components: Matrix = centred @ axes[:, [-1, -2]]
    components = np.round(components / (components.std() or 1.0), _START_DIGITS) * _START
    largest = components[np.abs(components).argmax(axis=0), [0, 1]]
    return np.asarray(np.where(largest < 0, -components, components), dtype=np.float64)


def align(places: Matrix, before: Matrix) -> Matrix:
    """`places` turned and mirrored as a whole until they are nearest to those `before`.

    Orthogonal Procrustes (Schönemann 1966); both of shape (landmarks, 2).
    """
    left, _, right = np.linalg.svd(places.T @ before)
    return np.asarray(np.round(places @ (left @ right), DIGITS), dtype=np.float64)


def _repulsion(places: Matrix) -> Matrix:
    """How hard the others push each landmark away, of shape (landmarks, 2)."""
    x, y = (axis[:, None] - axis[None, :] for axis in places.T)
    near = 1 / (1 + x * x + y * y)
    total = near.sum() - len(places)
    near *= near
    pushed: Matrix = np.stack([(near * x).sum(axis=1), (near * y).sum(axis=1)], axis=1) / total
    return pushed


def place_among(vectors: Single, landmarks: Single, places: Matrix) -> Matrix:
    """Places of vectors among landmarks: the mean of the nearest ones' by nearness.

    Each depends on its own vector alone. Of shape (vectors, 2), rounded.
    """
    number = min(PLACED_BY, len(landmarks))
    _, columns, cosines = nearest(vectors, landmarks, number)
    near = cosines.reshape(-1, number)
    weights = np.exp((near - near[:, :1]) / BANDWIDTH)
    weighted = weights[:, :, None] * places[columns.reshape(-1, number)]
    points: Matrix = np.round(weighted.sum(axis=1) / weights.sum(axis=1)[:, None], DIGITS)
    return points
