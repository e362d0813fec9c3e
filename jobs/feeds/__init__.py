"""The feed formats that Papertide reads, by name. A new format is one module and one line here."""

from __future__ import annotations

from jobs.feeds.acl import ACL
from jobs.feeds.arxiv_api import ARXIV_API
from jobs.feeds.arxiv_oai import ARXIV_OAI
from jobs.feeds.arxiv_rss import ARXIV_RSS
from jobs.feeds.arxiv_snapshot import ARXIV_SNAPSHOT
from jobs.feeds.bibliography import BIBLIOGRAPHY
from jobs.feeds.core import Feed
from jobs.feeds.crossref import CROSSREF
from jobs.feeds.dblp import DBLP
from jobs.feeds.europepmc import EUROPEPMC
from jobs.feeds.hf_daily import HF_DAILY
from jobs.feeds.hf_page import HF_PAGE
from jobs.feeds.jats import JATS
from jobs.feeds.openalex import OPENALEX
from jobs.feeds.papers import PAPERS
from jobs.feeds.pubmed import PUBMED
from jobs.feeds.semantic_scholar import SEMANTIC_SCHOLAR

FEEDS: dict[str, Feed] = {
    feed.name: feed
    for feed in (
        HF_PAGE,
        HF_DAILY,
        PAPERS,
        ARXIV_SNAPSHOT,
        ARXIV_API,
        ARXIV_RSS,
        ARXIV_OAI,
        ACL,
        OPENALEX,
        CROSSREF,
        SEMANTIC_SCHOLAR,
        PUBMED,
        JATS,
        EUROPEPMC,
        DBLP,
        BIBLIOGRAPHY,
    )
}
