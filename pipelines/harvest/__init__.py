"""Harvesters: what is new of a source, brought into a feed's folder as delivered.

The sources' own client libraries hand out parsed objects; what lands here are the very bytes. A new
source is two functions in a module and one line here.
"""

from __future__ import annotations

from pipelines.harvest.arxiv import ARXIV_API, ARXIV_RSS
from pipelines.harvest.core import Source
from pipelines.harvest.cursors import CROSSREF, EUROPEPMC, OPENALEX
from pipelines.harvest.daily import HF_DAILY
from pipelines.harvest.oai import ARXIV_OAI

SOURCES: dict[str, Source] = {
    source.name: source
    for source in (ARXIV_OAI, ARXIV_API, ARXIV_RSS, HF_DAILY, OPENALEX, CROSSREF, EUROPEPMC)
}
