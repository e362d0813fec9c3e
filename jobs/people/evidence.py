"""What speaks for one person behind two authorships of one surname and first initial.

    block  key   given   co-authors             title          venue     affiliations    year
    fern a p1/1  ada     elm b, oak cid         silt of tides  estuaries harbour college 2001
    fern a p2/3  a       elm bea, oak cid       tides          estuaries                 2003
    fern a p3/1  alan    birch d                wool           looms                     2003

    p1/1 p2/3   initial -, co-authors ++, titles +, venue +, years    = 3.1: one person
    p1/1 p3/1   given names differ                                     = never

Evidence is added in log-odds, as Torvik and Smalheiser (2009) do for MEDLINE. What it is made of
follows Levin et al. (2012) and Subramanian et al. (2021, S2AND): names, co-authors, titles, venues,
affiliations, years. All counts are those of the block (of co-authors and words in a hot one those
of the part that is compared), so that its people follow from its own authorships alone, whatever
else a warehouse holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from jobs.text.names import may_agree

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# log-odds for one unit of each signal, from `python -m benchmarks.people` (docs/authors.md): a
# logistic regression with a ridge on pairs of authorships whose names were cut.
WEIGHTS: Mapping[str, float] = {
    "initials": -1.02,
    "initials, names of the block": -1.80,
    "letters": 0.05,
    "names of the block": -0.58,
    "middle": 2.30,
    "co-authors": 0.93,
    "co-authors in full": 1.29,
    "title": 5.41,
    "venue": 0.44,
    "affiliation": 3.15,
    "no coauthors": 0.67,
    "no venue": -0.44,
    "no affiliation": 1.72,
    "years": -0.77,
}
BIAS = -2.0
# A share of few authorships is drawn towards one in fifty, so that in a small block a co-author
# of all papers still tells.
_PRIOR, _OF = 1.0, 50.0
_FAR = 20.0  # years; further apart tells no more
_FIRST_LETTERS = 10  # of a given name; a longer one is no rarer


class Authorship(NamedTuple):
    """What an authorship is compared by; words and names are hashes.

    Attributes:
        given: given names as read. orcid: ORCID iD, "" of none. ids: by feeds, `scheme:id`.
        coauthors: surname and initial of the others. full_coauthors: those with a given name.
        year: of its paper; nan where nothing dates it. known: the person that it was, "" of none.
        apart: places (`paper_id place`) that a decision keeps it from.
    """

    paper_id: str
    position: int
    given: tuple[str, ...]
    orcid: str
    ids: frozenset[str]
    coauthors: Sequence[int]
    full_coauthors: Sequence[int]
    title: Sequence[int]
    venue: Sequence[int]
    affiliation: Sequence[int]
    year: float
    known: str = ""
    apart: frozenset[str] = frozenset()

    @property
    def place(self) -> str:
        """Its paper and place, as decisions name it."""
        return f"{self.paper_id} {self.position}"


class Pairs(NamedTuple):
    """All pairs of a block; each array is (n, n) and symmetric.

    Attributes:
        signals: each signal of every pair. scores: the log-odds that the two are one person.
        barred: which are two people whatever else they share.
    """

    signals: Mapping[str, Floats]
    scores: Floats
    barred: Flags

    @classmethod
    def of(cls, block: Sequence[Authorship], names: int) -> Pairs:
        """The pairs of a block, or of a part of one; `names` are the given names of the whole."""
        each = signals(block, names)
        scores = np.full((len(block), len(block)), BIAS)
        for name, values in each.items():
            scores += WEIGHTS[name] * values
        return cls(each, scores, barred(block))

    def explain(self, a: int, b: int) -> dict[str, float]:
        """What each signal adds to the log-odds of a pair; `before` is what stands before any."""
        weights = {name: WEIGHTS[name] * of[a, b] for name, of in self.signals.items()}
        return {
            "before": BIAS,
            **{name: round(float(weight), 2) for name, weight in weights.items() if weight},
        }


def given_names(block: Sequence[Authorship]) -> int:
    """How many first given names a block has, initials left out; at least 1."""
    firsts = {authorship.given[0] for authorship in block if authorship.given}
    return max(sum(len(first) > 1 for first in firsts), 1)


def signals(block: Sequence[Authorship], names: int) -> dict[str, Floats]:
    """Each signal of all pairs of a block, (n, n) symmetric; `names` as for `Pairs.of`."""
    known = {
        "co-authors": np.log1p(_shared([a.coauthors for a in block])),
        "co-authors in full": np.log1p(_shared([a.full_coauthors for a in block])),
        "title": _cosine([a.title for a in block]),
        "venue": np.log1p(_shared([a.venue for a in block])),
        "affiliation": _cosine([a.affiliation for a in block]),
    }
    return {**_names(block, names), **known, **_lacking(block), "years": _years(block)}


def barred(block: Sequence[Authorship]) -> Flags:
    """The pairs that are two people whatever else they share, (n, n) symmetric.

    Given names differ, ORCID iDs differ, both are on one paper, or a person has decided so.
    """
    names = sorted({a.given for a in block})
    place = {given: at for at, given in enumerate(names)}
    differ = np.array([[not may_agree(one, other) for other in names] for one in names], bool)
    at = np.array([place[a.given] for a in block])
    papers = np.array([a.paper_id for a in block])
    orcids = np.array([a.orcid for a in block])
    has = orcids != ""
    two_orcids = has[:, None] & has[None, :] & (orcids[:, None] != orcids[None, :])
    one_paper = papers[:, None] == papers[None, :]
    apart: Flags = differ[np.ix_(at, at)] | two_orcids | one_paper
    for row, authorship in enumerate(block):
        for column, other in enumerate(block if authorship.apart else ()):
            apart[row, column] |= other.place in authorship.apart
    np.fill_diagonal(apart, False)
    return apart


def _names(block: Sequence[Authorship], names: int) -> dict[str, Floats]:
    """What the names say: how much they leave open, and how many may bear them."""
    firsts = [a.given[0] if a.given else "" for a in block]
    full = np.array([len(first) > 1 for first in firsts])
    both = full[:, None] & full[None, :]
    letters = np.minimum([len(first) for first in firsts], _FIRST_LETTERS)
    others = np.log(names)
    middle = [a.given[1][0] if len(a.given) > 1 else "" for a in block]
    known = np.array([bool(letter) for letter in middle])
    same = np.array(middle)[:, None] == np.array(middle)[None, :]
    return {
        "initials": 1.0 - both,
        "initials, names of the block": others * (1.0 - both),
        "letters": np.minimum(letters[:, None], letters[None, :]) * both,
        "names of the block": others * both,
        "middle": (same & known[:, None] & known[None, :]).astype(float),
    }


def _lacking(block: Sequence[Authorship]) -> dict[str, Floats]:
    """Pairs of which one has no co-author, venue or affiliation: nothing shared says less there."""
    lacking = {}
    for what in ("coauthors", "venue", "affiliation"):
        has = np.array([len(getattr(a, what)) > 0 for a in block])
        lacking[f"no {what}"] = (~(has[:, None] & has[None, :])).astype(float)
    return lacking


def _years(block: Sequence[Authorship]) -> Floats:
    """Years between the papers, in decades, at most two; 0 where a year is not known."""
    year = np.array([a.year for a in block])
    apart = np.minimum(np.abs(year[:, None] - year[None, :]), _FAR)
    return np.asarray(np.nan_to_num(apart) / 10, np.float64)


def _weighted(sets: Sequence[Sequence[int]]) -> sparse.csr_matrix:
    """A row a set, a column an element: the root of how much it tells, rare ones more."""
    elements = list(chain.from_iterable(sets))
    names, columns = np.unique(np.array(elements, np.int64), return_inverse=True)
    counts = np.bincount(columns, minlength=len(names))
    tells = np.log((len(sets) + _OF) / (counts + _PRIOR))
    rows = np.repeat(np.arange(len(sets)), [len(each) for each in sets])
    return sparse.csr_matrix(
        (np.sqrt(tells[columns]), (rows, columns)), shape=(len(sets), max(len(names), 1))
    )


def _shared(sets: Sequence[Sequence[int]]) -> Floats:
    """The sum over the shared elements of -log of the share of the block that has them."""
    of = _weighted(sets)
    return np.asarray((of @ of.T).toarray(), np.float64)


def _cosine(sets: Sequence[Sequence[int]]) -> Floats:
    """The cosine of sets whose elements weigh as in `_shared`; 0 of an empty one."""
    dots = _shared(sets)
    norms = np.sqrt(np.maximum(np.diag(dots), 1e-9))
    return np.asarray(dots / (norms[:, None] * norms[None, :]), np.float64)
