"""How well people are told apart, on authorships whose people are known.

Sets go through the rules of runs, `LABELLED` with the feeds' ids hidden, `… names cut` with given
names cut to initials on every other paper. Blocks that the weights were fitted on are left out of
the latter (benchmarks/people.py). Beside each figure stand those of two simple rules: who has the
same full name is one person, and who has the same surname and first initial is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from conf import Config
from jobs.people.resolving import resolve_block
from jobs.session import build_session
from pipelines.evaluate import Measure
from pipelines.evaluate.authors_sets import (
    LABELS,
    Key,
    LabelledPeople,
    by_block,
    cut_given,
    draw,
    folder_of,
    labelled_people,
    relabelled,
)
from pipelines.evaluate.pairs import Score, count_pairs, ratio
from storage.home import home

AIM = 0.97  # of precision: two people taken for one cannot be told apart by a reader
FITTED = ("acl", "pubmed", "europepmc", "crossref")
"""Sets on which weights are fitted: all without labelled blocks, of the ACL half of the others."""
CUT = ("acl", "openalex")


def evaluate(data: Path, config: Config) -> Iterator[Measure]:
    """Precision, recall and F1 over pairs and over authorships (B³), of each set.

    Args:
        data: folder with `feeds/`; a feed that is not there is left out.
    """
    spark = build_session(config.session, home())
    for feed, scheme in LABELS.items():
        if not folder_of(feed, data / "feeds").is_dir():
            continue
        people = labelled_people(spark, feed, data / "feeds", config)
        yield from _figures(f"{feed}, {scheme} ids hidden", people, config)
        if feed in CUT:
            only = unfitted(people) if feed in FITTED else bool
            cut = relabelled(people.sketches, cut_given, only)
            yield from _figures(f"{feed}, names cut", cut, config)


def unfitted(people: LabelledPeople) -> Callable[[str], bool]:
    """Whether a block of the ACL has no ids and no weight was fitted on it."""
    labelled = people.blocks()
    return lambda block: block not in labelled and draw(block, 2) == 1


def _figures(name: str, people: LabelledPeople, config: Config) -> Iterator[Measure]:
    """The figures of one set; none where no two authorships have a label in common."""
    pairs = count_pairs(people.labels.values())
    if not pairs:
        return
    name = f"{name}: {pairs:,} pairs"
    person, full_name, block = {}, {}, {}
    for sketches in by_block(people.sketches):
        for row in resolve_block(sketches, config.authors.block_authorships):
            person[row["paper_id"], row["position"]] = row["author_id"]
        for row in sketches:
            key = row["paper_id"], row["position"]
            full_name[key] = f"{row['block']} {' '.join(row['given'])}"
            block[key] = row["block"]
    score = score_people(person, people.labels)
    yield Measure(name, "precision", round(score.pairs.precision, 4), AIM)
    yield Measure(name, "recall", round(score.pairs.recall, 4))
    for rule, people_by_rule in (
        ("", person),
        (", one full name", full_name),
        (", surname and initial", block),
    ):
        score = score_people(people_by_rule, people.labels)
        yield Measure(name, f"f1{rule}", round(score.pairs.f1, 4))
        yield Measure(name, f"B³ f1{rule}", round(score.b_cubed.f1, 4))


class PeopleScore(NamedTuple):
    """Scores over pairs of authorships, and over authorships (B³, Bagga and Baldwin 1998)."""

    pairs: Score
    b_cubed: Score


def score_people(person: Mapping[Key, str], labels: Mapping[Key, str]) -> PeopleScore:
    """How the people of the labelled authorships agree with their labels."""
    keys = [key for key in labels if key in person]
    both = Counter((person[key], labels[key]) for key in keys)
    made, true = Counter(person[key] for key in keys), Counter(labels[key] for key in keys)
    hits = count_pairs(both.elements())
    return PeopleScore(
        Score.of(
            ratio(hits, count_pairs(made.elements())), ratio(hits, count_pairs(true.elements()))
        ),
        Score.of(
            ratio(sum(n * n / made[who] for (who, _), n in both.items()), len(keys)),
            ratio(sum(n * n / true[label] for (_, label), n in both.items()), len(keys)),
        ),
    )
