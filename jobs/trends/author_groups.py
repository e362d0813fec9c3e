"""Groups of authors that a person names, each a slice of trends of its own: `group=NAME`.

A CSV with the columns group and author; an author alone is a group of one:

    group,author
    Tidal Lab,0000-0002-1825-0097         an ORCID iD
    Tidal Lab,openalex:A5023888391        an id by a feed
    Ada Fern,a0123456789abcdef0123        an author_id of silver.authors
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.feeds.tools.authorships import AUTHOR_SCHEMES, named_id
from jobs.people.erased import AUTHOR_ID
from jobs.text.csv_rows import csv_rows

MOST_GROUPS = 100
"""Each has denominators and tests of every topic in every period, as a large country has."""
_COLUMNS = ["group", "author"]
_LONGEST = 100  # characters of a name: what a list to choose from can show

Members = frozenset[tuple[str, str]]
"""Group and author: `orcid:…`, `scheme:id` or an author_id."""


class GroupsError(ValueError):
    """A line that names no group or no author, or too many groups."""


def author_groups(text: str) -> Members:
    """The groups of a file; none of an empty one.

    Raises:
        GroupsError: a line names no group or no author, or there are too many groups.
    """
    members = set()
    for line, (group, written) in csv_rows(text, _COLUMNS, GroupsError):
        author = written if AUTHOR_ID.fullmatch(written) else named_id(written)
        if not group or len(group) > _LONGEST:
            raise GroupsError(f"line {line}: a group has a name of 1 to {_LONGEST} characters")
        if author is None:
            raise GroupsError(
                f"line {line}: {written or 'nothing'} is no author: write an ORCID iD, an id by a "
                f"feed as scheme:id ({', '.join(AUTHOR_SCHEMES)}), or an author_id"
            )
        members.add((group, author))
    if (number := len({group for group, _ in members})) > MOST_GROUPS:
        raise GroupsError(f"{number} groups are more than {MOST_GROUPS}")
    return frozenset(members)


def with_groups(
    papers: DataFrame, authorships: DataFrame, links: DataFrame, members: Members
) -> DataFrame:
    """Papers with `groups`, those that any of their authors is in; as they are without members.

    An id stands for the person that silver.authors has with it, with all papers.

    Args:
        papers: silver.papers. authorships: silver.authorships. links: silver.author_links.
    """
    if not members:
        return papers
    wanted = papers.sparkSession.createDataFrame(sorted(members), "group string, own string")
    persons = links.select("paper_id", "position", "author_id")
    ids = F.concat(
        F.array_compact(F.array(F.concat(F.lit("orcid:"), "orcid"), "author_id")),
        F.coalesce(
            F.transform("author_ids", lambda of: F.concat_ws(":", of["scheme"], of["id"])),
            F.array().cast("array<string>"),
        ),
    )
    named = (
        authorships.join(persons, on=["paper_id", "position"], how="left")
        .select("paper_id", "author_id", F.explode(ids).alias("own"))
        .join(F.broadcast(wanted), on="own", how="inner")  # a file's lines
    )
    people = named.where("author_id is not null").select("author_id", "group").distinct()
    theirs = persons.join(F.broadcast(people), on="author_id", how="inner")
    of_paper = (
        named.select("paper_id", "group")
        .union(theirs.select("paper_id", "group"))
        .groupBy("paper_id")
        .agg(F.array_sort(F.collect_set("group")).alias("groups"))
    )
    return papers.join(of_paper, on="paper_id", how="left")
