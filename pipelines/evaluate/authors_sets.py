"""Authorships of real feeds with labels: ids that feeds give, or names that are cut for the test.

A label says who it is; nothing of it is left in what is compared. Where feeds give ids (the ACL
Anthology where names are shared, OpenAlex) or ORCID iDs, these are the labels, and hidden. Else
given names are cut to the initial on every other paper, as many feeds deliver them, and the full
name is the label.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from conf import Config
from jobs.papers import papers
from jobs.people.authorships import authorships
from jobs.people.ror import NO_LIST
from jobs.people.sketches import sketch_paper
from jobs.tables.silver import AFFILIATIONS
from pipelines.evaluate.resolving import records_of

Row = dict[str, Any]
Key = tuple[str, int]

LABELS = {
    "openalex": "openalex",
    "semantic-scholar": "s2",
    "dblp": "dblp",
    "crossref": "orcid",
    "pubmed": "orcid",
    "europepmc": "orcid",
    "acl": "acl",
}
"""Format → what labels its authors."""
_FOLDERS = {"acl": "acl-anthology"}


class LabelledPeople(NamedTuple):
    """Authorships of a feed.

    Attributes:
        sketches: what each is compared by, without ids. labels: who it is, by paper and place.
    """

    sketches: list[Row]
    labels: dict[Key, str]

    def blocks(self) -> set[str]:
        """The blocks that hold a labelled authorship."""
        keys = self.labels.keys()
        return {row["block"] for row in self.sketches if (row["paper_id"], row["position"]) in keys}


def folder_of(feed: str, feeds: Path) -> Path:
    """The folder of a feed."""
    return feeds / _FOLDERS.get(feed, feed)


def labelled_people(spark: SparkSession, feed: str, feeds: Path, config: Config) -> LabelledPeople:
    """The authorships of a feed; what it delivers under one id of its own is one paper."""
    records = records_of(spark, {feed: (feed, folder_of(feed, feeds))}, config)
    own_id = F.coalesce("native_id", "record_id")
    identity = records.select("record_id", own_id.alias("paper_id"))
    made = papers(records, identity, config.papers).localCheckpoint()
    unmatched = spark.createDataFrame([], AFFILIATIONS.schema())
    rows = authorships(records, identity, made, unmatched, NO_LIST).drop("record_id").collect()
    about = {
        row["paper_id"]: row.asDict()
        for row in made.select("paper_id", "title", "venue", "year").collect()
    }
    return _hide(map(_as_dict, rows), about, LABELS[feed])


def _as_dict(row: Any) -> Row:
    return dict(row.asDict(recursive=True))


def _hide(rows: Iterable[Row], about: Mapping[str, Row], scheme: str) -> LabelledPeople:
    lists: dict[str, list[Row]] = defaultdict(list)
    labels: dict[Key, str] = {}
    for row in sorted(rows, key=lambda row: (row["paper_id"], row["position"])):
        ids = {one["scheme"]: one["id"] for one in row["author_ids"] or ()}
        label = row["orcid"] if scheme == "orcid" else ids.get(scheme)
        if label:
            labels[row["paper_id"], row["position"]] = label
        lists[row["paper_id"]].append({**row, "orcid": None, "author_ids": []})
    sketches = [
        {**row, "known": None}
        for paper_id, authors in lists.items()
        for row in sketch_paper({**about[paper_id], "authors": authors, "digest": 0})
    ]
    return LabelledPeople(sketches, labels)


Renamed = tuple[str, list[str]]
"""Block and given names that an authorship gets."""


def relabelled(
    sketches: Iterable[Row], rename: Callable[[Row], Renamed], only: Callable[[str], bool]
) -> LabelledPeople:
    """Authorships with a full given name under other names, with their own names as labels.

    Args:
        only: whether a block counts.
    """
    rows, labels = [], {}
    for row in sketches:
        if row["given"] and len(row["given"][0]) > 1 and only(row["block"]):
            block, given = rename(row)
            family = row["block"].rpartition(" ")[0]
            rows.append({**row, "block": block, "given": given})
            labels[row["paper_id"], row["position"]] = f"{family}, {row['given'][0]}"
    return LabelledPeople(rows, labels)


def cut_given(row: Row) -> Renamed:
    """The first given name as an initial, on every other paper."""
    is_cut = draw(row["paper_id"], 2) == 0
    return row["block"], [row["given"][0][0]] if is_cut else row["given"]


def cut_surname(letters: int) -> Callable[[Row], Renamed]:
    """The surname cut to its first letters: people of several surnames become namesakes."""

    def rename(row: Row) -> Renamed:
        family, _, initial = row["block"].rpartition(" ")
        return f"{family[:letters]} {initial}", row["given"]

    return rename


def draw(text: str, of: int) -> int:
    """A number from 0 to `of` - 1 that only the text decides."""
    return int.from_bytes(blake2b(text.encode(), digest_size=4).digest(), "big") % of


def by_block(sketches: Iterable[Row]) -> Iterator[list[Row]]:
    """The sketches of each block, in order."""
    blocks: dict[str, list[Row]] = defaultdict(list)
    for row in sketches:
        blocks[row["block"]].append(row)
    for block in sorted(blocks):
        yield sorted(blocks[block], key=lambda row: (row["paper_id"], row["position"]))
