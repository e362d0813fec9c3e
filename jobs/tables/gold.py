"""Tables that people read: topics, trends, neighbours, scores."""

from __future__ import annotations

from jobs.tables.core import Column, Rule, Severity, Table

PERIOD_COLUMNS = (
    Column(
        "grain",
        "string",
        "length of the period: day, week (ISO), month, quarter or year",
    ),
    Column("period", "date", "first day of the period"),
    Column(
        "slice",
        "string",
        "papers looked at: all, or kind=name with feed, category, venue or language",
    ),
)

TOPICS = Table(
    "gold.topics",
    grain="one row a topic and version of the fit",
    key=("topic_id", "version"),
    columns=(
        Column("topic_id", "string", "stable id; a topic keeps it from fit to fit"),
        Column("version", "int", "number of the fit, from 1"),
        Column(
            "label",
            "string",
            "name made of its most telling terms; unique within a version",
        ),
        Column(
            "terms",
            "array<struct<term:string,score:double>>",
            "most telling terms by class-based TF-IDF, best first",
        ),
        Column("centroid", "array<float>", "mean direction of its papers, of unit length"),
        Column(
            "threshold",
            "double",
            "least cosine to the centroid with which a paper fits",
        ),
        Column("parent", "string", "topic that it is part of; null on the first level"),
        Column("papers", "bigint", "papers that fitted it when it was made"),
        Column("fitted_as_of", "date", "day as of which the fit looked"),
        Column("fitted_papers", "bigint", "papers that took part in the fit"),
        Column("is_current", "boolean", "whether this is the version in use"),
    ),
    rules=(
        Rule(
            "label_present",
            "length(trim(label)) > 0",
            Severity.CRITICAL,
            why="a topic without a name can be neither read nor searched",
        ),
        Rule(
            "threshold_in_range",
            "threshold between -1 and 1",
            Severity.CRITICAL,
            why="a cosine lies there; anything else lets all papers in, or none",
        ),
        Rule(
            "terms_present",
            "size(terms) >= 3",
            Severity.WARNING,
            why="fewer terms name a topic by accident",
        ),
    ),
)

TOPIC_LINEAGE = Table(
    "gold.topic_lineage",
    grain="one row a pair of topics of two successive fits",
    key=("version", "old_topic_id", "new_topic_id"),
    columns=(
        Column("version", "int", "number of the later fit"),
        Column("old_topic_id", "string", "topic of the earlier fit; empty for born"),
        Column("new_topic_id", "string", "topic of the later fit; empty for died"),
        Column("relation", "string", "same, born, died, split or merged"),
        Column(
            "similarity",
            "double",
            "cosine of the two centroids; null for born and died",
        ),
        Column("shared_papers", "bigint", "papers that stand in both"),
    ),
    rules=(
        Rule(
            "relation_known",
            "relation in ('same', 'born', 'died', 'split', 'merged')",
            Severity.CRITICAL,
            why="readers follow topics by these five words",
        ),
    ),
)

PAPER_TOPICS = Table(
    "gold.paper_topics",
    grain="one row a paper that has a vector",
    key=("paper_id",),
    columns=(
        Column("paper_id", "string", "the paper"),
        Column(
            "topic_id",
            "string",
            "its topic in the current version; null when none fits",
        ),
        Column("similarity", "double", "cosine to the nearest topic; null without topics"),
        Column("fits", "boolean", "whether that cosine reaches the topic's threshold"),
    ),
    rules=(
        Rule(
            "fit_has_topic",
            "fits = (topic_id is not null)",
            Severity.CRITICAL,
            why="papers without a topic are a group of their own and not an accident",
        ),
    ),
)

PERIOD_TOTALS = Table(
    "gold.period_totals",
    grain="one row a grain, period and slice: the denominators",
    key=("grain", "period", "slice"),
    columns=(
        *PERIOD_COLUMNS,
        Column("period_end", "date", "last day of the period"),
        Column("papers", "bigint", "papers dated in the period"),
        Column("papers_with_abstract", "bigint", "those of them that have an abstract"),
        Column(
            "is_complete",
            "boolean",
            "whether the feeds have delivered the period to its end",
        ),
    ),
    rules=(
        Rule(
            "abstracts_within_papers",
            "papers_with_abstract between 0 and papers",
            Severity.CRITICAL,
            why="a part larger than the whole makes shares above one",
        ),
    ),
)


def _trends(name: str, entity: Column) -> Table:
    return Table(
        name,
        grain=f"one row a {entity.name.removesuffix('_id')}, grain, period and slice",
        key=(entity.name, "grain", "period", "slice"),
        columns=(
            entity,
            *PERIOD_COLUMNS,
            Column("n", "bigint", "papers of the period and slice that have it"),
            Column("papers", "bigint", "all papers of the period and slice"),
            Column("share", "double", "n / papers; null in a period without papers"),
            Column(
                "share_low",
                "double",
                "lower end of the share's 95 % interval (Wilson, 1927)",
            ),
            Column("share_high", "double", "upper end of the share's 95 % interval"),
            Column(
                "growth",
                "double",
                "natural logarithm of share / share of the periods before",
            ),
            Column(
                "growth_shrunk",
                "double",
                "the same, shrunk to 0 where counts are small",
            ),
            Column(
                "is_complete",
                "boolean",
                "whether the period is complete; if not, no trend",
            ),
        ),
        rules=(
            Rule(
                "part_of_whole",
                "n between 0 and papers",
                Severity.CRITICAL,
                why="a share is of the papers of its own period and slice",
            ),
            Rule(
                "share_in_interval",
                "share is null or share between share_low - 1e-9 and share_high + 1e-9",
                Severity.CRITICAL,
                why="an interval that leaves its own share out is computed wrongly",
            ),
        ),
    )


TOPIC_TRENDS = _trends("gold.topic_trends", Column("topic_id", "string", "the topic"))
TERM_TRENDS = _trends("gold.term_trends", Column("term", "string", "the term, in lower case"))

NEIGHBORS = Table(
    "gold.neighbors",
    grain="one row a paper and rank",
    key=("paper_id", "rank"),
    columns=(
        Column("paper_id", "string", "the paper"),
        Column("rank", "int", "place of the neighbour, from 1, the nearest"),
        Column("neighbor_id", "string", "paper_id of the neighbour"),
        Column("cosine", "double", "cosine of the two vectors"),
        Column("is_earlier", "boolean", "whether the neighbour is dated before the paper"),
    ),
    rules=(
        Rule(
            "not_itself",
            "paper_id <> neighbor_id",
            Severity.CRITICAL,
            why="every paper is nearest to itself, which tells nothing",
        ),
        Rule(
            "cosine_in_range",
            "cosine between -1.001 and 1.001",
            Severity.CRITICAL,
            why="beyond lies no cosine of unit vectors",
        ),
    ),
)

CELLS = Table(
    "gold.cells",
    grain="one row a cell, a part of the space of vectors in which near papers lie together",
    key=("cell",),
    columns=(
        Column("cell", "int", "number of the cell, from 0"),
        Column("model", "string", "model of the vectors, as in silver.embeddings"),
        Column("centroid", "array<float>", "mean direction of its papers, of unit length"),
        Column("probes", "int", "cells that a paper looks into; all of them: an exact search"),
        Column("per_paper", "int", "neighbours kept of a paper"),
        Column("fitted_papers", "bigint", "papers that there were when the cells were made"),
    ),
    rules=(
        Rule(
            "centroid_is_unit",
            "abs(aggregate(centroid, 0D, (sum, x) -> sum + x * x) - 1) < 0.001",
            Severity.CRITICAL,
            why="a longer centroid is nearest to papers that are not its own",
        ),
    ),
)

PAPER_CELLS = Table(
    "gold.paper_cells",
    grain="one row a paper whose neighbours have been searched",
    key=("paper_id",),
    columns=(
        Column("paper_id", "string", "the paper"),
        Column("cell", "int", "its cell, that of the nearest centroid"),
        Column("text_digest", "string", "the text whose vector was searched with"),
    ),
    rules=(
        Rule(
            "in_a_cell",
            "cell >= 0",
            Severity.CRITICAL,
            why="a paper in no cell is found by none",
        ),
    ),
)

SCORES = Table(
    "gold.scores",
    grain="one row a paper and day as of which it was scored",
    key=("paper_id", "as_of"),
    columns=(
        Column("paper_id", "string", "the paper"),
        Column("as_of", "date", "day as of which the score looks"),
        Column("score", "double", "trending score, 0 to 1: weighted sum of the three parts"),
        Column("votes_part", "double", "votes against the papers of the window, 0 to 1"),
        Column(
            "recency_part",
            "double",
            "freshness: 1 for a paper dated as_of, halved each half-life",
        ),
        Column(
            "neighbors_part",
            "double",
            "mean over its neighbours of cosine times freshness, 0 to 1",
        ),
        Column(
            "novelty",
            "double",
            "1 less the cosine to the nearest earlier paper; no part of score",
        ),
    ),
    rules=(
        Rule(
            "score_in_range",
            "score between 0 and 1",
            Severity.CRITICAL,
            why="scores of different days are compared",
        ),
        Rule(
            "parts_in_range",
            "votes_part between 0 and 1 and recency_part between 0 and 1 "
            "and neighbors_part between 0 and 1",
            Severity.CRITICAL,
            why="each part has its weight only within its range",
        ),
    ),
)

TABLES = (
    TOPICS,
    TOPIC_LINEAGE,
    PAPER_TOPICS,
    PERIOD_TOTALS,
    TOPIC_TRENDS,
    TERM_TRENDS,
    NEIGHBORS,
    CELLS,
    PAPER_CELLS,
    SCORES,
)
