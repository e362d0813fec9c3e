"""The gate, and one suite module a guarded table.

`suite(facts)` is what only a whole table can break; the row part of each suite comes from the
table's own rules (jobs/tables).
"""

from collections.abc import Callable

from great_expectations.expectations.expectation import Expectation

from expectations import (
    bronze_files,
    bronze_records,
    gold_bursts,
    gold_cells,
    gold_forecasts,
    gold_landmarks,
    gold_map,
    gold_neighbors,
    gold_paper_cells,
    gold_paper_topics,
    gold_period_totals,
    gold_scores,
    gold_term_papers,
    gold_term_trends,
    gold_terms,
    gold_topic_fits,
    gold_topic_lineage,
    gold_topic_trends,
    gold_topics,
    gold_trend_tests,
    silver_decisions,
    silver_embeddings,
    silver_hot_blocks,
    silver_identity,
    silver_identity_edges,
    silver_keyphrases,
    silver_paper_forwards,
    silver_papers,
    silver_phrases,
    silver_quarantine,
    silver_records,
    silver_relations,
    silver_signatures,
)
from expectations.common import Facts

SUITES: dict[str, Callable[[Facts], list[Expectation]]] = {
    "bronze.files": bronze_files.suite,
    "bronze.records": bronze_records.suite,
    "silver.records": silver_records.suite,
    "silver.quarantine": silver_quarantine.suite,
    "silver.decisions": silver_decisions.suite,
    "silver.signatures": silver_signatures.suite,
    "silver.hot_blocks": silver_hot_blocks.suite,
    "silver.identity_edges": silver_identity_edges.suite,
    "silver.paper_forwards": silver_paper_forwards.suite,
    "silver.identity": silver_identity.suite,
    "silver.papers": silver_papers.suite,
    "silver.relations": silver_relations.suite,
    "silver.embeddings": silver_embeddings.suite,
    "silver.phrases": silver_phrases.suite,
    "silver.keyphrases": silver_keyphrases.suite,
    "gold.topics": gold_topics.suite,
    "gold.topic_fits": gold_topic_fits.suite,
    "gold.topic_lineage": gold_topic_lineage.suite,
    "gold.paper_topics": gold_paper_topics.suite,
    "gold.period_totals": gold_period_totals.suite,
    "gold.topic_trends": gold_topic_trends.suite,
    "gold.terms": gold_terms.suite,
    "gold.term_papers": gold_term_papers.suite,
    "gold.term_trends": gold_term_trends.suite,
    "gold.trend_tests": gold_trend_tests.suite,
    "gold.bursts": gold_bursts.suite,
    "gold.forecasts": gold_forecasts.suite,
    "gold.neighbors": gold_neighbors.suite,
    "gold.cells": gold_cells.suite,
    "gold.paper_cells": gold_paper_cells.suite,
    "gold.landmarks": gold_landmarks.suite,
    "gold.map": gold_map.suite,
    "gold.scores": gold_scores.suite,
}
