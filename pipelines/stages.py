"""The pipeline: every stage, the tables it reads and writes, and the pure function between.

A stage's module is imported where its transform calls it: the list of stages alone imports no
Spark, and what a transform imports is the code that the stage's fingerprint takes in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conf.near import near
from jobs.tables.bronze import FILES, RAW_RECORDS
from jobs.tables.core import Table
from jobs.tables.gold import (
    BURSTS,
    CELLS,
    FORECASTS,
    LANDMARKS,
    MAP,
    NEIGHBORS,
    PAPER_CELLS,
    PAPER_TOPICS,
    PERIOD_TOTALS,
    SCORES,
    TERM_PAPERS,
    TERM_TRENDS,
    TERMS,
    TOPIC_FITS,
    TOPIC_LINEAGE,
    TOPIC_TRENDS,
    TOPICS,
    TREND_TESTS,
)
from jobs.tables.silver import (
    DECISIONS,
    EMBEDDINGS,
    HOT_BLOCKS,
    IDENTITY,
    IDENTITY_EDGES,
    KEYPHRASES,
    PAPER_FORWARDS,
    PAPERS,
    PHRASES,
    QUARANTINE,
    RECORDS,
    RELATIONS,
    SIGNATURES,
)
from pipelines.engine.stage import Inputs, Mode, Output, Params, Stage
from storage.errors import UsageError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from jobs.terms.thesaurus import Thesaurus
    from jobs.topics.curation import Curation

Frames = Mapping[Table, "DataFrame"]
ALL = "all"
"""Names every stage, where stages are named."""


def _day(params: Params) -> date:
    assert params.as_of is not None  # the stage is declared as dated
    return params.as_of


def _ingest(inputs: Inputs, params: Params) -> Frames:
    from jobs.ingest.ingest import ingest

    assert params.listing is not None  # the stage is declared as listing
    found = ingest(params.listing.files, inputs[FILES], inputs[RAW_RECORDS], params.config.ingest)
    return {FILES: found.files, RAW_RECORDS: found.records, QUARANTINE: found.quarantine}


def _options(params: Params) -> dict[str, dict[str, str]]:
    return {name: dict(feed.columns) for name, feed in params.config.feeds.items()}


def _parse(inputs: Inputs, params: Params) -> Frames:
    from jobs.ingest.parse import parse

    read = parse(
        inputs[RAW_RECORDS],
        inputs[RECORDS],
        inputs[QUARANTINE],
        _options(params),
        params.config.parse,
    )
    return {RECORDS: read}


def _identity(inputs: Inputs, params: Params) -> Frames:
    from jobs.identity.stage import Known, identify

    known = Known(
        identity=inputs[IDENTITY],
        signatures=inputs[SIGNATURES],
        hot_blocks=inputs[HOT_BLOCKS],
        edges=inputs[IDENTITY_EDGES],
        forwards=inputs[PAPER_FORWARDS],
        decisions=inputs[DECISIONS],
    )
    return identify(inputs[RECORDS], known, params.config.identity)


def _papers(inputs: Inputs, params: Params) -> Frames:
    from jobs.papers import papers

    return {PAPERS: papers(inputs[RECORDS], inputs[IDENTITY], params.config.papers)}


def _relations(inputs: Inputs, _: Params) -> Frames:
    from jobs.identity.relations import relations

    return {RELATIONS: relations(inputs[RECORDS], inputs[IDENTITY], inputs[IDENTITY_EDGES])}


def _counted(inputs: Inputs) -> DataFrame:
    """silver.papers without notices: an erratum bears its article's words, and is no research."""
    return inputs[PAPERS].where("notice is null")


def _embed(inputs: Inputs, params: Params) -> Frames:
    from jobs.vectors.embed import embed

    vectors = embed(inputs[PAPERS], inputs[EMBEDDINGS], params.model, params.config.embed)
    return {EMBEDDINGS: vectors}


def _phrases(inputs: Inputs, _: Params) -> Frames:
    from jobs.text.phrases import phrases

    return {PHRASES: phrases(_counted(inputs), inputs[PHRASES])}


def _keyphrases(inputs: Inputs, params: Params) -> Frames:
    from pyspark.sql import functions as F

    from jobs.terms.keyphrases import keyphrases

    # How rare a phrase is follows from all papers: later ones would change what was seen before.
    is_shown = ~F.col("is_withdrawn") & (F.col("first_shown_on") <= F.lit(_day(params)))
    shown = _counted(inputs).where(is_shown).select("paper_id")
    read = inputs[PHRASES].join(shown, on="paper_id", how="left_semi")
    return {KEYPHRASES: keyphrases(read, params.config.keyphrases)}


def _vectors(inputs: Inputs, params: Params) -> DataFrame:
    """The vectors of the configured model, the only ones whose cosines mean something."""
    return inputs[EMBEDDINGS].where(inputs[EMBEDDINGS]["model"] == params.model[1])


def _read(setting: str, file: str | None) -> str:
    """The text of a file that a setting names; nothing where it names none.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return Path(file).expanduser().read_text(encoding="utf-8") if file else ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{setting}: {file} cannot be read: {error}") from error


def _decided(params: Params) -> Curation:
    from jobs.topics.curation import NOTHING, CurationError, curation

    file = params.config.topics.curation
    if file is None:
        return NOTHING
    try:
        return curation(_read("topics.curation", file))
    except CurationError as error:
        raise UsageError(f"topics.curation: {file}: {error}") from error


def _own_terms(params: Params) -> Thesaurus:
    from jobs.terms.thesaurus import ThesaurusError, thesaurus

    try:
        return thesaurus(_read("thesaurus", params.config.thesaurus))
    except ThesaurusError as error:
        raise UsageError(f"thesaurus: {params.config.thesaurus}: {error}") from error


def _topics(inputs: Inputs, params: Params) -> Frames:
    from jobs.topics.stage import Topics, topics

    found = topics(
        _counted(inputs),
        inputs[PHRASES],
        _vectors(inputs, params),
        params.model[1],
        Topics(inputs[TOPICS], inputs[TOPIC_LINEAGE], inputs[PAPER_TOPICS], inputs[TOPIC_FITS]),
        params.config.topics,
        _day(params),
        _decided(params),
        _own_terms(params),
    )
    return {
        TOPICS: found.topics,
        TOPIC_LINEAGE: found.lineage,
        PAPER_TOPICS: found.paper_topics,
        TOPIC_FITS: found.fits,
    }


def _totals(inputs: Inputs, params: Params) -> Frames:
    from jobs.trends.totals import period_totals

    return {PERIOD_TOTALS: period_totals(_counted(inputs), params.config.trends, _day(params))}


def _topic_trends(inputs: Inputs, params: Params) -> Frames:
    from jobs.trends.trends import topic_trends

    found = topic_trends(
        _counted(inputs),
        inputs[PAPER_TOPICS],
        inputs[PERIOD_TOTALS],
        params.config.trends,
        _day(params),
    )
    return {TOPIC_TRENDS: found}


def _terms(inputs: Inputs, params: Params) -> Frames:
    from jobs.terms.vocabulary import vocabulary

    found = vocabulary(
        _counted(inputs),
        inputs[PHRASES],
        inputs[KEYPHRASES],
        params.config.trends,
        _day(params),
        _own_terms(params),
    )
    return {TERMS: found.terms, TERM_PAPERS: found.papers}


def _term_trends(inputs: Inputs, params: Params) -> Frames:
    from jobs.trends.trends import term_trends

    found = term_trends(
        _counted(inputs),
        inputs[TERM_PAPERS],
        inputs[PERIOD_TOTALS],
        params.config.trends,
        _day(params),
    )
    return {TERM_TRENDS: found}


def _trend_tests(inputs: Inputs, params: Params) -> Frames:
    from jobs.trends.reasons import with_reasons
    from jobs.trends.trend_tests import trend_tests

    found = trend_tests(
        inputs[TOPIC_TRENDS],
        inputs[TERM_TRENDS],
        inputs[PERIOD_TOTALS],
        params.config.trends,
    )
    tests = with_reasons(
        found.tests,
        inputs[PAPERS],
        inputs[PAPER_TOPICS],
        inputs[TERM_PAPERS],
        inputs[PERIOD_TOTALS],
        _day(params),
    )
    return {TREND_TESTS: tests, BURSTS: found.bursts}


def _forecasts(inputs: Inputs, params: Params) -> Frames:
    from jobs.trends.forecasts import forecasts

    found = forecasts(inputs[TOPIC_TRENDS], inputs[PERIOD_TOTALS], params.config.trends)
    return {FORECASTS: found}


def _neighbors(inputs: Inputs, params: Params) -> Frames:
    from jobs.vectors.neighbors import Neighbors, neighbors

    found = neighbors(
        _counted(inputs),
        _vectors(inputs, params),
        Neighbors(inputs[NEIGHBORS], inputs[CELLS], inputs[PAPER_CELLS]),
        params.model[1],
        params.config.neighbors,
        _day(params),
    )
    return {NEIGHBORS: found.neighbors, CELLS: found.cells, PAPER_CELLS: found.paper_cells}


def _map(inputs: Inputs, params: Params) -> Frames:
    from jobs.vectors.map import mapped

    found = mapped(
        _vectors(inputs, params),
        inputs[TOPICS],
        inputs[PAPER_TOPICS],
        inputs[LANDMARKS],
        params.model[1],
        params.config.map,
    )
    return {LANDMARKS: found.landmarks, MAP: found.places}


def _scores(inputs: Inputs, params: Params) -> Frames:
    from jobs.trends.scores import scores, votes_of

    found = scores(
        _counted(inputs),
        votes_of(inputs[RECORDS], inputs[IDENTITY]),
        inputs[NEIGHBORS],
        inputs[TERM_PAPERS],
        inputs[TREND_TESTS],
        params.config.scores,
        _day(params),
    )
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
        reads=(
            RECORDS,
            DECISIONS,
            SIGNATURES,
            HOT_BLOCKS,
            IDENTITY_EDGES,
            PAPER_FORWARDS,
            IDENTITY,
        ),
        writes=(
            Output(SIGNATURES, Mode.APPEND),
            Output(HOT_BLOCKS, Mode.UPSERT),
            Output(IDENTITY_EDGES, Mode.UPSERT),
            Output(PAPER_FORWARDS, Mode.REPLACE),
            Output(IDENTITY, Mode.UPSERT),
        ),
        transform=_identity,
        settings=lambda params: params.config.identity,
    ),
    Stage(
        "papers",
        reads=(RECORDS, IDENTITY),
        writes=(Output(PAPERS, Mode.REPLACE),),
        transform=_papers,
        settings=lambda params: params.config.papers,
    ),
    Stage(
        "relations",
        reads=(RECORDS, IDENTITY, IDENTITY_EDGES),
        writes=(Output(RELATIONS, Mode.REPLACE),),
        transform=_relations,
    ),
    Stage(
        "embed",
        reads=(PAPERS, EMBEDDINGS),
        writes=(Output(EMBEDDINGS, Mode.UPSERT),),
        transform=_embed,
        settings=lambda params: params.model[1],
    ),
    Stage(
        "phrases",
        reads=(PAPERS, PHRASES),
        writes=(Output(PHRASES, Mode.UPSERT),),
        transform=_phrases,
    ),
    Stage(
        "keyphrases",
        reads=(PAPERS, PHRASES),
        writes=(Output(KEYPHRASES, Mode.REPLACE),),
        transform=_keyphrases,
        settings=lambda params: params.config.keyphrases,
        dated=True,
    ),
    Stage(
        "topics",
        reads=(PAPERS, PHRASES, EMBEDDINGS, TOPICS, TOPIC_LINEAGE, PAPER_TOPICS, TOPIC_FITS),
        writes=(
            Output(TOPICS, Mode.UPSERT),
            Output(TOPIC_LINEAGE, Mode.UPSERT),
            Output(PAPER_TOPICS, Mode.REPLACE),
            Output(TOPIC_FITS, Mode.UPSERT),
        ),
        transform=_topics,
        settings=lambda params: [
            params.config.topics.model_dump(),
            params.model[1],
            _read("topics.curation", params.config.topics.curation),
            _read("thesaurus", params.config.thesaurus),
        ],
        dated=True,
    ),
    Stage(
        "totals",
        reads=(PAPERS,),
        writes=(Output(PERIOD_TOTALS, Mode.REPLACE),),
        transform=_totals,
        settings=lambda params: params.config.trends,
        dated=True,
    ),
    Stage(
        "topic-trends",
        reads=(PAPERS, PAPER_TOPICS, PERIOD_TOTALS),
        writes=(Output(TOPIC_TRENDS, Mode.REPLACE),),
        transform=_topic_trends,
        settings=lambda params: params.config.trends,
        dated=True,
    ),
    Stage(
        "terms",
        reads=(PAPERS, PHRASES, KEYPHRASES),
        writes=(Output(TERMS, Mode.REPLACE), Output(TERM_PAPERS, Mode.REPLACE)),
        transform=_terms,
        settings=lambda params: [
            params.config.trends.model_dump(),
            _read("thesaurus", params.config.thesaurus),
        ],
        dated=True,
    ),
    Stage(
        "term-trends",
        reads=(PAPERS, TERM_PAPERS, PERIOD_TOTALS),
        writes=(Output(TERM_TRENDS, Mode.REPLACE),),
        transform=_term_trends,
        settings=lambda params: params.config.trends,
        dated=True,
    ),
    Stage(
        "trend-tests",
        reads=(TOPIC_TRENDS, TERM_TRENDS, PERIOD_TOTALS, PAPERS, PAPER_TOPICS, TERM_PAPERS),
        writes=(Output(TREND_TESTS, Mode.REPLACE), Output(BURSTS, Mode.REPLACE)),
        transform=_trend_tests,
        settings=lambda params: params.config.trends,
        dated=True,
    ),
    Stage(
        "forecasts",
        reads=(TOPIC_TRENDS, PERIOD_TOTALS),
        writes=(Output(FORECASTS, Mode.REPLACE),),
        transform=_forecasts,
        settings=lambda params: params.config.trends,
    ),
    Stage(
        "neighbors",
        reads=(PAPERS, EMBEDDINGS, NEIGHBORS, CELLS, PAPER_CELLS),
        writes=(
            Output(NEIGHBORS, Mode.REPLACE),
            Output(CELLS, Mode.REPLACE),
            Output(PAPER_CELLS, Mode.REPLACE),
        ),
        transform=_neighbors,
        settings=lambda params: [params.config.neighbors.model_dump(), params.model[1]],
        dated=True,
    ),
    Stage(
        "map",
        reads=(EMBEDDINGS, TOPICS, PAPER_TOPICS, LANDMARKS),
        writes=(Output(LANDMARKS, Mode.REPLACE), Output(MAP, Mode.REPLACE)),
        transform=_map,
        settings=lambda params: [params.config.map.model_dump(), params.model[1]],
    ),
    Stage(
        "scores",
        reads=(PAPERS, RECORDS, IDENTITY, NEIGHBORS, TERM_PAPERS, TREND_TESTS),
        writes=(Output(SCORES, Mode.UPSERT),),
        transform=_scores,
        settings=lambda params: params.config.scores,
        dated=True,
    ),
)


def deciding(rows: Sequence[Mapping[str, Any]]) -> Stage:
    """The stage that writes a person's decisions, which the pipeline only reads."""

    def transform(inputs: Inputs, params: Params) -> Frames:
        told = [tuple(row.get(name) for name in DECISIONS.column_names) for row in rows]
        return {DECISIONS: inputs[DECISIONS].sparkSession.createDataFrame(told, DECISIONS.schema())}

    return Stage(
        "decide",
        reads=(DECISIONS,),
        writes=(Output(DECISIONS, Mode.UPSERT),),
        transform=transform,
        settings=lambda params: [str(row) for row in rows],
    )


def up_to(until: str | None) -> tuple[Stage, ...]:
    """The stages up to and with the one named `until`; all without a name.

    Raises:
        UsageError: no stage has that name.
    """
    return PIPELINE if until is None else PIPELINE[: _place(until) + 1]


def forced(from_stage: str | None, force: Sequence[str]) -> tuple[str, ...]:
    """Names of the stages that run even if nothing has changed: one and all after it, and others.

    Args:
        from_stage: name of the first of those that follow each other; None for none.
        force: names of others; `all` names every stage.

    Raises:
        UsageError: no stage has such a name.
    """
    names = [stage.name for stage in PIPELINE]
    after = names[_place(from_stage) :] if from_stage is not None else []
    others = names if ALL in force else [names[_place(name)] for name in force]
    return tuple(name for name in names if name in {*after, *others})


def _place(name: str) -> int:
    names = [stage.name for stage in PIPELINE]
    if name not in names:
        raise UsageError(f"no such stage: {name}{near(name, names)}; there are {', '.join(names)}")
    return names.index(name)
