"""Real feeds together: the ids of one are hidden, and others come again without theirs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from itertools import product
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from conf import Config
from pipelines.evaluate import Measure
from pipelines.evaluate.hiding import AGAIN, again, as_bibliography, hide_ids
from pipelines.evaluate.identity_sets import Feeds
from pipelines.evaluate.pairs import Score, score_pairs
from pipelines.evaluate.resolving import Resolution, records_of, resolve_all

PREPRINTS, SUBJECT = "arxiv-snapshot", "arxiv:cs.CL"  # what the meetings of the ACL are about
LISTED = ("acl", "hf-daily", "semantic-scholar")
PAGE = "hf-page"  # near-identical titles, no two of one work


def feeds(spark: SparkSession, folder: Path, config: Config) -> Iterator[Measure]:
    """What identity finds again of real feeds, and what it keeps apart.

    `… listed`: the papers of a feed once more as a bibliography lists them; a pair is such a paper
    and one of the feed itself. `… hidden`: preprints without their ids; a pair is such a preprint
    and a record of another feed, both of a known DOI.
    """
    everything = records_of(spark, _real(folder), config)
    is_preprint = F.col("feed") == PREPRINTS
    records = everything.where(~is_preprint | F.array_contains("categories", SUBJECT))
    inputs = records.where(~is_preprint).unionByName(hide_ids(records.where(is_preprint)))
    copies = as_bibliography(again(records.where(F.col("feed").isin(*LISTED))))
    resolution = resolve_all(inputs.unionByName(copies), config)
    by_record = {row["record_id"]: row for row in records.select(*_COLUMNS).collect()}
    for feed in LISTED:
        works = {r: row["native_id"] or r for r, row in by_record.items() if row["feed"] == feed}
        works |= {f"{r}{AGAIN}": work for r, work in works.items()}
        score = _across(resolution, works, {r for r in works if r.endswith(AGAIN)})
        yield from score.measures(f"{feed} listed")
    dois = {r: row["doi"] for r, row in by_record.items() if row["doi"]}
    preprints = {r for r, row in by_record.items() if row["feed"] == PREPRINTS}
    yield from _across(resolution, dois, preprints & dois.keys()).measures(f"{PREPRINTS} hidden")
    yield _apart(resolution, PREPRINTS, preprints)
    yield _apart(resolution, PAGE, {r for r, row in by_record.items() if row["feed"] == PAGE})


_COLUMNS = ("record_id", "feed", "native_id", "doi")


def _real(folder: Path) -> Feeds:
    """Feeds that tell of the same works; of the ACL its main meetings and journals."""
    return {
        "acl": ("acl", folder / "acl-anthology" / "[CDEJNPQ]*.xml"),
        "arxiv-api": ("arxiv-api", folder / "arxiv-atom"),
        "crossref": ("crossref", folder / "crossref"),
        "europepmc": ("europepmc", folder / "europepmc"),
        "hf-daily": ("hf-daily", folder / "hf-daily-papers"),
        "openalex": ("openalex", folder / "openalex"),
        "pubmed": ("pubmed", folder / "pubmed"),
        "semantic-scholar": ("semantic-scholar", folder / "semantic-scholar"),
        PAGE: (PAGE, folder / "hf-trending-page"),
        PREPRINTS: (PREPRINTS, folder / "arxiv-snapshot"),
    }


def _across(resolution: Resolution, works: Mapping[str, str], those: Set[str]) -> Score:
    """The score of the pairs of one of `those` and one of the others among the records of `works`.

    Args:
        works: record → what two records of one work have in common.
    """
    sides: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for record, work in works.items():
        sides[work][record in those].append(record)
    truth = (pair for both in sides.values() for pair in product(*both))
    papers = {record: resolution.papers[record] for record in works}
    return score_pairs(papers, truth, those.__contains__)


def _apart(resolution: Resolution, feed: str, records: Set[str]) -> Measure:
    """Papers a record, of records that are all different works."""
    papers = {resolution.papers[record] for record in records}
    return Measure(feed, "kept apart", round(len(papers) / len(records), 4), 1.0)
