"""Files and answers in the shapes in which programs give and people keep them."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from jobs.feeds.core import Parsed, Payload, parse_payload, pieces
from jobs.feeds.lists.papers import PAPERS
from tests.jobs.feeds.test_formats import LIMITS, line, names, one, told

WORK = {"DOI": "10.5555/x", "title": ["Ebb"]}
PAPER = {"paperId": "a" * 40, "title": "Ebb", "year": 2019}


@pytest.mark.parametrize(
    ("form", "answer"),
    [
        ("crossref", {"items": [WORK, {**WORK, "DOI": "10.5555/y"}]}),  # a snapshot's file
        ("semantic-scholar", {"recommendedPapers": [PAPER, {**PAPER, "title": "Flow"}]}),
        ("semantic-scholar", {"data": [{"citingPaper": PAPER}, {"citedPaper": PAPER}]}),
    ],
)
def test_every_list_of_an_answer_is_read(form: str, answer: dict[str, Any]) -> None:
    assert [record.errors for record in told(form, json.dumps(answer))] == [[], []]


@pytest.mark.parametrize("form", ["crossref", "openalex"])
def test_objects_that_were_printed_for_people_one_behind_the_other_are_read(form: str) -> None:
    own = {"id": "https://openalex.org/W1", "display_name": "Ebb"} if form == "openalex" else WORK
    printed = json.dumps(own, indent=2) + "\n"
    assert [record.fields["title"] for record in told(form, printed * 2)] == ["Ebb", "Ebb"]


def test_a_mark_before_each_of_several_files_in_one_is_no_damage() -> None:
    assert len(told("crossref", f"\ufeff{line(**WORK)}\ufeff{line(**WORK)}")) == 2


def test_a_data_set_of_semantic_scholar_has_the_fields_of_its_api() -> None:
    fields = one("semantic-scholar", line(
        corpusid=7, title="Ebb", year=2019, publicationdate="2019-05-06",
        externalids={"ArXiv": "hep-th/9901003", "PubMedCentral": "99", "DOI": None},
        authors=[{"authorId": "1", "name": "Ada Fern"}], journal={"name": "Tides"},
    ))  # fmt: skip
    assert (fields["s2_id"], fields["arxiv_id"]) == ("7", "hep-th/9901003")
    assert (fields["published_on"], fields["venue"]) == (date(2019, 5, 6), "Tides")
    assert "pmcid:PMC99" in fields["other_ids"]


def test_a_person_of_dblp_is_a_list_of_papers() -> None:
    paper = '<r><article key="journals/t/F1"><title>Ebb.</title><year>2020</year></article></r>'
    person = '<person key="homepages/1"><author>Ada Fern</author></person>'
    assert one("dblp", f"<dblpperson>{person}{paper}</dblpperson>")["title"] == "Ebb"


def test_ids_and_years_may_be_numbers() -> None:
    own = {"id": "https://openalex.org/W1", "display_name": "Ebb", "ids": {"pmid": 31000002}}
    assert one("openalex", line(**own))["pmid"] == "31000002"
    result = {"source": "MED", "id": "7", "title": "Ebb", "pubYear": 2015,
              "authorString": "Fern A; Elm B."}  # fmt: skip
    fields = one("europepmc", json.dumps({"resultList": {"result": [result]}}))
    assert (fields["published_on"], names(fields)) == (date(2015, 1, 1), ["Fern A", "Elm B"])


def test_a_day_of_openalex_that_cannot_be_costs_itself() -> None:
    own = {"id": "https://openalex.org/W1", "display_name": "Ebb", "publication_year": 2020}
    fields = one("openalex", line(**own, publication_date="2020-02-30"))
    assert fields["published_on"] == date(2020, 2, 1)


def test_a_short_title_is_one_where_no_other_is() -> None:
    fields = one("crossref", line(**{"DOI": "10.5555/x", "title": None, "short-title": ["Ebb"]}))
    assert fields["title"] == "Ebb"


def test_a_volume_or_page_may_be_a_number() -> None:
    fields = one("crossref", line(**WORK, volume=5, issue=2, page=17))
    assert (fields["volume"], fields["number"], fields["pages"]) == ("5", "2", "17")


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ({"issued": {"date-parts": [[2019, 0, 0]]}}, date(2019, 1, 1)),
        ({"issued": {"date-parts": [[2019, 2, 31]]}}, date(2019, 2, 1)),
        ({"issued": {"date-parts": [[2019, 13]]}}, date(2019, 1, 1)),
        ({"issued": {"date-parts": [2015, 4, 3]}}, date(2015, 4, 3)),
        ({"issued": "2014-05-06"}, date(2014, 5, 6)),
        ({"issued": None, "published": {"date-parts": [[2017, 6]]}}, date(2017, 6, 1)),
        ({"issued": {"date-parts": [[None]]}}, None),
    ],
)
def test_what_is_wrong_in_a_date_of_crossref_does_not_cost_the_rest(
    dates: dict[str, Any], expected: date | None
) -> None:
    [record] = told("crossref", line(**WORK, **dates))
    assert (record.errors, record.fields.get("published_on")) == ([], expected)


def test_a_group_by_another_name_is_an_author() -> None:
    assert names(one("crossref", line(**WORK, author=[{"literal": "Tide Team"}]))) == ["Tide Team"]


def _pubmed(inner: str) -> str:
    return f"<PubmedArticleSet>{inner}</PubmedArticleSet>"


def test_a_day_that_february_does_not_have_costs_the_day_alone() -> None:
    day = "<Year>2004</Year><Month>Feb</Month><Day>30</Day>"
    [record] = told("pubmed", _pubmed(
        "<PubmedArticle><MedlineCitation><PMID>7</PMID><Article><Journal><JournalIssue><PubDate>"
        f"{day}</PubDate></JournalIssue></Journal><ArticleTitle>Ebb</ArticleTitle></Article>"
        "</MedlineCitation><PubmedData><ArticleIdList>"
        '<ArticleId IdType="pmcid">pmc-id: PMC99;</ArticleId>'
        "</ArticleIdList></PubmedData></PubmedArticle>"
    ))  # fmt: skip
    assert record.fields["published_on"] == date(2004, 2, 1)
    assert record.fields["published_basis"] == "published month"
    assert record.fields["other_ids"] == ["pmcid:PMC99"]


def _book(chapter: str) -> str:
    return _pubmed(
        "<PubmedBookArticle><BookDocument><PMID>7</PMID><Book><BookTitle>Tides</BookTitle>"
        f"<PubDate><Year>1993</Year></PubDate></Book>{chapter}</BookDocument></PubmedBookArticle>"
    )


def test_a_chapter_of_pubmed_has_a_day_of_its_own_and_a_book_its_title() -> None:
    contributed = "<ContributionDate><Year>2008</Year><Month>5</Month></ContributionDate>"
    chapter = one("pubmed", _book(f"<ArticleTitle>Ebb</ArticleTitle>{contributed}"))
    assert (chapter["title"], chapter["published_on"]) == ("Ebb", date(2008, 5, 1))
    people = (
        '<AuthorList Type="editors"><Author><LastName>Elm</LastName></Author></AuthorList>'
        '<AuthorList Type="authors"><Author><LastName>Fern</LastName></Author></AuthorList>'
    )
    whole = one("pubmed", _book("").replace("</Book>", f"{people}</Book>"))
    assert names(whole) == ["Fern"]
    assert (whole["title"], whole["published_on"]) == ("Tides", date(1993, 1, 1))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"source": "PMC", "id": "PMC99"}, {"other_ids": ["pmcid:PMC99"]}),
        (
            {"journalInfo": {"yearOfPublication": 2014, "monthOfPublication": 0}},
            {"published_on": date(2014, 1, 1), "published_basis": "published year"},
        ),
        (
            {"authorList": {"author": {"firstName": "Ada", "lastName": "Fern"}}},
            {"authors": [{"name": "Ada Fern", "orcid": None, "affiliation": None}]},
        ),
    ],
)
def test_fields_of_europe_pmc_in_another_shape(
    fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    result = {"source": "MED", "id": "7", "title": "Ebb", **fields}
    found = one("europepmc", json.dumps({"resultList": {"result": [result]}}))
    assert {name: found.get(name) for name in expected} == expected


def test_an_announcement_of_arxiv_tells_the_doi() -> None:
    item = (
        '<rss xmlns:arxiv="http://arxiv.org/schemas/atom"><channel><item><title>Ebb</title>'
        "<link>https://arxiv.org/abs/2401.00071</link><arxiv:DOI>10.5555/X</arxiv:DOI>"
        "</item></channel></rss>"
    )
    assert one("arxiv-rss", item)["doi"] == "10.5555/x"


def test_dublin_core_of_arxiv_tells_suffix_and_journal() -> None:
    fields = one("arxiv-oai", (
        "<OAI-PMH><ListRecords><record><header><identifier>oai:arXiv.org:hep-th/9901005"
        '</identifier></header><metadata><oai_dc:dc xmlns:oai_dc="u" xmlns:dc="v">'
        "<dc:title>Ebb</dc:title><dc:creator>Fern, Ada, Jr.</dc:creator>"
        "<dc:identifier>http://arxiv.org/abs/hep-th/9901005</dc:identifier>"
        "<dc:identifier>Tides 3 (1999) 1-9</dc:identifier><dc:identifier>doi:10.5555/X"
        "</dc:identifier></oai_dc:dc></metadata></record></ListRecords></OAI-PMH>"
    ))  # fmt: skip
    assert names(fields) == ["Ada Fern Jr."]
    assert (fields["venue"], fields["doi"]) == ("Tides 3 (1999) 1-9", "10.5555/x")


def test_a_page_that_stands_for_an_abstract_is_none() -> None:
    text = "An abstract is not available for this content so a preview has been provided."
    assert "abstract" not in one("crossref", line(**WORK, abstract=text))


def test_a_notice_of_openalex_is_not_what_it_retracts() -> None:
    own = {"id": "https://openalex.org/W1", "display_name": "Ebb", "is_retracted": True}
    assert one("openalex", line(**own))["withdrawn_as"] == "retracted"
    notice = {**own, "display_name": "Retraction: Ebb", "type": "retraction"}
    assert "withdrawn_as" not in one("openalex", line(**notice))


def test_a_raw_name_of_openalex_is_put_in_order() -> None:
    authorship = {"author": {"display_name": None}, "raw_author_name": "Fern, Ada"}
    own = {"id": "https://openalex.org/W1", "display_name": "Ebb", "authorships": [authorship]}
    assert names(one("openalex", line(**own))) == ["Ada Fern"]


def test_a_set_of_citations_as_medline_gave_it() -> None:
    citation = (
        "<MedlineCitation><PMID>{}</PMID><Article><ArticleTitle>[Ebb].</ArticleTitle></Article>"
        "</MedlineCitation>"
    )
    content = citation.format(7) + citation.format(8)
    found = told("pubmed", f"<MedlineCitationSet>{content}</MedlineCitationSet>")
    assert [(record.fields["pmid"], record.fields["title"]) for record in found] == [
        ("7", "Ebb"), ("8", "Ebb")
    ]  # fmt: skip


def table(text: str) -> list[Parsed]:
    found = pieces(PAPERS, text.encode(), "x.csv", LIMITS)
    return [parse_payload(PAPERS, piece.text, {}) for piece in found if isinstance(piece, Payload)]


@pytest.mark.parametrize(
    ("head", "row", "expected"),
    [
        (
            "Item Title,Publication Title,Journal Volume,Item DOI,Authors,Publication Year",
            "Ebb,Tides,3,10.5555/x,Ada FernIan McElmBo de Oak,2019",
            {"venue": "Tides", "volume": "3", "doi": "10.5555/x", "year": 2019,
             "names": ["Ada Fern", "Ian McElm", "Bo de Oak"]},
        ),
        ("Title,Authors,DOI,PMID", "Ebb,A Fern,10.5555/x,31000013.0", {"pmid": "31000013"}),
        ("Item Title,Item DOI,Authors", "Ebb,10.5555/x,Jan van DijkÖzgür Yılmaz",
         {"names": ["Jan van Dijk", "Özgür Yılmaz"]}),
        (
            "Título,Autor,Año,Revista,Volumen,Número,Páginas,DOI",
            'Ebb,"Fern, Ada",2019,Mareas,3,2,1-9,10.5555/x',
            {"volume": "3", "number": "2", "pages": "1-9", "names": ["Ada Fern"]},
        ),
        ("Authors,Title,Year,DOI", '"Ada Fern, Bo Elm, Cy Oak",Ebb,2019,10.5555/x',
         {"names": ["Ada Fern", "Bo Elm", "Cy Oak"]}),
        ("Authors,Article Title,UT (Unique WOS ID)", "A Fern,Ebb,MEDLINE:7",
         {"pmid": "7"}),
        (
            "Authors,Title,Publication,Pages,Year",
            '"Fern, Ada; Elm, Bo; ",Ebb,Tides,1-9,2019',
            {"venue": "Tides", "pages": "1-9", "names": ["Ada Fern", "Bo Elm"]},
        ),
        ("Authors,Title,Year,Source,GSRank,StartPage,EndPage", "A Fern,Ebb,2019,Tides,1,2,9",
         {"pages": "2-9", "venue": "Tides"}),
        ("TITLE,AUTHOR NAMES,FIRST PAGE,LAST PAGE,DOI", "Ebb,Fern A.,2,9,10.5555/x",
         {"pages": "2-9"}),
        ("key,title,year,month,day,authors,doi", "r-1,Ebb,2019,3,4,A Fern,10.5555/x",
         {"published_on": date(2019, 3, 4)}),
        ("Title,Authors,Published Year,Published Month,DOI", "Ebb,A Fern,2019,March,10.5555/x",
         {"published_on": date(2019, 3, 1)}),
        ("Item Type,Title,Date,Language,Extra", "journalArticle,Ebb,2019,fr-FR,PMCID: PMC99",
         {"language": "fr", "other_ids": ["pmcid:PMC99"]}),
        (
            "SOURCE,EXTERNAL_ID,TITLE,AUTHORS,JOURNAL_VOLUME,PAGE_INFO,DOI",
            'MED,7,Ebb,"Fern A, Elm B.",3,1-9,10.5555/x',
            {"volume": "3", "pages": "1-9", "names": ["Fern A", "Elm B"]},
        ),
        (
            "PMID,Title,Authors,Journal/Book",
            '7,Ebb,"Fern A, Elm B, Tide Team; Oak C.",Tides',
            {"names": ["Fern A", "Elm B", "Tide Team", "Oak C"]},
        ),
        ("Item Title,Item DOI,Authors", 'Ebb,10.5555/x,"Ada Fern, Bo de Elm"',
         {"names": ["Ada Fern", "Bo de Elm"]}),
        ("Title,Author,DOI", 'Ebb,"Fern, Ada; {Tide Board}",10.5555/x',
         {"names": ["Ada Fern", "Tide Board"]}),
        ("Title,Author,Secondary Title,DOI", 'Ebb,"Fern, Ada//Elm, Bo",Tides,10.5555/x',
         {"names": ["Ada Fern", "Bo Elm"], "venue": "Tides"}),
        ("record_id,title,authors,year,keywords",
         """0,Ebb,"['Fern, Ada', 'Elm, Bo']",2019,"['silt', 'sand']\"""",
         {"names": ["Ada Fern", "Bo Elm"], "keywords": ["silt", "sand"]}),
        ("DOI,Title,Container-Title,Published-Print,arXiv", "10.5555/x,Ebb,Tides,2019-03,1903.09997",
         {"venue": "Tides", "published_on": date(2019, 3, 1), "arxiv_id": "1903.09997"}),
        ("题名,作者,来源,发表时间,摘要", "潮汐,王小明;李四,潮刊,2019-03-05,研究。",
         {"names": ["王小明", "李四"], "venue": "潮刊", "published_on": date(2019, 3, 5)}),
        ("Titel;Autoren;Jahr;Zusammenfassung", "Ebbe;Fern, Ada;2019;Sie fällt.",
         {"abstract": "Sie fällt.", "names": ["Ada Fern"]}),
        ("paper_title,author_names,pub_year,journal_name,doi_url",
         "Ebb,Ada Fern,2019,Tides,https://doi.org/10.5555/x", {"venue": "Tides", "year": 2019}),
        ("id,title,volume,number,authors", 'x,Ebb,7.0,-,"Ada Fern, Bo Elm and Cy Oak"',
         {"volume": "7", "number": None, "names": ["Ada Fern", "Bo Elm", "Cy Oak"]}),
        (
            "id,title,authorships.author.display_name,is_retracted,language",
            "https://openalex.org/W1,Ebb,Ada Fern|Bo Elm,True,en",
            {"withdrawn_as": "retracted"},
        ),
    ],
)  # fmt: skip
def test_a_table_of_a_program_has_columns_of_its_own(
    head: str, row: str, expected: dict[str, Any]
) -> None:
    [record] = table(f"{head}\n{row}\n")
    assert record.errors == []
    found = {**record.fields, "names": names(record.fields) if "names" in expected else None}
    year = found.get("published_on")
    found.setdefault("year", year.year if year else None)
    assert {name: found.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    "text",
    [
        "id,title\r1,Ebb\r2,Flow\r",
        "\ufeffid,title\n1,Ebb\n\ufeffid,title\n2,Flow\n",
        "id|title\n1|Ebb\n2|Flow\n",
        "id\ttitle\n1\tEbb\t\n2\tFlow\t\n",
        'id, title ,note\n1, "Ebb" ,\n2, "Flow", "a, b"\n',
    ],
)
def test_rows_of_a_table_are_found_whatever_parts_them(text: str) -> None:
    assert [record.fields["title"] for record in table(text)] == ["Ebb", "Flow"]


@pytest.mark.parametrize(
    "text",
    [
        '{"papers": [{"id": "1", "title": "Ebb"}, {"id": "2", "title": "Flow"}]}',
        '{\n "count": 2,\n "records": [\n  {"id": "1", "title": "Ebb"},'
        ' {"id": "2", "title": "Flow"}]\n}\n',
        '{"id": "1", "title": "Ebb", "works": [1]}\n{"id": "2", "title": "Flow"}\n',
        '[{"id": "1", "title": "Ebb"}, {"id": "2", "title": "Flow"}]',
    ],
)
def test_papers_in_json_may_be_lines_a_list_or_an_object_with_one(text: str) -> None:
    found = pieces(PAPERS, text.encode(), "x.json", LIMITS)
    records = [
        parse_payload(PAPERS, piece.text, {}) for piece in found if isinstance(piece, Payload)
    ]
    assert [record.fields["title"] for record in records] == ["Ebb", "Flow"]


def test_a_table_by_commas_in_a_file_of_tabs_is_read() -> None:
    found = list(pieces(PAPERS, b"id,title\n1,Ebb\n", "x.tsv", LIMITS))
    assert [parse_payload(PAPERS, p.text, {}).fields["title"] for p in found
            if isinstance(p, Payload)] == ["Ebb"]  # fmt: skip


@pytest.mark.parametrize("between", ["", "\n", "\n\ufeff", ",\n"])
@pytest.mark.parametrize("indent", [None, 1])
def test_answers_that_were_put_one_behind_the_other_are_read(
    between: str, indent: int | None
) -> None:
    pages = [
        json.dumps(
            {"message": {"items": [{**WORK, "DOI": f"10.5555/{n}"}], "total": n}}, indent=indent
        )
        for n in (1, 2, 3)
    ]
    found = told("crossref", between.join(pages))
    assert [record.fields.get("doi") for record in found] == ["10.5555/1", "10.5555/2", "10.5555/3"]


def test_an_error_between_two_answers_costs_itself() -> None:
    page = json.dumps({"message": {"items": [WORK]}})
    found = told("crossref", f'{page}\n{{"error": "busy"}}\n{page}\n')
    assert [bool(record.errors) for record in found] == [False, True, False]


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ({"given": "Fern, Ada"}, "Ada Fern"),
        ({"family": "Fern,", "given": "Ada"}, "Ada Fern"),
        (
            {"family": "Fern", "given": "Ada", "non-dropping-particle": "van der"},
            "Ada van der Fern",
        ),
    ],
)
def test_parts_of_a_name_of_crossref_in_other_forms(author: dict[str, str], expected: str) -> None:
    assert names(one("crossref", line(**WORK, author=[author]))) == [expected]


def test_a_work_of_crossref_may_tell_its_doi_in_its_address_alone() -> None:
    work = {"URL": "http://dx.doi.org/10.5555/X", "title": ["Ebb"]}
    assert one("crossref", line(**work))["doi"] == "10.5555/x"


@pytest.mark.parametrize(
    ("form", "own"),
    [
        ("crossref", {**WORK, "title": ["[Ebb]."]}),
        ("semantic-scholar", {**PAPER, "title": "[Ebb]"}),
        ("openalex", {"id": "https://openalex.org/W1", "title": "[Ebb]."}),
    ],
)
def test_brackets_around_a_title_are_the_catalogues(form: str, own: dict[str, Any]) -> None:
    assert one(form, line(**own))["title"] == "Ebb"


def test_a_work_of_openalex_of_before_2023_names_its_venue_and_an_index_may_be_wrapped() -> None:
    own = {"id": "https://openalex.org/W1", "title": "Ebb", "host_venue": {"display_name": "Tides"}}
    index = {"IndexLength": 2, "InvertedIndex": {"It": [0], "falls.": [1]}}
    fields = one("openalex", line(**own, abstract_inverted_index=index))
    assert (fields["venue"], fields["abstract"]) == ("Tides", "It falls.")


def test_the_open_research_corpus_is_read() -> None:
    fields = one("semantic-scholar", line(
        id="e" * 40, title="Ebb", paperAbstract="It falls.", authors=[{"name": "Ada Fern"}],
        journalName="Tides", journalPages="1-9", year=2019, doi="10.5555/X", venue="",
    ))  # fmt: skip
    assert (fields["doi"], fields["venue"], fields["pages"]) == ("10.5555/x", "Tides", "1-9")
    assert (fields["abstract"], fields["native_id"]) == ("It falls.", "e" * 40)


def test_the_papers_of_an_author_are_read() -> None:
    answer = {"authorId": "1", "papers": [PAPER]}
    assert [r.fields["title"] for r in told("semantic-scholar", json.dumps(answer))] == ["Ebb"]


def test_an_answer_about_one_daily_paper_is_read() -> None:
    paper = {"id": "2403.09999", "title": "Ebb", "authors": [{"name": "Ada Fern"}]}
    for answer in ({"paper": paper}, paper, [paper]):
        assert one("hf-daily", json.dumps(answer))["arxiv_id"] == "2403.09999"


def test_answers_of_the_search_of_dblp_are_read() -> None:
    info = {
        "authors": {"author": {"@pid": "1/1", "text": "Ada Fern 0001"}}, "title": "Ebb &amp; Flow.",
        "venue": "CoRR", "volume": "abs/1205.0001", "year": "2012", "key": "journals/corr/1",
        "type": "Informal and Other Publications", "ee": "https://doi.org/10.5555/X",
    }  # fmt: skip
    volume = {"key": "conf/x/2012", "title": "Meeting.", "type": "Editorship"}
    answer = {"result": {"hits": {"hit": [{"info": info}, {"info": volume}]}}}
    fields = one("dblp", json.dumps(answer))
    assert (fields["title"], names(fields)) == ("Ebb & Flow", ["Ada Fern"])
    assert (fields["arxiv_id"], fields["doi"]) == ("1205.0001", "10.5555/x")


def _article(title: str = "Ebb", date: str = "", more: str = "") -> str:
    return _pubmed(
        "<PubmedArticle><MedlineCitation><PMID>7</PMID><Article><Journal><JournalIssue><PubDate>"
        f"{date}</PubDate></JournalIssue></Journal><ArticleTitle>{title}</ArticleTitle>{more}"
        "</Article></MedlineCitation></PubmedArticle>"
    )


def test_a_range_of_days_of_pubmed_begins_on_a_day_and_editors_are_no_authors() -> None:
    people = (
        '<AuthorList Type="authors"><Author><LastName>Fern</LastName></Author></AuthorList>'
        '<AuthorList Type="editors"><Author><LastName>Elm</LastName></Author></AuthorList>'
    )
    days = "<MedlineDate>2019 Mar 5-12</MedlineDate>"
    fields = one("pubmed", _article("<![CDATA[Ebb <i>in vivo</i>]]>", days, people))
    assert (fields["published_on"], names(fields)) == (date(2019, 3, 5), ["Fern"])
    assert fields["title"] == "Ebb in vivo"
