"""The pipeline: every stage, the function that it calls, what that takes and the tables it writes.

A stage names its function, and imports it when it runs: the list of stages alone imports no Spark.
From what the function takes follow the tables that the stage reads, the settings it depends on, and
with the function's module the code that its fingerprint takes in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jobs.tables import bronze, gold, silver
from jobs.tables.core import Table
from pipelines import own_files
from pipelines.engine.stage import (
    Inputs,
    Mode,
    Output,
    Params,
    Stage,
    argument_of,
    calling,
    group,
    setting,
)

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from conf import Config


def feed_columns(config: Config) -> dict[str, dict[str, str]]:
    """The columns that settings name, of the feeds that have such."""
    return {name: dict(feed.columns) for name, feed in config.feeds.items() if feed.columns}


def _listing_files(params: Params) -> Any:
    assert params.listing is not None  # the stage lists
    return params.listing.files


def _no_notices(inputs: Inputs, _: Params) -> DataFrame:
    """silver.papers without notices: an erratum has its article's words, and is no research."""
    return inputs[silver.PAPERS].where("notice is null")


def _in_groups(inputs: Inputs, params: Params) -> DataFrame:
    """silver.papers without notices, with the groups that a person has named, if any."""
    from jobs.trends.author_groups import with_groups

    members = own_files.author_groups(params)
    people = inputs[silver.AUTHORSHIPS], inputs[silver.AUTHOR_LINKS]
    return with_groups(_no_notices(inputs, params), *people, members)


def _vectors_of_model(inputs: Inputs, params: Params) -> DataFrame:
    """The vectors of the configured model, the only ones whose cosines mean something."""
    vectors = inputs[silver.EMBEDDINGS]
    return vectors.where(vectors["model"] == params.model[1])


def _phrases_as_of(inputs: Inputs, params: Params) -> DataFrame:
    """Phrases of the papers shown by the day as of which the run looks, and not withdrawn.

    How rare a phrase is follows from all papers: later ones would change what was seen before.
    """
    is_shown = f"not is_withdrawn and first_shown_on <= date'{params.as_of}'"
    papers = _no_notices(inputs, params).where(is_shown).select("paper_id")
    return inputs[silver.PHRASES].join(papers, on="paper_id", how="left_semi")


def _votes(inputs: Inputs, _: Params) -> DataFrame:
    from jobs.trends.scores import votes_of

    return votes_of(inputs[silver.RECORDS], inputs[silver.IDENTITY])


def _erased(inputs: Inputs, params: Params) -> Any:
    """Whom the file names, and by what they are known again."""
    marks = inputs[silver.ERASURES].select("mark").collect()  # those of one file's people
    return own_files.erased_people(params)._replace(marks=frozenset(row["mark"] for row in marks))


_AS_OF = setting(lambda params: params.as_of, dated=True)
_FILES = setting(
    _listing_files, digested=lambda _: None, lists=True
)  # the listing has its own digest
_MODEL_ID = setting(lambda params: params.model[1])
_MODEL = setting(lambda params: params.model, digested=lambda params: params.model[1])
# A model's id says all that its vectors follow from.
_EMBED = setting(lambda params: params.config.embed, digested=lambda _: None)
_TRENDS = setting(lambda params: params.config.trends)
_CURATION = setting(own_files.topic_curation, digested=own_files.curation_text)
_THESAURUS = setting(own_files.own_thesaurus, digested=own_files.thesaurus_text)
_ROR = setting(own_files.own_ror_list, digested=own_files.ror_digest)
_INSTITUTION_DECISIONS = setting(
    own_files.institution_decisions, digested=own_files.institutions_text
)
_COLUMNS = setting(lambda params: feed_columns(params.config))
_NAMED = setting(own_files.erased_people, digested=own_files.erased_text)
_ERASED = argument_of(_erased, silver.ERASURES, by=_NAMED)
_RESEARCH = argument_of(_no_notices, silver.PAPERS)
_GROUPS = setting(own_files.author_groups, digested=own_files.groups_text)
_IN_GROUPS = argument_of(
    _in_groups, silver.PAPERS, silver.AUTHORSHIPS, silver.AUTHOR_LINKS, by=_GROUPS
)
_VECTORS = argument_of(_vectors_of_model, silver.EMBEDDINGS, by=_MODEL_ID)
_PHRASES_AS_OF = argument_of(_phrases_as_of, silver.PAPERS, silver.PHRASES, by=_AS_OF)
_VOTES = argument_of(_votes, silver.RECORDS, silver.IDENTITY)

PIPELINE: tuple[Stage, ...] = (
    calling(
        "ingest",
        "jobs.ingest.ingest:ingest",
        takes=(
            _FILES,
            bronze.FILES,
            bronze.RAW_RECORDS,
            setting(lambda params: params.config.ingest),
            _COLUMNS,
            _ERASED,
        ),
        writes={
            silver.QUARANTINE: Mode.UPSERT,
            bronze.RAW_RECORDS: Mode.APPEND,
            bronze.FILES: Mode.UPSERT,
        },
    ),
    calling(
        "parse",
        "jobs.ingest.parse:parse",
        takes=(
            bronze.RAW_RECORDS,
            silver.RECORDS,
            silver.QUARANTINE,
            _COLUMNS,
            setting(lambda params: params.config.parse),
        ),
        writes={silver.RECORDS: Mode.APPEND},
    ),
    calling(
        "identity",
        "jobs.identity.stage:identify",
        takes=(
            silver.RECORDS,
            group(
                "jobs.identity.stage:Known",
                silver.IDENTITY,
                silver.SIGNATURES,
                silver.HOT_BLOCKS,
                silver.IDENTITY_EDGES,
                silver.PAPER_FORWARDS,
                silver.DECISIONS,
            ),
            setting(lambda params: params.config.identity),
        ),
        writes={
            silver.SIGNATURES: Mode.APPEND,
            silver.HOT_BLOCKS: Mode.UPSERT,
            silver.IDENTITY_EDGES: Mode.UPSERT,
            silver.PAPER_FORWARDS: Mode.REPLACE,
            silver.IDENTITY: Mode.UPSERT,
        },
    ),
    calling(
        "papers",
        "jobs.papers:papers",
        takes=(silver.RECORDS, silver.IDENTITY, setting(lambda params: params.config.papers)),
        writes={silver.PAPERS: Mode.REPLACE},
    ),
    calling(
        "relations",
        "jobs.identity.relations:relations",
        takes=(silver.RECORDS, silver.IDENTITY, silver.IDENTITY_EDGES),
        writes={silver.RELATIONS: Mode.REPLACE},
    ),
    calling(
        "references",
        "jobs.citations.references:references",
        takes=(silver.RECORDS, silver.IDENTITY),
        writes={silver.REFERENCES: Mode.REPLACE},
    ),
    calling(
        "citations",
        "jobs.citations.counts:citation_counts",
        takes=(silver.REFERENCES, silver.PAPERS, _AS_OF),
        writes={gold.CITATION_COUNTS: Mode.REPLACE},
    ),
    calling(
        "affiliations",
        "jobs.people.affiliations:affiliations",
        takes=(silver.RECORDS, silver.AFFILIATIONS, _ROR, _INSTITUTION_DECISIONS),
        writes={silver.AFFILIATIONS: Mode.REPLACE},
    ),
    calling(
        "authorships",
        "jobs.people.authorships:authorships",
        takes=(silver.RECORDS, silver.IDENTITY, silver.PAPERS, silver.AFFILIATIONS, _ROR),
        writes={silver.AUTHORSHIPS: Mode.REPLACE},
    ),
    calling(
        "authors",
        "jobs.people.authors:authors",
        takes=(
            silver.AUTHORSHIPS,
            silver.PAPERS,
            silver.AUTHOR_LINKS,
            setting(
                lambda params: params.config.authors,
                digested=lambda params: params.config.authors.block_authorships,
            ),
            setting(own_files.author_decisions, digested=own_files.decisions_text),
        ),
        writes={silver.AUTHOR_LINKS: Mode.REPLACE, silver.AUTHORS: Mode.REPLACE},
    ),
    calling(
        "institutions",
        "jobs.people.institutions:institutions",
        takes=(silver.AUTHORSHIPS, silver.RECORDS, silver.PAPERS, _ROR),
        writes={silver.INSTITUTIONS: Mode.REPLACE},
    ),
    calling(
        "collaborations",
        "jobs.people.collaborations:collaborations",
        takes=(silver.AUTHORSHIPS, _RESEARCH, _AS_OF),
        writes={gold.COLLABORATIONS: Mode.REPLACE},
    ),
    calling(
        "embed",
        "jobs.vectors.embed:embed",
        takes=(silver.PAPERS, silver.EMBEDDINGS, _MODEL, _EMBED),
        writes={silver.EMBEDDINGS: Mode.UPSERT},
    ),
    calling(
        "phrases",
        "jobs.text.phrases:phrases",
        takes=(_RESEARCH, silver.PHRASES),
        writes={silver.PHRASES: Mode.UPSERT},
    ),
    calling(
        "keyphrases",
        "jobs.terms.keyphrases:keyphrases",
        takes=(_PHRASES_AS_OF, setting(lambda params: params.config.keyphrases)),
        writes={silver.KEYPHRASES: Mode.REPLACE},
    ),
    calling(
        "topics",
        "jobs.topics.stage:topics",
        takes=(
            _RESEARCH,
            silver.PHRASES,
            _VECTORS,
            _MODEL_ID,
            group(
                "jobs.topics.stage:Topics",
                gold.TOPICS,
                gold.TOPIC_LINEAGE,
                gold.PAPER_TOPICS,
                gold.TOPIC_FITS,
            ),
            setting(lambda params: params.config.topics),
            _AS_OF,
            _CURATION,
            _THESAURUS,
        ),
        writes={
            gold.TOPICS: Mode.UPSERT,
            gold.TOPIC_LINEAGE: Mode.UPSERT,
            gold.PAPER_TOPICS: Mode.REPLACE,
            gold.TOPIC_FITS: Mode.UPSERT,
        },
    ),
    calling(
        "totals",
        "jobs.trends.totals:period_totals",
        takes=(_IN_GROUPS, _TRENDS, _AS_OF),
        writes={gold.PERIOD_TOTALS: Mode.REPLACE},
    ),
    calling(
        "topic-trends",
        "jobs.trends.trends:topic_trends",
        takes=(_IN_GROUPS, gold.PAPER_TOPICS, gold.PERIOD_TOTALS, _TRENDS, _AS_OF),
        writes={gold.TOPIC_TRENDS: Mode.REPLACE},
    ),
    calling(
        "terms",
        "jobs.terms.vocabulary:vocabulary",
        takes=(_RESEARCH, silver.PHRASES, silver.KEYPHRASES, _TRENDS, _AS_OF, _THESAURUS),
        writes={gold.TERMS: Mode.REPLACE, gold.TERM_PAPERS: Mode.REPLACE},
    ),
    calling(
        "term-trends",
        "jobs.trends.trends:term_trends",
        takes=(_RESEARCH, gold.TERM_PAPERS, gold.PERIOD_TOTALS, _TRENDS, _AS_OF),
        writes={gold.TERM_TRENDS: Mode.REPLACE},
    ),
    calling(
        "entities",
        "jobs.entities.stage:entities",
        takes=(_RESEARCH, _PHRASES_AS_OF, gold.PERIOD_TOTALS, _TRENDS, _AS_OF),
        writes={
            gold.ENTITIES: Mode.REPLACE,
            gold.ENTITY_PAPERS: Mode.REPLACE,
            gold.ENTITY_TRENDS: Mode.REPLACE,
        },
    ),
    calling(
        "trend-tests",
        "jobs.trends.reasons:tests_with_reasons",
        takes=(
            gold.TOPIC_TRENDS,
            gold.TERM_TRENDS,
            gold.ENTITY_TRENDS,
            gold.PERIOD_TOTALS,
            silver.PAPERS,
            gold.PAPER_TOPICS,
            gold.TERM_PAPERS,
            gold.ENTITY_PAPERS,
            _TRENDS,
            _AS_OF,
        ),
        writes={gold.TREND_TESTS: Mode.REPLACE, gold.BURSTS: Mode.REPLACE},
    ),
    calling(
        "forecasts",
        "jobs.trends.forecasts:forecasts",
        takes=(gold.TOPIC_TRENDS, gold.PERIOD_TOTALS, _TRENDS),
        writes={gold.FORECASTS: Mode.REPLACE},
    ),
    calling(
        "neighbors",
        "jobs.vectors.neighbors:neighbors",
        takes=(
            _RESEARCH,
            _VECTORS,
            group("jobs.vectors.neighbors:Neighbors", gold.NEIGHBORS, gold.CELLS, gold.PAPER_CELLS),
            _MODEL_ID,
            setting(lambda params: params.config.neighbors),
            _AS_OF,
        ),
        writes={
            gold.NEIGHBORS: Mode.REPLACE,
            gold.CELLS: Mode.REPLACE,
            gold.PAPER_CELLS: Mode.REPLACE,
        },
    ),
    calling(
        "map",
        "jobs.vectors.map:map_papers",
        takes=(
            _VECTORS,
            gold.TOPICS,
            gold.PAPER_TOPICS,
            gold.LANDMARKS,
            _MODEL_ID,
            setting(lambda params: params.config.map),
        ),
        writes={gold.LANDMARKS: Mode.REPLACE, gold.MAP: Mode.REPLACE},
    ),
    calling(
        "scores",
        "jobs.trends.scores:scores",
        takes=(
            _RESEARCH,
            _VOTES,
            gold.CITATION_COUNTS,
            gold.NEIGHBORS,
            gold.TERM_PAPERS,
            gold.TREND_TESTS,
            setting(lambda params: params.config.scores),
            _AS_OF,
        ),
        writes={gold.SCORES: Mode.UPSERT},
    ),
)

HELD = (
    bronze.RAW_RECORDS,
    silver.RECORDS,
    silver.QUARANTINE,
    silver.IDENTITY,
    silver.IDENTITY_EDGES,
    silver.SIGNATURES,
    silver.AUTHORSHIPS,
    silver.AUTHOR_LINKS,
    silver.AUTHORS,
    silver.ERASURES,
)
"""What is looked through for people to be erased."""

ERASE = calling(
    "erase",
    "jobs.people.erasing:erase",
    takes=(
        group("jobs.people.erasing:Held", *HELD),
        _NAMED,
        _COLUMNS,
    ),
    writes={
        silver.ERASURES: Mode.UPSERT,
        bronze.RAW_RECORDS: Mode.UPSERT,
        silver.RECORDS: Mode.UPSERT,
        silver.QUARANTINE: Mode.UPSERT,
        silver.IDENTITY_EDGES: Mode.UPSERT,
        silver.IDENTITY: Mode.UPSERT,
        silver.SIGNATURES: Mode.REPLACE,
    },
)
"""The stage of `papertide erase`, which changes tables that others write."""


def decisions_stage(rows: Sequence[Mapping[str, Any]]) -> Stage:
    """The stage that writes a person's decisions, which the pipeline only reads."""

    def transform(inputs: Inputs, params: Params) -> Mapping[Table, DataFrame]:
        values = [tuple(row.get(name) for name in silver.DECISIONS.column_names) for row in rows]
        return {
            silver.DECISIONS: inputs[silver.DECISIONS].sparkSession.createDataFrame(
                values, silver.DECISIONS.schema()
            )
        }

    return Stage(
        "decide",
        reads=(silver.DECISIONS,),
        writes=(Output(silver.DECISIONS, Mode.UPSERT),),
        transform=transform,
        settings=lambda params: [str(row) for row in rows],
    )


EVERY: tuple[Stage, ...] = (*PIPELINE, decisions_stage([]), ERASE)
"""All stages that write: whoever finds one's work half done finishes it."""
