"""Entities: the names that papers introduce and use, what kind of thing each is, and their trends.

The list of entities is mined from the papers' own texts: a name is one where a paper introduces it,
or enough papers use it, and the words around it say of what kind it is. The kind is voted on by all
papers (after the bootstrapping of Riloff and Jones 1999, in one round).
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.entities.contexts import INTRODUCES, MENTIONS, ON_IT, USES
from jobs.entities.names import LOWER, TITLE
from jobs.entities.words import KINDS, OTHER
from jobs.params import TrendsSettings
from jobs.text.phrases import names_of
from jobs.trends.totals import known_papers
from jobs.trends.trends import entity_trends

_INTRODUCER = 3  # votes of a paper on the kind of what it introduces: it says what that is
_AGREE = 0.5  # of the votes on a kind that must agree: below, the name is of two things or none
# Of papers with a name, the share that may have it in the plural or spelled out in lower case: one
# in ten is more than slips, and then it names a class of things ("GANs") or a notion ("RL").
_SLIPS = 0.1
_TWICE = 2  # papers or places: one alone is a slip
_FEWEST_KIND = 2  # votes on the kind of what no paper introduces: one may be misread
_SAID_KIND = 0.1  # of the papers with a name, those that say its kind: of "CUDA cores" few do
# What has capitals alone and no paper introduces is held to more: "Gemini" is, "German" is not.
_CAPITAL_KIND = 3
_CAPITAL_SAID = 0.25
_CAPITAL_AGREE = 0.7
_CAPITAL_COMMON = 0.05  # of its papers that write it in lower case too: "Vision", "Reasoning"
_MARKED = 0.5  # of the papers with a name that must mark it by a capital or digit within
# A last part of names ("Bench", "Net") votes as one more paper where as many names end so, and so
# many of these are of one kind.
_FEWEST_ENDS, _ENDS_AGREE = 5, 0.8
_NUMBER_BEHIND = r"[-\s]*(?:v?\d[\d.]*[BMKbk]?|[-\s])*$"
_LAST_PART = r"(?:[A-Z]+|[A-Z]?[a-z]+)$"
_SIZED = r"(?i)(?:^|[\s-])(?:\d+x)?\d+(?:\.\d+)?[bmk](?=[\s-]|$)|[\s-](?:instruct|chat|base)$"
_VARIANTS = 20  # spellings kept of a name, the commonest: the rest are slips


class Entities(NamedTuple):
    """Rows of gold.entities, gold.entity_papers and gold.entity_trends."""

    entities: DataFrame
    papers: DataFrame
    trends: DataFrame


def entities(
    papers: DataFrame,
    phrases: DataFrame,
    totals: DataFrame,
    settings: TrendsSettings,
    as_of: date,
) -> Entities:
    """The entities of the papers shown and dated by `as_of`, their papers, and their shares.

    A name is an entity where the votes on its kind agree, it is no class and no notion
    (`_is_named`), and a paper introduces it or `settings.min_term_papers` papers use it. A paper
    introduces, uses or mentions an entity. Shares are of the papers that introduce or use it, for
    what so many use: to be mentioned is not to be used.

    Args:
        papers: silver.papers. phrases: silver.phrases. totals: gold.period_totals.
    """
    known = known_papers(papers, as_of)
    dated = known.select("paper_id", "dated_on", "date_basis")
    having = names_of(phrases).join(dated, on="paper_id", how="inner").persist()
    listed = _listed(_counted(having), settings).localCheckpoint()
    rows = _papers(having, listed).persist()
    of_entities = _entities(listed, rows).localCheckpoint()
    many = of_entities.where(
        F.col("papers_introducing") + F.col("papers_using") >= settings.min_term_papers
    )
    counted = rows.where(F.col("role") != MENTIONS).join(
        F.broadcast(many.select("entity_id")), on="entity_id", how="left_semi"
    )
    return Entities(
        of_entities,
        rows.drop("dated_on", "date_basis"),
        entity_trends(papers, counted, totals, settings, as_of),
    )


def _counted(having: DataFrame) -> DataFrame:
    """What all papers say of each name: a row a key; its commonest of `spellings` is the first."""
    counts = {
        "papers": F.lit(True),
        "marked": F.col("is_marked"),
        "common": F.col("is_common"),
        "introducing": F.col("role") == INTRODUCES,
        "using": F.col("role").isin(USES, ON_IT),
        "plural": F.col("plurals") > 0,
        "lower": F.col("spelled") == LOWER,
        "title": F.col("spelled") == TITLE,
        "saying": F.col("kind") != "",
    }
    weight = F.when(F.col("role") == INTRODUCES, _INTRODUCER).otherwise(1)
    votes = {f"as_{kind}": F.when(F.col("kind") == kind, weight) for kind in (*KINDS, OTHER)}
    columns = [*counts, *votes]
    spelled = having.groupBy("key", "name").agg(
        *(F.count_if(column).alias(name) for name, column in counts.items()),
        *(F.coalesce(F.sum(column), F.lit(0)).alias(name) for name, column in votes.items()),
    )
    # What is named is the model, not one size of it, if any paper names it so.
    is_sized = F.col("name").rlike(_SIZED)
    order = F.struct(is_sized.alias("is_sized"), (-F.col("papers")).alias("order"), "name")
    return spelled.groupBy("key").agg(
        F.array_sort(F.collect_list(order))["name"].alias("spellings"),
        *(F.sum(name).alias(name) for name in columns),
    )


def _listed(counted: DataFrame, settings: TrendsSettings) -> DataFrame:
    """The names that are entities: rows (key, spellings, is_marked, kind, kind_share)."""
    kinds = (*KINDS, OTHER)
    ends = F.lower(
        F.regexp_extract(F.regexp_replace(F.col("spellings")[0], _NUMBER_BEHIND, ""), _LAST_PART, 0)
    )
    rows = counted.withColumn("end", ends).withColumn("voted", _best(kinds))
    by_end = rows.join(F.broadcast(_kinds_of_ends(rows)), on="end", how="left")
    for kind in KINDS:  # the end of a name votes as one paper
        vote = (F.col("end_kind") == kind).cast("int")
        by_end = by_end.withColumn(f"as_{kind}", F.col(f"as_{kind}") + F.coalesce(vote, F.lit(0)))
    saying = F.col("saying") + F.col("end_kind").isNotNull().cast("int")
    voted = by_end.withColumn("saying", saying).withColumn("voted", _best(kinds))
    all_votes = sum((F.col(f"as_{kind}") for kind in kinds), F.lit(0))
    share = F.col("voted.votes") / all_votes
    return (
        voted.withColumn("kind", F.col("voted.kind"))
        .withColumn("kind_share", F.when(all_votes > 0, F.round(share, 6)))
        .withColumn("is_marked", F.col("marked") >= _MARKED * F.col("papers"))
        .where(_is_named() & _is_used(settings))
        .select("key", "spellings", "is_marked", "kind", "kind_share")
    )


def _best(kinds: tuple[str, ...]) -> Column:
    """The kind with the most votes, of equal ones the first: struct (votes, order, kind)."""
    each = [
        F.struct(
            F.col(f"as_{kind}").alias("votes"),
            F.lit(-place).alias("order"),
            F.lit(kind).alias("kind"),
        )
        for place, kind in enumerate(kinds)
    ]
    return F.greatest(*each)


def _kinds_of_ends(rows: DataFrame) -> DataFrame:
    """What the last part of a name says of its kind: rows (end, end_kind)."""
    of_kind = (
        F.count_if(F.col("voted.kind") == kind).alias(f"as_{kind}")  # names that are of it
        for kind in KINDS
    )
    return (
        rows.where("voted.votes > 0 and end <> ''")
        .where(F.col("voted.kind") != OTHER)
        .groupBy("end")
        .agg(F.count(F.lit(1)).alias("names"), *of_kind)
        .withColumn("best", _best(KINDS))
        .where(F.col("names") >= _FEWEST_ENDS)
        .where(F.col("best.votes") >= _ENDS_AGREE * F.col("names"))
        .select("end", F.col("best.kind").alias("end_kind"))
    )


def _is_named() -> Column:
    """Whether a name is one thing's: its kind is agreed on, and it is no class and no notion."""
    papers = F.col("papers")
    is_class = (F.col("plural") >= _TWICE) & (F.col("plural") >= _SLIPS * papers)
    is_notion = (
        (F.col("lower") >= _TWICE)
        & (F.col("lower") > F.col("title"))
        & (F.col("lower") >= _SLIPS * papers)
    )
    agreed = (F.col("kind") != OTHER) & (F.col("kind_share") >= _AGREE)
    return agreed & ~is_class & ~is_notion


def _is_used(settings: TrendsSettings) -> Column:
    """Whether a paper introduces a name, or enough use it and say of what kind it is."""
    papers, saying = F.col("papers"), F.col("saying")
    is_used = F.col("using") >= settings.min_term_papers
    by_marks = is_used & (saying >= _FEWEST_KIND) & (saying >= _SAID_KIND * papers)
    by_capitals = (
        is_used
        & (saying >= _CAPITAL_KIND)
        & (saying >= _CAPITAL_SAID * papers)
        & (F.col("common") <= _CAPITAL_COMMON * papers)
        & (F.col("kind_share") >= _CAPITAL_AGREE)
    )
    is_introduced = F.col("introducing") > 0
    # Of what has capitals alone one paper may introduce what many others name otherwise.
    is_its_own = F.col("introducing") >= _SLIPS * papers
    return F.when(F.col("is_marked"), is_introduced | by_marks).otherwise(
        (is_introduced & is_its_own) | by_capitals
    )


def _papers(having: DataFrame, listed: DataFrame) -> DataFrame:
    """The papers of each entity: rows of gold.entity_papers, dated_on and date_basis.

    What is marked counts where it is marked or of several parts, so that "Clip" is no CLIP, but
    "Tide-Net" a TideNet. Data are used where something stands "on" them, and all that titles name.
    """
    entity = listed.select(
        "key", F.col("is_marked").alias("by_mark"), F.col("kind").alias("of_kind")
    )
    is_used = (
        (F.col("role") == USES)
        | F.col("in_title")
        | ((F.col("role") == ON_IT) & F.col("of_kind").isin("dataset", "task"))
    )
    role = F.when(F.col("role") == INTRODUCES, INTRODUCES).when(is_used, USES).otherwise(MENTIONS)
    return (
        having.join(F.broadcast(entity), on="key", how="inner")
        .where(F.col("is_marked") | ~F.col("by_mark") | F.col("name").rlike(r"[-\s]"))
        .select(F.col("key").alias("entity_id"), "paper_id", role.alias("role"), "in_title",
                F.col("name").alias("written"), "evidence", "dated_on", "date_basis")
    )  # fmt: skip


def _entities(listed: DataFrame, rows: DataFrame) -> DataFrame:
    """Rows of gold.entities, from the list and the papers that have each."""
    day = F.struct("dated_on", "paper_id")
    is_dated = F.col("date_basis") != "shown"
    introduces = F.col("role") == INTRODUCES
    counts = rows.groupBy("entity_id").agg(
        F.count(F.lit(1)).alias("papers"),
        F.count_if(introduces).alias("papers_introducing"),
        F.count_if(F.col("role") == USES).alias("papers_using"),
        F.min(F.when(is_dated, day)).alias("first"),
        F.min(F.when(introduces, day))["paper_id"].alias("introduced_by"),
    )
    return listed.join(counts, on=F.col("key") == F.col("entity_id"), how="inner").select(
        "entity_id",
        F.col("spellings")[0].alias("name"),
        "kind",
        "kind_share",
        F.slice("spellings", 2, F.lit(_VARIANTS)).alias("variants"),
        "papers",
        "papers_introducing",
        "papers_using",
        "introduced_by",
        F.col("first.paper_id").alias("first_paper"),
        F.col("first.dated_on").alias("first_on"),
    )
