"""How well affiliations are matched to institutions, on those whose institution a feed tells.

Labels are the ROR ids that feeds give (OpenAlex), hidden from the matching. The list is ROR's own
where there is one, and an extract made of the feeds' own institutions: it has few namesakes and few
other names, so that with it precision looks better than with the whole list, and recall worse. In a
second extract each institution has a namesake in another country.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from conf import Config
from jobs.people.institution_decisions import Decisions
from jobs.people.matching import Organizations, match, organizations
from jobs.people.ror import read_list, standing
from pipelines.evaluate import Measure
from pipelines.evaluate.institutions.labelled import (
    Labelled,
    labelled_affiliations,
    with_namesakes,
)
from pipelines.evaluate.pairs import ratio
from storage.home import home
from storage.ror import about, ror_list

AIM = 0.95  # of precision: a wrong institution is harder to find than one that is missing


class Found(NamedTuple):
    """Institutions found, those of them that are right, and affiliations that have any."""

    found: int
    right: int
    affiliations: int


def evaluate(data: Path, config: Config) -> Iterator[Measure]:
    """Precision and recall over affiliations that carry exactly one ROR id.

    Args:
        data: folder with `feeds/`; a feed that is not there is left out.
    """
    labelled = labelled_affiliations(data / "feeds", config)
    size = f"{labelled.extract.num_rows:,}"
    lists = {
        f"an extract of {size} organizations": labelled.extract,
        f"{size} organizations, each with a namesake abroad": with_namesakes(labelled.extract),
    }
    ror = ror_list(config.institutions, home())
    if ror.file:
        told = about(Path(ror.file))
        lists[f"ROR {told.version or told.digest[:8]}, {told.rows:,} organizations"] = read_list(
            ror
        )
    for name, table in lists.items():
        yield from _figures(name, table, labelled)


def _figures(name: str, table: pa.Table, labelled: Labelled) -> Iterator[Measure]:
    """The figures with one list; none where nothing is labelled."""
    if not labelled.labels:
        return
    now = standing(table.select(["id", "status", "successors"]).to_pylist())
    labels = {text: now.get(own) or own for text, own in labelled.labels.items()}
    score = count(labels, organizations(table), {})
    name = f"openalex, ids hidden; {name}: {len(labels):,} affiliations"
    yield Measure(name, "precision", round(ratio(score.right, score.found), 4), AIM)
    yield Measure(name, "recall", round(ratio(score.right, len(labels)), 4))
    yield Measure(name, "matched", round(ratio(score.affiliations, len(labels)), 4))


def count(labels: Mapping[str, str], known: Organizations, decided: Decisions) -> Found:
    """What is found in labelled affiliations; every other institution found counts as wrong."""
    found = right = matched = 0
    for text, label in labels.items():
        ids = {one.institution_id for one in match(text, known, decided)} - {None}
        found += len(ids)
        right += label in ids
        matched += bool(ids)
    return Found(found, right, matched)
