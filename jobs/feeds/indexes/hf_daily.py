"""hf-daily: answers of a daily-papers service, a JSON list a file, an object a listed paper.

The schema has grown over time: a summary stands in the paper or beside it, keywords, organisation
and day of listing came later. All that is not named here is left where it is, in the payload.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jobs.feeds.core import Broken, Feed, Parsed, Payload
from jobs.feeds.tools.authorships import Authorship, put_authorships
from jobs.feeds.tools.json_text import kind, load_json, objects_of_answer, objects_of_list
from jobs.feeds.tools.reading import begins_with
from jobs.feeds.tools.values import (
    put_arxiv,
    put_authors,
    put_day,
    put_published,
    put_text,
    put_texts,
    put_whole,
)


def split(content: bytes, name: str) -> Iterator[Payload | Broken]:
    """The elements of the list, or the one paper of an answer, each in its own words."""
    if begins_with(content, b"{"):
        return objects_of_answer(content, "dailyPapers", others=("papers",))
    return objects_of_list(content)


def parse(payload: str, options: Mapping[str, str]) -> Parsed:
    """One listed paper: `paper` with its id, dates, authors and votes, and what is beside it."""
    parsed = Parsed()
    try:
        entry = load_json(payload)
    except ValueError as error:
        parsed.errors.append(f"not JSON: {error}")
        return parsed
    paper = entry.get("paper") if isinstance(entry, dict) else None
    if paper is None and isinstance(entry, dict) and entry.get("id") and entry.get("title"):
        paper = entry  # an answer about the paper alone
    if not isinstance(paper, dict):
        type_name = kind(paper) if isinstance(entry, dict) else kind(entry)
        parsed.errors.append(f"paper is {type_name}, not an object")
        return parsed
    _put_id(parsed, paper.get("id"))
    put_text(parsed, "title", _first(paper, entry, "title"))
    put_text(parsed, "abstract", _first(paper, entry, "summary"))
    _put_authors(parsed, paper.get("authors"))
    put_published(parsed, paper.get("publishedAt"))
    put_day(parsed, "listed_on", paper.get("submittedOnDailyAt"))
    put_texts(parsed, "keywords", paper.get("ai_keywords"))
    put_whole(parsed, "votes", paper.get("upvotes"))
    return parsed


def _put_authors(parsed: Parsed, value: Any) -> None:
    """Authors, with the name of the account of those that have claimed the paper."""
    if isinstance(value, list):
        put_authorships(parsed, [_author(entry) for entry in value])
    else:
        put_authors(parsed, value)


def _author(entry: Any) -> Authorship:
    if not isinstance(entry, dict):
        return Authorship(entry)
    user = entry.get("user")
    account = user.get("user") if isinstance(user, dict) else None
    return Authorship(entry.get("name"), ids={} if account is None else {"hf": account})


def _put_id(parsed: Parsed, value: Any) -> None:
    """The paper's id, which is its arXiv id and the last part of its address."""
    put_text(parsed, "native_id", value)
    if "native_id" not in parsed.fields:
        if value is None:
            parsed.errors.append("id is missing")
        return
    put_arxiv(parsed, value)
    if "arxiv_id" in parsed.fields:
        parsed.fields["url"] = f"https://huggingface.co/papers/{parsed.fields['arxiv_id']}"


def _first(paper: Mapping[str, Any], entry: Mapping[str, Any], key: str) -> Any:
    """The value in the paper, which is the cleaner one, else the one beside it."""
    value = paper.get(key)
    return entry.get(key) if value is None or value == "" else value


HF_DAILY = Feed(
    "hf-daily",
    about="answers of a daily-papers service: a JSON list a file",
    files=("*.json",),
    split=split,
    parse=parse,
)
