"""Records as another feed would deliver them: without ids, or as a bibliography lists them."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.identity.scoring import SCHEMES

AGAIN = " again"  # behind record_id and feed of what is delivered once more
# The first letter of a first name that stands before the surname; `Oak, Ada` has none.
_FIRST_NAME = r"^(\p{L})[^\s,]*(?=\s)"


def hide_ids(records: DataFrame) -> DataFrame:
    """Records without any id, address or relation that another feed could know them by."""
    null = {name: F.lit(None).cast("string") for name in ("native_id", *SCHEMES, "url")}
    lists = ("other_ids", "relations")
    none = {name: F.array().cast(records.schema[name].dataType) for name in lists}
    return records.withColumns({**null, **none})


def again(records: DataFrame) -> DataFrame:
    """Records once more, from another feed that gives no ids."""
    return hide_ids(records).withColumns(
        {name: F.concat(name, F.lit(AGAIN)) for name in ("record_id", "feed")}
    )


def as_bibliography(records: DataFrame) -> DataFrame:
    """Records without abstract, with initials for first names, the year for the day, half in
    capital letters.
    """
    shouted = F.xxhash64("record_id") % 2 == 0
    initials = F.transform(
        "authors",
        lambda author: F.struct(
            F.regexp_replace(author["name"], _FIRST_NAME, "$1.").alias("name"),
            *(F.lit(None).cast("string").alias(name) for name in ("orcid", "affiliation")),
        ),
    )
    return records.withColumns(
        {
            "title": F.when(shouted, F.upper("title")).otherwise(F.col("title")),
            "abstract": F.lit(None).cast("string"),
            "authors": initials,
            "published_on": F.trunc("published_on", "year"),
        }
    )
