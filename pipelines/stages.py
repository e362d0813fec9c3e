"""The pipeline: every stage, the tables it reads and writes, and the pure function between."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pyspark.sql import DataFrame

from jobs.embed import embed
from jobs.identity import identify
from jobs.ingest import ingest
from jobs.keyphrases import keyphrases
from jobs.neighbors import Neighbors, neighbors
from jobs.papers import papers
from jobs.parse import parse
from jobs.scores import scores
from jobs.tables.bronze import FILES, RAW_RECORDS
from jobs.tables.core import Table
from jobs.tables.gold import (
    CELLS,
    NEIGHBORS,
    PAPER_CELLS,
    PAPER_TOPICS,
    PERIOD_TOTALS,
    SCORES,
    TERM_TRENDS,
    TOPIC_LINEAGE,
    TOPIC_TRENDS,
    TOPICS,
)
from jobs.tables.silver import EMBEDDINGS, IDENTITY, KEYPHRASES, PAPERS, QUARANTINE, RECORDS
from jobs.topics import Topics, topics
from jobs.trends import period_totals, term_trends, topic_trends
from pipelines.errors import UsageError
from pipelines.publish import Mode, Output
from pipelines.stage import Inputs, Params, Stage

Frames = Mapping[Table, DataFrame]


def _day(params: Params) -> date:
    assert params.as_of is not None  # the stage is declared as dated
    return params.as_of


def _ingest(inputs: Inputs, params: Params) -> Frames:
    assert params.listing is not None  # the stage is declared as listing
    found = ingest(params.listing.files, inputs[FILES], inputs[RAW_RECORDS], params.config.ingest)
    return {FILES: found.files, RAW_RECORDS: found.records, QUARANTINE: found.quarantine}


def _options(params: Params) -> dict[str, dict[str, str]]:
    return {name: dict(feed.columns) for name, feed in params.config.feeds.items()}


def _parse(inputs: Inputs, params: Params) -> Frames:
    read = parse(
        inputs[RAW_RECORDS],
        inputs[RECORDS],
        inputs[QUARANTINE],
        _options(params),
        params.config.parse,
    )
    return {RECORDS: read}


def _identity(inputs: Inputs, params: Params) -> Frames:
    return {IDENTITY: identify(inputs[RECORDS], inputs[IDENTITY], params.config.identity)}


def _papers(inputs: Inputs, params: Params) -> Frames:
    return {PAPERS: papers(inputs[RECORDS], inputs[IDENTITY], params.config.papers)}


def _embed(inputs: Inputs, params: Params) -> Frames:
    vectors = embed(inputs[PAPERS], inputs[EMBEDDINGS], params.model, params.config.embed)
    return {EMBEDDINGS: vectors}


def _keyphrases(inputs: Inputs, params: Params) -> Frames:
    return {KEYPHRASES: keyphrases(inputs[PAPERS], params.config.keyphrases)}


def _vectors(inputs: Inputs, params: Params) -> DataFrame:
    """The vectors of the configured model, the only ones whose cosines mean something."""
    return inputs[EMBEDDINGS].where(inputs[EMBEDDINGS]["model"] == params.model[1])


def _topics(inputs: Inputs, params: Params) -> Frames:
    found = topics(
        inputs[PAPERS],
        _vectors(inputs, params),
        Topics(inputs[TOPICS], inputs[TOPIC_LINEAGE], inputs[PAPER_TOPICS]),
        params.config.topics,
        _day(params),
    )
    return {TOPICS: found.topics, TOPIC_LINEAGE: found.lineage, PAPER_TOPICS: found.paper_topics}


def _totals(inputs: Inputs, params: Params) -> Frames:
    return {PERIOD_TOTALS: period_totals(inputs[PAPERS], params.config.trends, _day(params))}


def _topic_trends(inputs: Inputs, params: Params) -> Frames:
    found = topic_trends(
        inputs[PAPERS],
        inputs[PAPER_TOPICS],
        inputs[PERIOD_TOTALS],
        params.config.trends,
        _day(params),
    )
    return {TOPIC_TRENDS: found}


def _term_trends(inputs: Inputs, params: Params) -> Frames:
    found = term_trends(
        inputs[PAPERS],
        inputs[KEYPHRASES],
        inputs[PERIOD_TOTALS],
        params.config.trends,
        _day(params),
    )
    return {TERM_TRENDS: found}


def _neighbors(inputs: Inputs, params: Params) -> Frames:
    found = neighbors(
        inputs[PAPERS],
        _vectors(inputs, params),
        Neighbors(inputs[NEIGHBORS], inputs[CELLS], inputs[PAPER_CELLS]),
        params.model[1],
        params.config.neighbors,
    )
    return {NEIGHBORS: found.neighbors, CELLS: found.cells, PAPER_CELLS: found.paper_cells}


def _scores(inputs: Inputs, params: Params) -> Frames:
    found = scores(inputs[PAPERS], inputs[NEIGHBORS], params.config.scores, _day(params))
    return {SCORES: found}


PIPELINE: tuple[Stage, ...] = (
    Stage(
        "ingest",
        reads=(FILES, RAW_RECORDS),
        writes=(
            Output(QUARANTINE, Mode.UPSERT),
            Output(RAW_RECORDS, Mode.APPEND),
            Output(FILES, Mode.UPSERT),
        ),
        transform=_ingest,
        settings=lambda params: params.config.ingest,
        lists=True,
    ),
    Stage(
        "parse",
        reads=(RAW_RECORDS, RECORDS, QUARANTINE),
        writes=(Output(RECORDS, Mode.APPEND),),
        transform=_parse,
        settings=lambda params: [params.config.parse.model_dump(), _options(params)],
    ),
    Stage(
        "identity",
        reads=(RECORDS, IDENTITY),
        writes=(Output(IDENTITY, Mode.UPSERT),),
        transform=_identity,
        settings=lambda params: params.config.identity,
    ),
    Stage(
        "papers",
        reads=(RECORDS, IDENTITY),
        writes=(Output(PAPERS, Mode.SYNC),),
        transform=_papers,
        settings=lambda params: params.config.papers,
    ),
    Stage(
        "embed",
        reads=(PAPERS, EMBEDDINGS),
        writes=(Output(EMBEDDINGS, Mode.UPSERT),),
        transform=_embed,
        settings=lambda params: params.model[1],
    ),
    Stage(
        "keyphrases",
        reads=(PAPERS,),
        writes=(Output(KEYPHRASES, Mode.SYNC),),
        transform=_keyphrases,
        settings=lambda params: params.config.keyphrases,
    ),
    Stage(
        "topics",
        reads=(PAPERS, EMBEDDINGS, TOPICS, TOPIC_LINEAGE, PAPER_TOPICS),
        writes=(
            Output(TOPICS, Mode.UPSERT),
            Output(TOPIC_LINEAGE, Mode.UPSERT),
            Output(PAPER_TOPICS, Mode.SYNC),
        ),
        transform=_topics,
        settings=lambda params: [params.config.topics.model_dump(), params.model[1]],
        dated=True,
    ),
    Stage(
        "totals",
        reads=(PAPERS,),
        writes=(Output(PERIOD_TOTALS, Mode.SYNC),),
        transform=_totals,
        settings=lambda params: params.config.trends,
        dated=True,
    ),
    Stage(
        "topic-trends",
        reads=(PAPERS, PAPER_TOPICS, PERIOD_TOTALS),
        writes=(Output(TOPIC_TRENDS, Mode.SYNC),),
        transform=_topic_trends,
        settings=lambda params: params.config.trends,
        dated=True,
    ),
    Stage(
        "term-trends",
        reads=(PAPERS, KEYPHRASES, PERIOD_TOTALS),
        writes=(Output(TERM_TRENDS, Mode.SYNC),),
        transform=_term_trends,
        settings=lambda params: params.config.trends,
        dated=True,
    ),
    Stage(
        "neighbors",
        reads=(PAPERS, EMBEDDINGS, NEIGHBORS, CELLS, PAPER_CELLS),
        writes=(
            Output(NEIGHBORS, Mode.SYNC),
            Output(CELLS, Mode.SYNC),
            Output(PAPER_CELLS, Mode.SYNC),
        ),
        transform=_neighbors,
        settings=lambda params: [params.config.neighbors.model_dump(), params.model[1]],
    ),
    Stage(
        "scores",
        reads=(PAPERS, NEIGHBORS),
        writes=(Output(SCORES, Mode.UPSERT),),
        transform=_scores,
        settings=lambda params: params.config.scores,
        dated=True,
    ),
)


def up_to(until: str | None) -> tuple[Stage, ...]:
    """The stages up to and with the one named `until`; all without a name.

    Raises:
        UsageError: no stage has that name.
    """
    names = [stage.name for stage in PIPELINE]
    if until is None:
        return PIPELINE
    if until not in names:
        raise UsageError(f"no such stage: {until}; there are {', '.join(names)}")
    return PIPELINE[: names.index(until) + 1]
