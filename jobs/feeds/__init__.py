"""The feed formats that Papertide reads, by name. A new format is one module and one line here."""

from __future__ import annotations

from jobs.feeds.core import Feed
from jobs.feeds.hf_daily import HF_DAILY
from jobs.feeds.hf_page import HF_PAGE
from jobs.feeds.papers import PAPERS

FEEDS: dict[str, Feed] = {feed.name: feed for feed in (HF_PAGE, HF_DAILY, PAPERS)}
