"""Authorships: the authors of every paper, each with what any of its records says of them."""

from __future__ import annotations

import unicodedata

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.papers import last_first
from jobs.people.ror import RorList, read_list, rors_of
from jobs.tables.silver import AUTHORSHIPS_TYPE, IDS_TYPE, INSTITUTIONS_TYPE

_INITIALS_LAST = r"^(.+?) (\p{Lu}{1,3})$"  # "Fern AB", as indexes of medicine write it
_KEY = ["paper_id", "position"]
_NO_LETTERS = r"[^\p{L}\p{N}]+"


BY_ID, BY_AFFILIATION = "id", "affiliation"
"""How the institutions of an author are known."""


def _plain_letters() -> tuple[str, str]:
    """The Latin letters with marks, and what each is without them."""
    letters = {
        chr(code): base
        for code in range(0xC0, 0x250)
        if (base := unicodedata.normalize("NFKD", chr(code))[0]).isascii() and base.islower()
    }
    return "".join(letters), "".join(letters.values())


_MARKED, _UNMARKED = _plain_letters()
_HAS_IDS = "size(institution_ids) > 0"


def authorships(
    records: DataFrame,
    identity: DataFrame,
    papers: DataFrame,
    affiliations: DataFrame,
    ror: RorList,
) -> DataFrame:
    """One row of silver.authorships a paper and author.

    The authors are those of silver.papers. What their record does not say of an author is taken
    from the paper's other records, by the day shown, then by record_id; of those that one feed
    delivered under one id of its own from the last. They count where their list is as long and
    their author in the same place has the same family name and first initial. Of ids of the
    author all are kept; of all else the first that is there. Of an author without ids of
    institutions these are what the affiliations were matched to, with their countries where the
    author has none.

    Args:
        records: silver.records. identity: silver.identity. papers: silver.papers.
        affiliations: silver.affiliations. ror: the list that knows ids of other schemes.
    """
    own = papers.where("size(authors) > 0").select(
        "paper_id", F.col("sources")["authors"].alias("record_id"), "authors"
    )
    detailed = records.where(
        "authorships is not null or "
        "exists(authors, a -> a.orcid is not null or a.affiliation is not null)"
    )
    if detailed.isEmpty():  # as of feeds of names alone; to plan what follows takes seconds
        nothing = F.lit(None).cast(AUTHORSHIPS_TYPE)
        lists = own.withColumn("lists", F.array(F.struct("authors", nothing.alias("authorships"))))
    else:
        lists = _lists_of(records, identity, own)
    places = F.sequence(F.lit(0), F.size(F.col("lists")[0]["authors"]) - 1)
    by_place = F.transform(places, lambda at: F.transform("lists", lambda one: _entry(one, at)))
    rows = lists.select("paper_id", "record_id", F.posexplode(by_place).alias("place", "entries"))
    given = _columns(rows)
    matched = affiliations.where("institution_id is not null")
    rors = _rors(records, ror)
    if not rors and matched.isEmpty():
        return given.withColumn("institutions_by", F.when(F.expr(_HAS_IDS), F.lit(BY_ID)))
    return _with_rors(given.localCheckpoint(), matched, rors)


def _rors(records: DataFrame, ror: RorList) -> list[tuple[str, str, str]]:
    """Rows (scheme, id, ror) of the ids of institutions that are another one in ROR's list."""
    if not ror.file:
        return []
    each = records.select(F.explode("authorships").alias("author")).select(
        F.explode("author.institutions").alias("own")
    )
    ids = {(row["scheme"], row["id"]) for row in each.select("own.*").distinct().collect()}
    found = rors_of(read_list(ror), ids) if ids else {}
    return sorted((*pair, own) for pair, own in found.items())


def _with_rors(given: DataFrame, matched: DataFrame, rors: list[tuple[str, str, str]]) -> DataFrame:
    """Rows with ROR's ids: for those that feeds give, else for the affiliations."""
    mapping = given.sparkSession.createDataFrame(rors, "scheme string, id string, ror string")
    named = (
        given.where(_HAS_IDS)
        .select(*_KEY, F.posexplode("institution_ids").alias("at", "own"))
        .select(*_KEY, "at", F.lit(0).alias("place"), "own.*")
        .join(F.broadcast(mapping), on=["scheme", "id"], how="left")
        .withColumn("scheme", F.when(F.isnull("ror"), F.col("scheme")).otherwise(F.lit("ror")))
        .withColumn("id", F.coalesce("ror", "id"))
        .withColumn("country", F.lit(None).cast("string"))
    )
    texts = given.where(f"not {_HAS_IDS}").select(
        *_KEY, F.posexplode("affiliations").alias("at", "affiliation")
    )
    found = texts.join(matched, on="affiliation", how="inner").select(
        *_KEY, "at", "place", F.lit("ror").alias("scheme"),
        F.col("institution_id").alias("id"), "country",
    )  # fmt: skip
    rows = named.select(found.columns).unionByName(found)
    each = F.array_sort(F.collect_list(F.struct("at", "place", "scheme", "id")))
    lists = rows.groupBy(*_KEY).agg(
        F.array_distinct(F.transform(each, lambda one: F.struct(one["scheme"], one["id"]))).alias(
            "rors"
        ),
        F.array_sort(F.collect_set("country")).alias("places"),
    )
    by = F.when(F.expr(_HAS_IDS), F.lit(BY_ID)).when(F.isnotnull("rors"), F.lit(BY_AFFILIATION))
    return (
        given.join(lists, on=_KEY, how="left")
        .withColumn("institutions_by", by)
        .withColumn("institution_ids", F.coalesce("rors", "institution_ids"))
        .withColumn(
            "countries",
            F.when((F.size("countries") == 0) & F.isnotnull("places"), F.col("places")).otherwise(
                F.col("countries")
            ),
        )
        .drop("rors", "places")
    )


def _lists_of(records: DataFrame, identity: DataFrame, own: DataFrame) -> DataFrame:
    """Rows (paper_id, record_id, lists): lists as long as the paper's own, which comes first."""
    lists = (
        records.where("size(authors) > 0 and not withdrawn_as <=> 'deleted'")
        .select(
            "record_id", "feed", "native_id", "shown_on", "modified_at", "authors", "authorships"
        )
        .join(identity.select("record_id", "paper_id"), on="record_id", how="inner")
        .repartition("paper_id")  # once, for the window, the groups and the join
        .withColumn("is_last", F.row_number().over(last_first()) == 1)
        .where("is_last")
        .groupBy("paper_id")
        .agg(
            F.array_sort(
                F.collect_list(F.struct("shown_on", F.col("record_id").alias("record"),
                                        "authors", "authorships"))
            ).alias("lists")
        )
    )  # fmt: skip
    is_own = "one.record = record_id"
    as_long = f"not {is_own} and size(one.authors) = size(authors)"
    return own.join(lists, on="paper_id", how="inner").select(
        "paper_id",
        "record_id",
        F.expr(f"concat(filter(lists, one -> {is_own}), filter(lists, one -> {as_long}))").alias(
            "lists"
        ),
    )


def _entry(one: Column, at: Column) -> Column:
    """What a record says of the author in one place, and, if there are several, their likeness."""
    author, details = F.get(one["authors"], at), F.get(one["authorships"], at)
    return F.struct(
        author["name"].alias("name"),
        author["orcid"].alias("orcid"),
        author["affiliation"].alias("affiliation"),
        details.alias("details"),
        F.when(F.size("lists") > 1, _likeness(author["name"], details)).alias("likeness"),
    )


def _likeness(name: Column, details: Column) -> Column:
    """The last word of the family name and the first initial, without marks of letters."""

    def part(group: int) -> Column:
        return F.regexp_extract(name, _INITIALS_LAST, group)

    has_initials_last = name.rlike(_INITIALS_LAST)
    family = F.coalesce(details["family"], F.when(has_initials_last, part(1)), name)
    given = F.coalesce(details["given"], F.when(has_initials_last, part(2)), name)
    words = F.split(_folded(family), " ")
    return F.concat_ws(" ", F.element_at(words, -1), F.substring(_folded(given), 1, 1))


def _folded(text: Column) -> Column:
    plain = F.translate(F.lower(text), _MARKED, _UNMARKED)
    return F.trim(F.regexp_replace(plain, _NO_LETTERS, " "))


def _columns(rows: DataFrame) -> DataFrame:
    """Columns of silver.authorships: of each the first that an entry of the author has."""
    same = rows.withColumn(
        "same", F.expr("filter(entries, e -> e.likeness <=> entries[0].likeness)")
    )
    affiliations = F.coalesce(
        _first_list("affiliations"),
        F.array(_first("affiliation")),  # of records that were read before they were kept apart
    )
    ids = F.flatten(F.transform("same", lambda one: _or_empty(one["details"]["ids"], IDS_TYPE)))
    institutions = _or_empty(_first_list("institutions"), INSTITUTIONS_TYPE)
    return same.select(
        "paper_id",
        (F.col("place") + 1).alias("position"),
        F.col("entries")[0]["name"].alias("name"),
        _first("details.given", where="details.family").alias("given"),
        _first("details.family").alias("family"),
        _first("orcid").alias("orcid"),
        F.array_distinct(ids).alias("author_ids"),
        F.filter(affiliations, F.isnotnull).alias("affiliations"),
        F.transform(institutions, lambda one: F.struct(one["scheme"], one["id"])).alias(
            "institution_ids"
        ),
        _or_empty(_first_list("countries"), "array<string>").alias("countries"),
        _first("details.is_corresponding").alias("is_corresponding"),
        "record_id",
    )


def _first(path: str, where: str | None = None) -> Column:
    """What the first entry has under `path`, of those that have something under `where`."""
    return F.expr(f"get(filter(same, e -> e.{where or path} is not null), 0).{path}")


def _first_list(name: str) -> Column:
    """The first list of that name that is not empty."""
    return F.expr(f"get(filter(same, e -> size(e.details.{name}) > 0), 0).details.{name}")


def _or_empty(values: Column, kind: str) -> Column:
    return F.coalesce(values, F.array().cast(kind))
