"""`python -m benchmarks.people FEEDS`: fits the weights by which people are told apart.

FEEDS is a folder of real feeds, as for `papertide eval authors`. Printed are the weights that
jobs/people/evidence.py states, and what they find on sets that they are fitted on.

There are few authors that anybody has labelled, and they are kept for measuring. The weights are
fitted on names that are cut, of blocks without a labelled authorship, as pseudowords are made for
word senses (Gale, Church and Yarowsky 1992): given names are cut to the initial on every other
paper, which makes namesakes of those who share a surname, and surnames to one, two or three
letters, which makes namesakes with full names. A logistic regression with a ridge weighs pairs of
one block that nothing bars; a block counts by its authorships, and the two kinds of feeds (the ACL,
where people return, and samples of medicine and of all fields, where they hardly do) have an
intercept each: how often people return is no evidence. The intercept that is shipped is the largest
half at which people made of both kinds, with given names cut, have the precision `AIM`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from conf import Config
from jobs.people import evidence
from jobs.people.evidence import Pairs
from jobs.people.resolving import authorship_of, resolve_block
from jobs.session import build_session
from pipelines.evaluate.authors import FITTED, score_people
from pipelines.evaluate.authors_sets import (
    LabelledPeople,
    by_block,
    cut_given,
    cut_surname,
    draw,
    labelled_people,
    relabelled,
)
from pipelines.evaluate.pairs import Score
from storage.home import home

AIM = 0.98
CUTS = (cut_given, cut_surname(1), cut_surname(2), cut_surname(3))
BIASES = (1.0, 0.0, -0.5, -1.0, -1.5, -2.0, -2.5, -3.0)
_MOST = 1_000  # authorships of a block
_PAIRS = 300  # of a block: a thousand blocks say more than all pairs of one
_OTHERS = 0.3  # weight of all feeds but the ACL together, which has a hundred times their pairs
_RIDGE = 1e-4
_SEED = 1998

Floats = NDArray[np.float64]


class Sample(NamedTuple):
    """Pairs: signals (pairs, signals), whether each is one person, and how much it counts."""

    design: Floats
    is_one: NDArray[np.bool_]
    counts: Floats


def main(feeds: Path) -> None:
    """Print the weights, the intercept and what they find."""
    config = Config()
    spark = build_session(config.session, home())
    sets: dict[str, list[LabelledPeople]] = {"acl": [], "others": []}
    for feed in FITTED:
        people = labelled_people(spark, feed, feeds, config)
        is_acl = feed == "acl"
        only = fitted(people.blocks(), every=1 + is_acl)
        for cut in CUTS if is_acl else CUTS[:-1]:
            made = relabelled(people.sketches, cut, only)
            sets["acl" if is_acl else "others"].append(made)
    weights = fit([sample(people) for people in sets["acl"]], [sample(p) for p in sets["others"]])
    for name, weight in weights.items():
        print(f'    "{name}": {weight:.2f},')
    evidence.WEIGHTS = weights
    choose_bias([few_blocks(sets["acl"][0]), pooled(sets["others"][:: len(CUTS) - 1])])


def choose_bias(sets: Sequence[LabelledPeople]) -> None:
    """Print precision and recall of sets with cut given names, until precision is `AIM` on all."""
    for bias in BIASES:
        evidence.BIAS = bias
        scores = [score_of(people) for people in sets]
        print(f"BIAS {bias:5.2f}:", *(f"{one.precision:.3f} {one.recall:.3f}" for one in scores))
        if min(one.precision for one in scores) >= AIM:
            return


def few_blocks(people: LabelledPeople) -> LabelledPeople:
    """One of six blocks: enough for a figure."""
    rows = [row for row in people.sketches if draw(f"{row['block']} few", 6) == 0]
    keys = {(row["paper_id"], row["position"]) for row in rows}
    return LabelledPeople(rows, {key: people.labels[key] for key in keys})


def pooled(sets: Sequence[LabelledPeople]) -> LabelledPeople:
    """Several feeds as one."""
    rows = [row for people in sets for row in people.sketches]
    labels = {key: label for people in sets for key, label in people.labels.items()}
    return LabelledPeople(rows, labels)


def fitted(labelled: set[str], every: int) -> Callable[[str], bool]:
    """Whether a block is fitted on: it is without labels, and one of `every`."""
    return lambda block: block not in labelled and draw(block, every) == 0


def sample(people: LabelledPeople) -> Sample:
    """Pairs that nothing bars, at most `_PAIRS` of a block, drawn by chance."""
    parts = list(_samples(people))
    return Sample(*(np.concatenate([part[place] for part in parts]) for place in range(3)))


def _samples(people: LabelledPeople) -> Iterator[Sample]:
    random = np.random.default_rng(_SEED)
    for rows in by_block(people.sketches):
        if not 1 < len(rows) <= _MOST:
            continue
        block = [authorship_of(row) for row in rows]
        pairs = Pairs.of(block, evidence.given_names(block))
        a, b = np.triu_indices(len(rows), 1)
        # Two full names of one person are cut apart nowhere: that they are one is no news.
        is_open = ~pairs.barred[a, b]
        if any(len(row["given"][0]) == 1 for row in rows):
            is_full = np.array([len(row["given"][0]) > 1 for row in rows])
            is_open &= ~(is_full[a] & is_full[b])
        a, b = a[is_open], b[is_open]
        if len(a) > _PAIRS:
            chosen = random.choice(len(a), _PAIRS, replace=False)
            a, b = a[chosen], b[chosen]
        labels = np.array([people.labels[row["paper_id"], row["position"]] for row in rows])
        yield Sample(
            np.stack([of[a, b] for of in pairs.signals.values()], axis=1),
            labels[a] == labels[b],
            np.full(len(a), len(rows) / max(len(a), 1)),
        )


def fit(acl: Sequence[Sample], others: Sequence[Sample]) -> dict[str, float]:
    """The weight of each signal, by a logistic regression with an intercept for each kind."""
    kinds = [*(0.0 for _ in acl), *(1.0 for _ in others)]
    samples = [*acl, *others]
    sums = [sum(float(one.counts.sum()) for one in kind) for kind in (acl, others)]
    scale = {0.0: 1 / sums[0], 1.0: _OTHERS / sums[1]}
    counts = np.concatenate(
        [one.counts * scale[kind] for one, kind in zip(samples, kinds, strict=True)]
    )
    intercepts = np.concatenate(
        [
            np.tile([1.0, kind], (len(one.counts), 1))
            for one, kind in zip(samples, kinds, strict=True)
        ]
    )
    design = np.hstack([np.concatenate([one.design for one in samples]), intercepts])
    signs = np.where(np.concatenate([one.is_one for one in samples]), 1.0, -1.0)
    ridge = np.full(design.shape[1], _RIDGE)
    ridge[-2:] = 0.0

    def loss(weights: Floats) -> tuple[float, Floats]:
        margins = signs * (design @ weights)
        slopes = -signs * counts / (1 + np.exp(np.clip(margins, -500, 500)))
        total = counts @ np.logaddexp(0, -margins) + weights @ (ridge * weights) / 2
        return float(total), design.T @ slopes + ridge * weights

    found = minimize(loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B")
    return dict(zip(evidence.WEIGHTS, (round(float(w), 2) for w in found.x), strict=False))


def score_of(people: LabelledPeople) -> Score:
    """Precision and recall over pairs of the people that the weights make."""
    person = {
        (row["paper_id"], row["position"]): row["author_id"]
        for rows in by_block(people.sketches)
        for row in resolve_block(rows, _MOST)
    }
    return score_people(person, people.labels).pairs


if __name__ == "__main__":
    main(Path(sys.argv[1]))
