"""Affiliations whose one institution a feed tells by its ROR id, and a list made of the feed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from conf import Config
from jobs.people.ror import ACTIVE, LABEL, ORGANIZATIONS
from jobs.session import build_session
from pipelines.evaluate.resolving import records_of
from storage.home import home

FEED = "openalex"


class Labelled(NamedTuple):
    """Affiliation → ROR id, and an extract of ROR's list: all institutions that the feed names."""

    labels: Mapping[str, str]
    extract: pa.Table


def labelled_affiliations(feeds: Path, config: Config) -> Labelled:
    """The labels of the feed; without its folder none."""
    if not (feeds / FEED).is_dir():
        return Labelled({}, ORGANIZATIONS.empty_table())
    spark = build_session(config.session, home())
    records = records_of(spark, {FEED: (FEED, feeds / FEED)}, config)
    rows = records.where("authorships is not null").select("authorships").collect()
    authors = [author.asDict(recursive=True) for row in rows for author in row["authorships"]]
    return Labelled(labels_of(authors), extract_of(authors))


def labels_of(authors: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Affiliations that are an author's only one, always with one and the same ROR id."""
    told: dict[str, set[str | None]] = defaultdict(set)
    for author in authors:
        if len(author["affiliations"] or ()) == 1:
            (text,) = author["affiliations"]
            ids = [own["id"] if own["scheme"] == "ror" else None for own in author["institutions"]]
            told[text] |= {ids[0] if len(ids) == 1 else None}
    return {text: own for text, (own, *more) in sorted(told.items()) if own and not more}


def extract_of(authors: Iterable[Mapping[str, Any]]) -> pa.Table:
    """A list as ROR's of the institutions that authors have, with their names and countries."""
    names: dict[str, set[str]] = defaultdict(set)
    countries: dict[str, set[str]] = defaultdict(set)
    for author in authors:
        for own in author["institutions"]:
            if own["scheme"] == "ror" and own["name"]:
                names[own["id"]].add(own["name"])
                countries[own["id"]] |= {own["country"]} - {None}
    rows = [
        {
            "id": own,
            "status": ACTIVE,
            "name": min(values),
            "names": [{"value": value, "kind": LABEL} for value in sorted(values)],
            "countries": sorted(countries[own]),
            **{field: [] for field in ("cities", "parents", "successors", "ids")},
        }
        for own, values in sorted(names.items())
    ]
    return pa.Table.from_pylist(rows, schema=ORGANIZATIONS)


def with_namesakes(table: pa.Table) -> pa.Table:
    """A list in which each organization has a namesake in the country of the next one in order."""
    rows = table.to_pylist()
    countries = sorted({code for row in rows for code in row["countries"]})
    following = dict(zip(countries, [*countries[1:], *countries[:1]], strict=True))
    namesakes = [
        {
            **row,
            "id": f"namesake of {row['id']}",
            "countries": [following[code] for code in row["countries"]],
        }
        for row in rows
    ]
    return pa.Table.from_pylist([*rows, *namesakes], schema=table.schema)
