"""References as each format delivers them, and what becomes of those that name no work."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.feeds.core import Parsed
from jobs.feeds.tools.cited import MOST, READERS, Reference, put_cited
from jobs.text.text import clean_text
from tests.jobs.feeds.test_formats import line, one, told
from tests.jobs.feeds.test_real_files import read

Cited = list[tuple[dict[str, str], str | None]]
"""Of each reference its ids by scheme, and its words."""


def cited(fields: Mapping[str, Any]) -> Cited:
    entries = fields.get("cited", [])
    return [({own["scheme"]: own["id"] for own in e["ids"]}, e["text"]) for e in entries]


def put(*references: Reference) -> Parsed:
    parsed = Parsed()
    put_cited(parsed, references)
    return parsed


# Any format


def test_ids_come_in_one_spelling_and_words_where_there_is_none() -> None:
    found = put(
        Reference({"pmid": "PMID: 7", "doi": "https://doi.org/10.1000/A"}, "Fern, Silt"),
        Reference({"doi": None, "s2_id": 9}),
        Reference({"doi": "10.48550/arXiv.2401.01234"}),
        Reference({"doi": ""}, " Fern,\n1990 "),
        Reference({"doi": " "}, ""),
        Reference({}, 1990),
    )
    assert (found.warnings, found.errors) == ([], [])
    assert cited(found.fields) == [
        ({"doi": "10.1000/a", "pmid": "7"}, None),
        ({"s2_id": "9"}, None),
        ({"arxiv_id": "2401.01234", "doi": "10.48550/arxiv.2401.01234"}, None),
        ({}, "Fern, 1990"),
        ({}, "1990"),
    ]


def test_an_id_that_is_none_is_kept_as_words_and_told_once() -> None:
    found = put(Reference({"doi": "to appear"}), Reference({"doi": "ibid."}, "Fern, Silt"))
    assert cited(found.fields) == [({}, "to appear"), ({}, "Fern, Silt")]
    assert found.warnings == ["cited has 2 ids that are none: to appear"]


def test_a_list_too_long_is_cut_and_told() -> None:
    found = put(*(Reference({"s2_id": n + 1}) for n in range(MOST + 3)))
    assert len(found.fields["cited"]) == MOST
    assert found.warnings == ["cited has 3 references over the 5,000 that are kept"]


def test_no_list_is_null() -> None:
    assert put().fields == put(Reference({"doi": None})).fields == {}


@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.sampled_from(list(READERS)), st.text(max_size=30) | st.integers()),
            st.none() | st.text(max_size=20),
        )
    )
)
def test_any_list_keeps_every_reference_that_says_something(listed: list[Any]) -> None:
    found = put(*(Reference(ids, text) for ids, text in listed))
    kept = cited(found.fields)
    assert all(bool(ids) != bool(text) for ids, text in kept)
    assert [list(ids) for ids, _ in kept] == [
        sorted(ids, key=list(READERS).index) for ids, _ in kept
    ]
    says = [
        any(clean_text(str(own)) for own in [*ids.values(), text or ""]) for ids, text in listed
    ]
    assert len(kept) == sum(says)


# Each format


def test_openalex_names_works_of_its_own() -> None:
    own = ["https://openalex.org/W12", "W13"]
    fields = one("openalex", line(id="https://openalex.org/W9", title="Ebb", referenced_works=own))
    assert cited(fields) == [({"openalex_id": "W12"}, None), ({"openalex_id": "W13"}, None)]
    without = line(id="https://openalex.org/W9", title="Ebb", referenced_works=[])
    assert "cited" not in one("openalex", without)


def test_crossref_names_dois_and_words() -> None:
    listed = [
        {"key": "1", "DOI": "10.1000/A", "unstructured": "Fern 1990"},
        {"key": "2", "unstructured": "Reed, On silt, 1991."},
        {"key": "3", "year": "1992", "author": "Kelp", "journal-title": "Tides", "first-page": "7"},
        {"key": "4", "unstructured": " "},
    ]
    assert cited(one("crossref", line(DOI="10.1000/x", title=["Ebb"], reference=listed))) == [
        ({"doi": "10.1000/a"}, None),
        ({}, "Reed, On silt, 1991."),
        ({}, "Kelp, 1992, Tides, 7"),
    ]


def test_crossrefs_xml_names_the_same() -> None:
    payload = """<doi_batch><journal><journal_article><titles><title>Ebb</title></titles>
      <doi_data><doi>10.1000/x</doi></doi_data><citation_list>
        <citation key="1"><doi>10.1000/A</doi></citation>
        <citation key="2"><unstructured_citation>Reed, <i>On silt</i>.</unstructured_citation></citation>
        <citation key="3"><journal_title>Tides</journal_title><author>Kelp</author>
          <first_page>7</first_page><cYear>1992</cYear></citation>
      </citation_list></journal_article></journal></doi_batch>"""
    assert cited(one("crossref", payload)) == [
        ({"doi": "10.1000/a"}, None),
        ({}, "Reed, On silt."),
        ({}, "Kelp, 1992, Tides, 7"),
    ]


def test_semantic_scholar_names_ids_of_every_scheme() -> None:
    listed = [
        {"paperId": "f" * 40, "title": "Silt", "externalIds": {
            "CorpusId": 5, "DOI": "10.1000/A", "ArXiv": "2401.01234", "PubMed": "7",
            "ACL": "P06-1001"}},
        {"citedPaper": {"paperId": "e" * 40, "corpusId": 6, "title": "Reed"}},
        {"paperId": None, "title": "On kelp"},
    ]  # fmt: skip
    paper = line(
        paperId="d" * 40, corpusId=4, title="Ebb", references=listed, citations=[{"corpusId": 8}]
    )
    assert cited(one("semantic-scholar", paper)) == [
        ({"arxiv_id": "2401.01234", "doi": "10.1000/a", "acl_id": "P06-1001", "pmid": "7",
          "s2_id": "5"}, None),
        ({"s2_id": "6"}, None),
        ({}, "On kelp"),
    ]  # fmt: skip
    older = line(paper_id="4", title="Ebb", outbound_citations=["5", "6"], inbound_citations=["8"])
    assert cited(one("semantic-scholar", older)) == [({"s2_id": "5"}, None), ({"s2_id": "6"}, None)]


_PUBMED = (
    "<PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>Ebb</ArticleTitle>"
    "</Article><CommentsCorrectionsList><CommentsCorrections RefType='Cites'><RefSource>Tides 7"
    "</RefSource><PMID>8</PMID></CommentsCorrections></CommentsCorrectionsList></MedlineCitation>"
    "<PubmedData>{}</PubmedData></PubmedArticle>"
)


def test_pubmed_names_articles_in_a_list_or_as_marked() -> None:
    listed = """<ReferenceList><Reference><Citation>Silt. 1990</Citation><ArticleIdList>
        <ArticleId IdType="pubmed">7</ArticleId><ArticleId IdType="doi">10.1000/A</ArticleId>
      </ArticleIdList></Reference>
      <ReferenceList><Reference><Citation>Reed. <i>1991</i></Citation></Reference></ReferenceList>
    </ReferenceList>"""
    assert cited(one("pubmed", _PUBMED.format(listed))) == [
        ({"doi": "10.1000/a", "pmid": "7"}, None),
        ({}, "Reed. 1991"),
    ]
    assert cited(one("pubmed", _PUBMED.format(""))) == [({"pmid": "8"}, None)]


def test_jats_names_every_work_of_a_list() -> None:
    article = """<article xmlns:xlink="http://www.w3.org/1999/xlink"><front><article-meta>
      <title-group><article-title>Ebb</article-title></title-group></article-meta></front>
    <back><ref-list><ref><label>1</label><element-citation><name><surname>Fern</surname></name>
        <year>1990</year><pub-id pub-id-type="pmid">7</pub-id>
        <pub-id pub-id-type="doi">10.1000/A</pub-id></element-citation></ref>
      <ref><mixed-citation>Reed, <italic>On silt</italic>,
        <ext-link xlink:href="https://doi.org/10.1000/b">link</ext-link></mixed-citation>
        <mixed-citation>Kelp, 1992.</mixed-citation></ref>
      <ref><citation-alternatives><element-citation><surname>Moss</surname><year>1993</year>
        </element-citation><mixed-citation>Moss (1993)</mixed-citation></citation-alternatives></ref>
    </ref-list></back></article>"""
    assert cited(one("jats", article)) == [
        ({"doi": "10.1000/a", "pmid": "7"}, None),
        ({"doi": "10.1000/b"}, None),
        ({}, "Kelp, 1992."),
        ({}, "Moss, 1993"),
    ]


def test_web_of_science_names_a_work_a_line() -> None:
    entry = (
        "PT J\nTI Ebb\nCR Fern A, 1990, TIDES, V7, P1, DOI 10.1000/A\n   Reed B, 1991, SILT\nER\n"
    )
    assert cited(one("bibliography", entry)) == [
        ({"doi": "10.1000/a"}, None),
        ({}, "Reed B, 1991, SILT"),
    ]


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ("openalex", {"id": "https://openalex.org/W9", "referenced_works": "W1"}),
        ("openalex", {"id": "https://openalex.org/W9", "referenced_works": [None, {}, []]}),
        ("crossref", {"DOI": "10.1000/x", "reference": {"DOI": "10.1000/a"}}),
        ("crossref", {"DOI": "10.1000/x", "reference": [None, "a", {"DOI": ["10.1000/a"]}]}),
        ("semantic-scholar", {"paperId": "d", "references": [{"externalIds": [], "title": 0.5}]}),
        ("semantic-scholar", {"paper_id": "4", "outbound_citations": {"5": 1}}),
    ],
)
def test_a_list_of_another_shape_costs_the_list_alone(form: str, fields: dict[str, Any]) -> None:
    [record] = told(form, line(title="Ebb", **fields))
    assert not record.errors
    assert "cited" not in record.fields


# Counted by a script of its own over the files: form, files, records with references, references
# with an id, references in words.
REAL = [
    ("openalex", "openalex/*.jsonl", 117, 3_502, 0),
    ("crossref", "crossref/*.jsonl", 573, 19_610, 5_452),  # 45 more have a key alone
    ("semantic-scholar", "semantic-scholar/s2orc-sample.jsonl", 156, 3_107, 0),
    ("semantic-scholar", "semantic-scholar/s2-papers.jsonl", 0, 0, 0),
    ("pubmed", "pubmed/*.xml", 55, 2_478, 0),
    ("europepmc", "europepmc/*.json", 0, 0, 0),
]


@pytest.mark.parametrize(("form", "files", "records", "with_id", "in_words"), REAL)
def test_every_reference_of_the_real_files_is_found(
    shared_feeds: Path, form: str, files: str, records: int, with_id: int, in_words: int
) -> None:
    found, _, _ = read(form, *sorted(shared_feeds.glob(files)))
    lists = [cited(record.fields) for record in found if "cited" in record.fields]
    ids = [bool(ids) for each in lists for ids, _ in each]
    assert (len(lists), sum(ids), len(ids) - sum(ids)) == (records, with_id, in_words)
    assert not [w for record in found for w in record.warnings if w.startswith("cited")]
