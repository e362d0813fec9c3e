"""Answers of strangers: what is not a whole, plain page is refused, in one of three known ways."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.harvest import SOURCES
from pipelines.harvest.answers import printable_line, xml_root
from pipelines.harvest.arxiv import ARXIV_API, ARXIV_RSS
from pipelines.harvest.core import Fault, Page, Refused, Source, Stale
from pipelines.harvest.cursors import CROSSREF, EUROPEPMC, OPENALEX
from pipelines.harvest.daily import HF_DAILY
from pipelines.harvest.oai import ARXIV_OAI
from tests.pipelines.harvest.serving import (
    atom_page,
    crossref_page,
    europepmc_page,
    oai,
    oai_error,
    oai_page,
    openalex_page,
    rss,
)

RECORDS = [{"id": "a"}, {"id": "b"}]
PAGES = {
    "arxiv-oai": oai_page(["1", "2"], "more"),
    "arxiv-api": atom_page(["1", "2"], 0, 5),
    "arxiv-rss": rss(["1", "2"]),
    "hf-daily": b'[{"id": "a"}, {"id": "b"}]',
    "openalex": openalex_page(RECORDS, "more", 5),
    "crossref": crossref_page(RECORDS, "more", 5),
    "europepmc": europepmc_page(RECORDS, "more", 5),
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.name)
def test_a_page_is_read_for_what_it_holds(source: Source) -> None:
    page = source.read(PAGES[source.name])
    assert page.records == 2
    expected = {"arxiv-api": "2", "arxiv-rss": None, "hf-daily": None}
    assert page.token == expected.get(source.name, "more")


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.name)
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_page_that_was_cut_anywhere_is_no_page(source: Source, share: float) -> None:
    whole = PAGES[source.name]
    with pytest.raises(Fault):
        source.read(whole[: int(len(whole) * share)])


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.name)
@given(noise=st.binary(max_size=40), at=st.integers(0, 400), gone=st.integers(0, 40))
def test_whatever_comes_is_a_page_or_refused_in_a_known_way(
    source: Source, noise: bytes, at: int, gone: int
) -> None:
    page = PAGES[source.name]
    with suppress(Fault, Stale, Refused):
        assert isinstance(source.read(page[:at] + noise + page[at + gone :]), Page)


@pytest.mark.parametrize(
    ("source", "body"),
    [
        (ARXIV_OAI, b"<feed/>"),
        (ARXIV_OAI, oai("<Identify/>")),
        (ARXIV_API, b"<feed/>"),
        (ARXIV_API, b'<feed xmlns="http://www.w3.org/2005/Atom"/>'),
        (ARXIV_RSS, b"<opml/>"),
        (HF_DAILY, b'{"papers": []}'),
        (HF_DAILY, b"null"),
        (OPENALEX, b"[]"),
        (OPENALEX, b'{"results": []}'),
        (CROSSREF, b'{"message": {"items": null, "total-results": 1}}'),
        (EUROPEPMC, b'{"hitCount": 5}'),
    ],
)
def test_another_answer_than_was_asked_for_is_no_empty_list(source: Source, body: bytes) -> None:
    with pytest.raises(Fault):
        source.read(body)


@pytest.mark.parametrize(
    ("source", "body", "words"),
    [
        (ARXIV_OAI, oai_error("badArgument"), "badArgument: so it is"),
        (HF_DAILY, b'{"error": "no such day"}', "no such day"),
        (OPENALEX, b'{"error": "Invalid filter", "message": "no"}', "Invalid filter; no"),
        (CROSSREF, b'{"status": "failed", "message": [{"message": "bad rows"}]}', "bad rows"),
        (EUROPEPMC, b'{"errCode": 404, "errMsg": "no query"}', "no query"),
    ],
)
def test_a_no_is_told_in_the_words_of_the_source(source: Source, body: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words):
        source.read(body)


def test_a_token_that_ran_out_is_told_apart_from_an_empty_list() -> None:
    with pytest.raises(Stale):
        ARXIV_OAI.read(oai_error("badResumptionToken"))
    assert ARXIV_OAI.read(oai_error("noRecordsMatch")).records == 0


def test_the_same_records_are_known_again_in_another_envelope() -> None:
    first, again = oai_page(["1"], "a"), oai_page(["1"], "b")
    assert first != again
    assert ARXIV_OAI.read(first).digest == ARXIV_OAI.read(again).digest
    assert ARXIV_OAI.read(oai_page(["1"], deleted=["1"])).digest != ARXIV_OAI.read(first).digest


@pytest.mark.parametrize(
    "inside", ["", "<!ENTITY a 'b'>", "<!ENTITY % p SYSTEM 'file:///etc/hostname'> %p;"]
)
def test_a_document_type_is_refused_whatever_it_declares(inside: str) -> None:
    with pytest.raises(Fault, match="document type"):
        xml_root(f"<!DOCTYPE r [{inside}]><r>text</r>".encode())


def test_bombs_and_thieves_are_refused(shared_feeds: Path) -> None:
    for name in ("xml_entity_bomb.xml", "xml_external_entity.xml"):
        with pytest.raises(Fault, match="document type|not well-formed"):
            xml_root((shared_feeds / "hostile" / name).read_bytes())


def test_comments_before_the_root_cost_no_more_than_their_length() -> None:
    assert xml_root(b"<!-- a --> " * 20_000 + b"<r/>").tag == "r"
    with pytest.raises(Fault, match="HTML"):
        xml_root(b"<!-- a --> " * 20_000 + b"<html/>")


def test_a_namespace_that_is_no_address_is_a_record_like_others() -> None:
    assert ARXIV_OAI.read(oai('<ListRecords><record xmlns:a="b"/><record/></ListRecords>'))


def test_half_a_surrogate_in_a_title_does_not_keep_a_page_out() -> None:
    assert HF_DAILY.read(b'[{"title": "\\ud835"}]').records == 1


def test_an_element_ten_thousand_deep_is_refused() -> None:
    with pytest.raises(Fault, match="not well-formed"):
        xml_root(b"<a>" * 10_000 + b"</a>" * 10_000)


def test_words_of_strangers_are_one_short_line_without_control_characters() -> None:
    assert printable_line("a\n b\x1b[31m\u202e") == "a b\ufffd[31m\ufffd"
    assert len(printable_line("x" * 5000)) == 301
