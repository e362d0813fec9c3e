"""Requirements of marks, markup and placeholders that many formats have."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from jobs.feeds.core import Parsed
from jobs.feeds.tools.markup import plain
from jobs.feeds.tools.values import put_abstract, put_authors
from jobs.ingest.parse import _withdrawn_as
from jobs.text.text import clean_text, title_says_withdrawn
from tests.jobs.feeds.test_formats import cut, names, one


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("RETRACTED: Tides of the Sund", "retracted"),
        ("RETRACTED ARTICLE: Tides", "retracted"),
        ("Retracted Article: Tides", "retracted"),
        ("[Retracted] Tides", "retracted"),
        ("Tides (Retracted Article. See vol. 3, 2010)", "retracted"),
        ("WITHDRAWN: Tides", "withdrawn"),
        ("WITHDRAWN\u2014Tides", "withdrawn"),
        ("TEMPORARY REMOVAL: Tides", "withdrawn"),
        ("*RETRACTED* Tides", "retracted"),
        ("Tides *Retracted*", "retracted"),
        ("[This article has been retracted] Tides", "retracted"),
        ("Article retracted: Tides", "retracted"),
        ("Retracted and republished: Tides", "retracted"),
        ("RETRACTADO: Mareas", "retracted"),
        ("Artigo retratado: Mar\u00e9s", "retracted"),
        ("Article r\u00e9tract\u00e9 : Mar\u00e9es", "retracted"),
        ("[Retratado] Mar\u00e9s", "retracted"),
        ("Mar\u00e9s [Retratada]", "retracted"),
        ("RETRATADA: Mar\u00e9s", "retracted"),
        ("[RITIRATO] Maree", "retracted"),
        ("Mareas (art\u00edculo retratado)", "retracted"),
        ("Maree (articolo ritirato)", "retracted"),
        ("Mareas (Retractado)", "retracted"),
        ("A cidade (retratada por uma gaivota)", None),
        ("A cidade (retratada)", None),
        ("La gaviota en el cine: retratada", None),
        ("Retratado: o povo do mar", None),
        ("Gaivota cinzenta - Retratada", None),
        ("Ritirata: una barca nella tempesta", None),
        ("Il mare (ritirato dalla costa)", None),
        ("Mar\u00e9s (retractadas por un temporal)", None),
        ("Die K\u00fcste (zur\u00fcckgezogen vom Meer)", None),
        ("Statement of Retraction: Tides", None),
        ("Withdrawal: Tides", None),
        ("Retracted sails in a storm: a design", None),
        ("Retraction Note to: Tides", None),
        ("Why papers are retracted: a study", None),
        ("Withdrawn drugs: a review", None),
    ],
)
def test_a_title_bears_the_mark_of_retraction(title: str, expected: str | None) -> None:
    assert title_says_withdrawn(title) == expected


def test_a_notice_is_not_what_it_retracts() -> None:
    own = {"title": "Retracted: Tides"}
    assert _withdrawn_as(own) == "retracted"
    assert _withdrawn_as({**own, "relations": [{"kind": "retracts"}]}) is None
    assert _withdrawn_as({"title": "Tides", "relations": [{"kind": "retracted by"}]}) == "retracted"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Role of <scp>DNA</scp> in CO<inf>2</inf>", "Role of DNA in CO_2"),
        ("<math><mi>k</mi></math>-th <strike>old</strike> <emph>door</emph>", "k-th old door"),
        ("m&lt;sup&gt;6&lt;/sup&gt;A and &amp;lt;i&amp;gt;E&amp;lt;/i&amp;gt;", "m^6A and E"),
        ("p &lt; 0.05 and b &gt; a", "p < 0.05 and b > a"),
        ("hoppers<i>Ebba alta</i>in pools", "hoppers Ebba alta in pools"),
    ],
)
def test_markup_of_any_kind_becomes_text(text: str, expected: str) -> None:
    assert clean_text(plain(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Abstract We measured.", "We measured."),
        ("ABSTRACTThe tide.", "The tide."),
        ("Abstract: tides.", "tides."),
        ("Aim: tides. SUMMARY: They ebb.", "Aim: tides. SUMMARY: They ebb."),
        ("Abstract Meaning Representation of tides.", "Abstract Meaning Representation of tides."),
        ("Abstract interpretation of code.", "Abstract interpretation of code."),
        ("[No abstract available]", None),
        (
            "No AccessSand Reports1 May 2013On duneshttps://doi.org/10.1/xSectionsAboutPDF (1 MB) ToolsAdd "
            "to favoritesDownload CitationsTrack Citations ShareFacebookTwitterLinked In Abstract:Dunes "
            "move. Previous bookNext book FiguresReferencesRecommendedDetailsCited ByOf gulls",
            "Dunes move.",
        ),
        ("Add to favoritesDownload CitationTrack Citation ShareFacebookTwitterLinkedIn", None),
        (
            "We measure tides and find much of it. Add to favorites Download Citations Track "
            "Citations Share on Facebook Twitter LinkedIn",
            "We measure tides and find much of it.",
        ),
        (
            "Abstract: We measure tides and find much.ToolsAdd to favoritesDownload Citation"
            "Track Citation ShareFacebookTwitterLinkedIn Figures References Related Details By",
            "We measure tides and find much.",
        ),
        (
            "On dunes. Add to favorites Download Citations Track Citations Share LinkedIn",
            None,
        ),
        (
            "Of a page on dunes and gulls the Sections About PDF Tools Add to favorites Download "
            "Citations Track Citations Share LinkedIn",
            None,
        ),
        (
            "Readers add to favorites; they download citations.",
            "Readers add to favorites; they download citations.",
        ),
        ("n/a", None),
        ("Unlabelled: We measured.", "We measured."),
        ("Abstract\nSteam rises.", "Steam rises."),
        (plain("<p>Abstract</p><p>Steam rises.</p>"), "Steam rises."),
        ("Abstract interpretation of tides.", "Abstract interpretation of tides."),
        ("Not available", None),
    ],
)
def test_the_heading_and_placeholders_are_no_abstract(text: str, expected: str | None) -> None:
    parsed = Parsed()
    put_abstract(parsed, text)
    assert parsed.fields.get("abstract") == expected


def test_what_has_no_letter_or_says_that_there_is_none_is_no_author() -> None:
    parsed = Parsed()
    put_authors(parsed, ["Ada Tern", ":", "et al.", "[No author name available]", "Noa Reed",
                         "Anonymous", "[Anonymous]", "Anon.", "Anna Non"])  # fmt: skip
    assert names(parsed.fields) == ["Ada Tern", "Noa Reed", "Anna Non"]


def test_a_work_that_openalex_took_away_is_a_deletion() -> None:
    work = {"id": "https://openalex.org/W9", "title": "Deleted Work",
            "display_name": "Deleted Work"}  # fmt: skip
    assert one("openalex", json.dumps(work))["withdrawn_as"] == "deleted"


@pytest.mark.parametrize("mark", ["", " UPDATED", " CROSS LISTED"])
def test_an_old_announcement_has_its_words_in_the_title(mark: str) -> None:
    fields = one("arxiv-rss", (
        '<rdf:RDF xmlns:rdf="r" xmlns:dc="d"><channel><dc:date>2021-03-09T20:30:00-05:00</dc:date>'
        '</channel><item rdf:about="x">'
        f"<title>Ebb. (arXiv:2103.04567v1 [cs.CL]{mark})</title>"
        "<link>http://arxiv.org/abs/2103.04567</link><description>&lt;p&gt;Tides.&lt;/p&gt;"
        "</description><dc:creator>&lt;a href=\"x\"&gt;Ada Tern&lt;/a&gt;</dc:creator></item>"
        "</rdf:RDF>"
    ))  # fmt: skip
    assert (fields["title"], fields["abstract"], names(fields)) == ("Ebb", "Tides.", ["Ada Tern"])
    assert (fields["arxiv_version"], fields["listed_on"]) == (1, date(2021, 3, 10))
    assert fields["categories"] == ["arxiv:cs.CL"]


TABLES: list[tuple[str, dict[str, Any]]] = [
    ('Authors,Author full names,Title,Year,Source title,Page start,Page end,DOI,EID\n'
     '"Tern, A.","Tern, Ada (1); Kelp, Bo (2)",Ebb,2019,Tides,1,9,10.5555/s.1,2-s2.0-1\n',
     {"native_id": "2-s2.0-1", "pages": "1-9", "venue": "Tides"}),
    ('PMID,Title,Authors,Journal/Book,Publication Year,DOI\n'
     '9,Ebb,"Tern A, Kelp B.",Tides,2019,10.5555/p.1\n', {"pmid": "9", "venue": "Tides"}),
    ('About the data: exported. Criteria: "x".\nPublication ID,Title,Source title,Authors,PubYear\n'
     'pub.1,Ebb,Tides,"Tern, Ada; Kelp, Bo",2019\n', {"native_id": "pub.1"}),
    ("sep=;\r\nid;title;authors;year\r\n1;Ebb;Ada Tern,Bo Kelp;2019\r\n", {"native_id": "1"}),
    ("Article Title\tAuthor Full Names\tPublication Year\tUT (Unique WOS ID)\n"
     "Ebb\tTern, Ada; Kelp, Bo\t2019\tWOS:1\n", {"native_id": "WOS:1"}),
    ("PT\tAF\tTI\tSO\tDT\tPD\tPY\tBP\tEP\tUT\n"
     "J\tTern, Ada; Kelp, Bo\tEbb\tTIDES\tArticle; Retracted Publication\tMAR 27\t2019\t1\t9\tWOS:1\n",
     {"native_id": "WOS:1", "pages": "1-9", "venue": "TIDES", "withdrawn_as": "retracted",
      "published_on": date(2019, 3, 27)}),
    ('Authors,Title,Year,Source title,Document Type,EID\n'
     '"Tern A., Kelp B.B.",Ebb,2019,Tides,Erratum,2-s2.0-1\n', {"work_type": "Erratum"}),
    ('Authors,Title,Year,Source title,EID\n"Tern, A., Kelp, B.B.",Ebb,2015,Tides,2-s2.0-1\n',
     {"authors": [{"name": "A. Tern", "orcid": None, "affiliation": None},
                  {"name": "B.B. Kelp", "orcid": None, "affiliation": None}]}),
    ('Authors,Title,Year,Source title,EID\n"Tern, A., Shore Group",Ebb,2015,Tides,2-s2.0-1\n',
     {"authors": [{"name": "A. Tern", "orcid": None, "affiliation": None},
                  {"name": "Shore Group", "orcid": None, "affiliation": None}]}),
    ('Rank,Publication ID,PMCID,Title,Source title,Anthology title,PubYear,Authors\n'
     '1,pub.1,PMC81,Ebb,,Shore Meeting,2019,"Tern, Ada; Kelp, Bo"\n',
     {"venue": "Shore Meeting", "other_ids": ["pmcid:PMC81"]}),
    ('Key,Item Type,Publication Year,Author,Title,Url,Extra\n'
     'AB1,preprint,2021,"Tern, Ada; Kelp, Bo",Ebb,http://a.org,arXiv:2103.02503 [cs]\n',
     {"arxiv_id": "2103.02503"}),
    ('Document Title,Authors,Publication Title,Publication Year,Start Page,End Page,DOI\n'
     'Ebb,A. Tern; B. Kelp,Tides,2019,1,9,10.5555/i.1\n', {"doi": "10.5555/i.1", "venue": "Tides"}),
    ('Title,Author Names,Source title,Date of Publication,DOI,Medline PMID,Embase Accession ID\n'
     '<i>Ebb</i>,Tern A.; Kelp B.,Tides,27 Mar 2019,10.5555/m.1,9,L1\n',
     {"pmid": "9", "published_on": date(2019, 3, 27)}),
    ('id,doi,display_name,publication_date,authorships.author.display_name,biblio.first_page,'
     'biblio.last_page,ids.pmid\nhttps://openalex.org/W91,https://doi.org/10.5555/o.1,Ebb,'
     '2019-03-27,Ada Tern|Bo Kelp,3,8,https://pubmed.ncbi.nlm.nih.gov/91\n',
     {"openalex_id": "W91", "doi": "10.5555/o.1", "pages": "3-8", "pmid": "91",
      "published_on": date(2019, 3, 27)}),
    ('key,title,authors,year,doi,pubmed_id,pmc_id\nrayyan-1,Ebb,"Tern, Ada and Kelp, Bo",2019,,92,PMC92\n',
     {"pmid": "92", "other_ids": ["pmcid:PMC92"]}),
]  # fmt: skip


@pytest.mark.parametrize(("table", "expected"), TABLES)
def test_tables_of_databases_need_no_mapping(table: str, expected: dict[str, Any]) -> None:
    fields = _row(table)
    assert fields["title"] == "Ebb" and len(fields["authors"]) in (1, 2)
    assert {name: fields[name] for name in expected} == expected


def _row(table: str) -> dict[str, Any]:
    from jobs.feeds import FEEDS
    from jobs.feeds.core import Payload, parse_payload

    [piece] = cut("papers", table, "t.csv")
    assert isinstance(piece, Payload)
    record = parse_payload(FEEDS["papers"], piece.text, {})
    assert not record.errors
    return record.fields


def test_a_header_that_stands_again_is_no_paper() -> None:
    assert len(cut("papers", "id,title\n1,Ebb\nid,title\n2,Flow\n", "t.csv")) == 2
