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
from pipelines.evaluate.hiding import AGAIN, again, hidden, listed
from pipelines.evaluate.identity_sets import Feeds
from pipelines.evaluate.pairs import Score, scored
from pipelines.evaluate.resolving import Found, records_of, resolved

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
    shown = records.where(~is_preprint).unionByName(hidden(records.where(is_preprint)))
    copies = listed(again(records.where(F.col("feed").isin(*LISTED))))
    found = resolved(shown.unionByName(copies), config)
    told = {row["record_id"]: row for row in records.select(*_TOLD).collect()}
    for feed in LISTED:
        works = {r: row["native_id"] or r for r, row in told.items() if row["feed"] == feed}
        works |= {f"{r}{AGAIN}": work for r, work in works.items()}
        score = _across(found, works, {r for r in works if r.endswith(AGAIN)})
        yield from score.measures(f"{feed} listed")
    dois = {r: row["doi"] for r, row in told.items() if row["doi"]}
    preprints = {r for r, row in told.items() if row["feed"] == PREPRINTS}
    yield from _across(found, dois, preprints & dois.keys()).measures(f"{PREPRINTS} hidden")
    yield _kept_apart(found, PREPRINTS, preprints)
    yield _kept_apart(found, PAGE, {r for r, row in told.items() if row["feed"] == PAGE})


_TOLD = ("record_id", "feed", "native_id", "doi")


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


def _across(found: Found, works: Mapping[str, str], those: Set[str]) -> Score:
    """The score of the pairs of one of `those` and one of the others among the records of `works`.

    Args:
        works: record → what two records of one work have in common.
    """
    sides: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for record, work in works.items():
        sides[work][record in those].append(record)
    truth = (pair for both in sides.values() for pair in product(*both))
    papers = {record: found.papers[record] for record in works}
    return scored(papers, truth, those.__contains__)


def _kept_apart(found: Found, feed: str, records: Set[str]) -> Measure:
    """Papers a record, of records that are all different works."""
    papers = {found.papers[record] for record in records}
    return Measure(feed, "kept apart", round(len(papers) / len(records), 4), 1.0)
