"""Requirements of hf-daily: every listed paper, whatever its schema had grown to."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from jobs.feeds.core import Parsed, Payload, parse_payload, pieces
from jobs.feeds.indexes.hf_daily import HF_DAILY
from jobs.feeds.tools.reading import Unreadable
from jobs.params import IngestSettings

PAPER = {
    "id": "2405.01234",
    "title": "Tides   of\nPebbles",
    "summary": "How pebbles move.",
    "authors": [{"_id": "a", "name": "Ada Tern", "hidden": False}, {"name": " "}],
    "publishedAt": "2024-05-26T23:30:00.000Z",
    "submittedOnDailyAt": "2024-05-28T01:00:00+02:00",
    "upvotes": 7,
    "ai_keywords": ["pebble", " tide  pool "],
}


def told(entry: Any) -> Parsed:
    return parse_payload(HF_DAILY, json.dumps(entry), {})


def test_a_listed_paper_gives_all_its_fields() -> None:
    assert told({"paper": PAPER, "title": "beside", "numComments": 2}) == Parsed(
        {
            "native_id": "2405.01234",
            "arxiv_id": "2405.01234",
            "arxiv_version": None,
            "url": "https://huggingface.co/papers/2405.01234",
            "title": "Tides of Pebbles",
            "abstract": "How pebbles move.",
            "authors": [{"name": "Ada Tern", "orcid": None, "affiliation": None}],
            "published_on": date(2024, 5, 26),
            "listed_on": date(2024, 5, 27),
            "dates": [
                {"kind": "published", "day": date(2024, 5, 26), "precision": "day"},
                {"kind": "listed", "day": date(2024, 5, 27), "precision": "day"},
            ],
            "votes": 7,
            "keywords": ["pebble", "tide pool"],
        }
    )


@pytest.mark.parametrize(
    "absent", [{}, {"title": None, "summary": None}, {"title": "", "summary": ""}]
)
def test_what_the_paper_lacks_is_taken_from_beside_it(absent: dict[str, Any]) -> None:
    paper = {key: PAPER[key] for key in ("id", "upvotes")} | absent
    fields = told({"paper": paper, "title": "Ebb", "summary": "Of it."}).fields
    assert (fields["title"], fields["abstract"]) == ("Ebb", "Of it.")


@pytest.mark.parametrize(
    ("entry", "error"),
    [
        ([], "paper is a list, not an object"),
        ({}, "paper is null, not an object"),
        ({"paper": "x"}, "paper is text, not an object"),
        ({"paper": {"title": "Ebb"}}, "id is missing"),
        ({"paper": {**PAPER, "id": 2405.01234}}, "native_id is a number, not text"),
        ({"paper": {**PAPER, "authors": "Ada"}}, "authors is text, not a list"),
        ({"paper": {**PAPER, "authors": [3]}}, "authors[0].name is a number, not text"),
        ({"paper": {**PAPER, "upvotes": "7"}}, "votes is text, not a whole number"),
        ({"paper": {**PAPER, "upvotes": True}}, "votes is true or false, not a whole number"),
        ({"paper": {**PAPER, "ai_keywords": "tide"}}, "keywords is text, not a list"),
        ({"paper": {**PAPER, "summary": ["x"]}}, "abstract is a list, not text"),
        ({"paper": {**PAPER, "publishedAt": 20240526}}, "published_on is a number, not text"),
    ],
)  # fmt: skip
def test_a_wrong_type_is_an_error_that_names_the_field(entry: Any, error: str) -> None:
    assert told(entry).errors == [error]


@pytest.mark.parametrize(
    ("changed", "gone", "warning"),
    [
        ({"id": "a-post"}, "arxiv_id", "arxiv_id is none: a-post"),
        ({"publishedAt": "2024-02-30T00:00:00Z"}, "published_on", "published_on is no date: "
         "2024-02-30T00:00:00Z"),
        ({"submittedOnDailyAt": "soon"}, "listed_on", "listed_on is no date: soon"),
        ({"upvotes": -1}, "votes", "votes cannot be -1"),
    ],
)  # fmt: skip
def test_an_impossible_value_becomes_null_with_a_warning(
    changed: dict[str, Any], gone: str, warning: str
) -> None:
    found = told({"paper": {**PAPER, **changed}})
    assert gone not in found.fields and not found.errors
    assert found.warnings == [warning]


def test_the_real_files_give_every_row_with_its_own_id(shared_feeds: Path) -> None:
    files = sorted((shared_feeds / "hf-daily-papers").glob("*.json"))
    found = [
        piece
        for file in files
        for piece in pieces(HF_DAILY, file.read_bytes(), file.name, IngestSettings())
    ]
    payloads = [piece.text for piece in found if isinstance(piece, Payload)]
    assert (len(files), len(found), len(payloads)) == (393, 5_841, 5_841)
    told_all = [parse_payload(HF_DAILY, payload, {}) for payload in payloads]
    assert not any(t.errors for t in told_all)
    assert len({t.fields["arxiv_id"] for t in told_all}) == 5_841
    assert all(t.fields["title"] and t.fields["abstract"] for t in told_all)
    assert all(isinstance(t.fields["published_on"], date) for t in told_all)


@pytest.mark.parametrize("content", [b"Service unavailable", b"<html>no</html>", b"  null"])
def test_what_is_no_json_of_papers_is_unreadable(content: bytes) -> None:
    with pytest.raises(Unreadable):
        list(pieces(HF_DAILY, content, "2024-01-11.json", IngestSettings()))
