"""What programs and notebooks get."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable

import papertide
from conf.near import nearest
from jobs.tables.catalog import BY_NAME
from papertide.reader import Reader
from storage.errors import UsageError
from storage.warehouse import Warehouse
from tests.dashboard.rows import DAY, paper, publish, score, trend

AUTHORS = [{"name": "José María Núñez"}, {"name": "Ada M. Lovelace"}]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    root = str(tmp_path_factory.mktemp("library"))
    publish(root, {
        "silver.papers": [
            paper("a", "Design of reefs", abstract="Reefs and tides.", authors=AUTHORS,
                  arxiv_id="2401.01234", doi="10.1234/reef", categories=["arxiv:cs.CL"]),
            paper("b", "Tides by name", date(2026, 1, 5), abstract="Who is Nunez?", venue="Sea"),
            paper("c", "Tides of Lovelace", date(2026, 1, 6), authors=[{"name": "A. Lovelace"}]),
            paper("gone", "Tides withdrawn", is_withdrawn=True, authors=AUTHORS),
        ],
    })  # fmt: skip
    return papertide.open(root)


def ids(found: papertide.Found) -> list[str]:
    return [row["paper_id"] for row in found]


# Tables


def test_a_table_comes_in_every_shape(wh: Reader) -> None:
    table = wh.table("gold.trend_tests")
    arrow = table.arrow()
    assert len(table) == arrow.num_rows == len(table.df()) == table.pl().height > 0
    assert table.duckdb().aggregate("count(*)").fetchall() == [(len(table),)]
    assert table.pl("entity").columns == ["entity"]
    assert "gold.trend_tests" in repr(table)
    assert "<table>" in table._repr_html_()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("gold.trend_test", "gold.trend_tests"),
        ("topics", "gold.topics"),
        ("silver.topics", "gold.topics"),
    ],
)
def test_a_wrong_name_is_told_with_the_right_one(wh: Reader, name: str, told: str) -> None:
    with pytest.raises(papertide.UsageError, match=f"did you mean {told}"):
        wh.table(name)


def test_a_table_that_is_not_published_says_so(library: Reader) -> None:
    with pytest.raises(papertide.NotPublishedError, match="papertide run"):
        library.table("gold.topics")
    with pytest.raises(papertide.NotPublishedError, match=r"gold\.trend_tests"):
        library.trends()


def test_an_empty_place_is_no_warehouse(tmp_path: Path) -> None:
    with pytest.raises(papertide.NotPublishedError, match="nothing is published in"):
        papertide.open(tmp_path)


def test_sql_reads_and_does_nothing_else(wh: Reader) -> None:
    found = wh.sql("select count(*) as n from silver.papers where paper_id = $id", id="p1")
    assert found.rows() == [{"n": 1}]
    for query in (
        "create table x as select 1",
        "select 1; select 2",
        "select * from silver.paper",
        "selec",
    ):
        with pytest.raises(papertide.UsageError, match="sql:"):
            wh.sql(query)


def test_nothing_is_shown_as_no_rows_and_why() -> None:
    nothing = papertide.Found(pa.table({}), notes=("no feed names any",))
    assert repr(nothing) == "0 rows\nno feed names any"
    assert "<td>" not in nothing._repr_html_()


def test_no_text_of_a_paper_is_markup_in_a_notebook(wh: Reader) -> None:
    told = wh.papers(limit=10)._repr_html_()
    assert "&lt;script&gt;" in told
    assert "<script>" not in told
    assert "\x1b" not in repr(wh.papers(limit=10))


# Papers and search


def test_papers_are_found_by_each_filter(library: Reader) -> None:
    assert ids(library.papers(order="oldest")) == ["b", "c", "a"]
    assert ids(library.papers(venue="Sea")) == ["b"]
    assert (
        ids(library.papers(category="cs.CL"))
        == ids(library.papers(category="arxiv:cs.CL"))
        == ["a"]
    )
    assert ids(library.papers(since="2026-01-06", until=date(2026, 2, 1))) == ["c"]
    assert ids(library.papers(limit=1, offset=1, order="oldest")) == ["c"]
    found = library.papers(venue="Land")
    assert len(found) == 0
    assert "venue Land" in found.notes[0]
    with pytest.raises(papertide.UsageError, match="did you mean author"):
        library.papers(autor="x")


@pytest.mark.parametrize(
    ("name", "found"),
    [("nunez", ["a"]), ("Núñez, J. M.", ["a"]), ("lovelace", ["a", "c"]), ("A Lovelace", ["a", "c"]),
     ("Ada Lovelace", ["a"]), ("Ada Núñez", []), ("love", [])],
)  # fmt: skip
def test_an_author_is_one_person_however_written(
    library: Reader, name: str, found: list[str]
) -> None:
    assert ids(library.papers(author=name)) == found


@pytest.mark.parametrize(
    "text",
    ["2401.01234", "arXiv:2401.01234v3", "https://arxiv.org/abs/2401.01234", "10.1234/REEF",
     "https://doi.org/10.1234/reef", "a"],
)  # fmt: skip
def test_an_id_finds_its_paper_in_any_spelling(library: Reader, text: str) -> None:
    assert library.paper(text)["paper_id"] == "a"
    found = library.search(text)
    assert [(row["paper_id"], row["matched"]) for row in found] == [("a", "id")]


def test_a_typo_is_searched_as_the_word_that_was_meant(library: Reader) -> None:
    found = library.search("desing", by="words")
    assert ids(found) == ["a"]
    assert found.notes == ("no title or abstract has “desing”; “design” was searched",)


def test_a_name_is_found_as_an_author_and_no_misspelt_word(library: Reader) -> None:
    found = library.search("José Núñez", by="words")
    assert [(row["paper_id"], row["matched"]) for row in found][0] == ("a", "author")
    assert found.notes == ()
    assert [row["matched"] for row in library.search("lovelace", by="words")] == [
        "author",
        "author",
    ]
    found = library.search("tides", by="words")
    assert {row["matched"] for row in found} == {"text"}
    assert found.hits == 3


def test_papers_by_words_and_by_a_name_are_counted_once_on_every_page(tmp_path: Path) -> None:
    tide = [{"name": "Ada Tide"}]
    rows = [paper(f"p{n:02}", f"Tide {n}", authors=tide if n % 2 else []) for n in range(12)]
    more = [paper(f"q{n:02}", f"Reef {n}", authors=tide) for n in range(12)]
    publish(str(tmp_path), {"silver.papers": [*rows, *more]})
    wh = papertide.open(str(tmp_path))
    totals = [wh.search("tide", by="words", limit=4, offset=at).hits for at in range(0, 24, 4)]
    assert set(totals) == {24}


def test_an_id_is_found_among_what_meets_the_filters(library: Reader) -> None:
    assert ids(library.search("2401.01234", since="2020-01-01")) == ["a"]
    found = library.search("2401.01234", venue="Nowhere")
    assert (ids(found), found.hits) == ([], 0)
    assert "Nowhere" in found.notes[0]


def test_nothing_found_says_why(library: Reader) -> None:
    assert "no known word is near" in library.search("zzqqyyxx", by="words").notes[0]
    assert "since 2030-01-01" in library.search("tides", by="words", since="2030-01-01").notes[0]
    assert "holds no word" in library.search("?!", by="words").notes[0]
    with pytest.raises(papertide.UsageError, match="empty"):
        library.search(" ")
    with pytest.raises(papertide.PapertideError, match="meaning: "):
        library.search("tides", by="meaning")


def test_pages_of_a_search_follow_each_other(library: Reader) -> None:
    whole = ids(library.search("tides", by="words"))
    pages = [ids(library.search("tides", by="words", limit=1, offset=at)) for at in range(3)]
    assert [one for page in pages for one in page] == whole


def test_a_merged_paper_leads_on_and_a_split_one_says_where(wh: Reader) -> None:
    assert wh.paper("p00")["paper_id"] == "p1"
    with pytest.raises(papertide.UsageError, match="p1, p3"):
        wh.paper("ps")
    with pytest.raises(papertide.UsageError, match="no paper has the id"):
        wh.paper("nope")
    assert ids(wh.similar("p1")) == ["p2"]
    assert "no neighbours" in wh.similar("p3").notes[0]


def test_citations_lead_both_ways(wh: Reader) -> None:
    assert [(row["position"], row["paper_id"]) for row in wh.cites("p1")] == [(2, "p3")]
    cited_by = wh.cited_by("p3", limit=1)
    assert (ids(cited_by), cited_by.hits) == (["p1"], 2)
    assert ids(wh.cited_by("p3", offset=1)) == ["p2"]
    assert wh.cites("p3").notes == ("References: 1; none leads to a paper of the feeds.",)
    told = wh.paper("p1")
    assert (told["cites"]["total"], [row["paper_id"] for row in told["cites"]["papers"]]) == (1, ["p3"])  # fmt: skip
    assert [row["paper_id"] for row in told["cited_by"]["papers"]] == ["p2"]
    none = wh.paper("p2")["cited_by"]
    assert none == {"total": 0, "notes": ["No paper of the feeds names it among its references."], "papers": []}  # fmt: skip


def test_a_paper_names_its_authors_with_their_places(wh: Reader) -> None:
    first, second = wh.authorships("p1")
    assert (first["name"], first["family"], first["countries"]) == (
        "Ada Lovelace", "Lovelace", ["NO"],
    )  # fmt: skip
    assert (second["position"], second["name"]) == (2, "Ben Reed")
    assert wh.authorships("p1", limit=1).hits == 2
    assert wh.authorships("p3").notes == ("The feeds name no authors of this paper.",)


def test_people_are_asked_for_by_any_words_of_their_names(wh: Reader) -> None:
    assert [row["author_id"] for row in wh.authors("lovelace, a")] == ["a1"]
    assert [row["author_id"] for row in wh.authors("REED")] == ["a2", "a3"]
    assert wh.authors("reed", limit=1).hits == 2
    assert wh.authors("moss").notes == ("Nobody has all these words in a name.",)


def test_a_person_has_papers_coauthors_and_why_they_are_one(wh: Reader) -> None:
    for known_by in ("a1", "https://orcid.org/0000-0002-1825-0097", "s2:7", "Ada Lovelace"):
        assert wh.author(known_by)["author_id"] == "a1"
    ada = wh.author("a1")
    assert ada["number_of_papers"] == 2
    assert {row["paper_id"]: row["with_paper_id"] for row in ada["papers"]} == {"p1": "p3", "p3": "p1"}  # fmt: skip
    assert ada["papers"][0]["evidence"] == {"before": -1.5, "co-authors": 3.7}
    assert ada["coauthors"] == [{"author_id": "a2", "name": "Ben Reed", "papers": 1}]
    with pytest.raises(UsageError, match="several people: a2 .*a3"):
        wh.author("Reed")
    with pytest.raises(UsageError, match="nobody has the id or name Moss"):
        wh.author("Moss")


def test_institutions_are_asked_for_by_name_and_country(wh: Reader) -> None:
    assert [row["name"] for row in wh.institutions()] == ["Silt Lab", "Reed Lab"]
    assert [row["id"] for row in wh.institutions("REED")] == ["0reed"]
    assert [row["id"] for row in wh.institutions(country="no")] == ["0silt"]
    assert "No institution with an id has these letters" in wh.institutions("moss").notes[0]


def test_papers_of_an_institution_are_found_by_its_name_and_id(wh: Reader) -> None:
    for asked in ("ror:0silt", "silt lab"):
        assert [row["paper_id"] for row in wh.papers(institution=asked)] == ["p1"]
        assert [row["paper_id"] for row in wh.search("tides", by="words", institution=asked)] == [
            "p1"
        ]
    assert "leave one out" in wh.papers(institution="Reed Lab").notes[0]
    with pytest.raises(UsageError, match="institution: there is no moss"):
        wh.papers(institution="moss")


def test_pairs_are_counted_over_the_periods_asked_for(wh: Reader) -> None:
    pairs = [(row["a"], row["b"], row["papers"], row["weight"]) for row in wh.collaborations()]
    assert pairs == [("NO", "SE", 3, 2.5), ("DK", "SE", 1, 0.5)]
    assert wh.collaborations(limit=1).hits == 2
    assert wh.collaborations(member="no").rows() == wh.collaborations(member="NO").rows()
    assert "No papers of these periods" in wh.collaborations(member="CL").notes[0]
    (late,) = wh.collaborations(member="NO", since="2024-01-01")
    assert (late["papers"], late["first_period"]) == (2, late["last_period"])
    (pair,) = wh.collaborations("institution")
    assert (pair["a_name"], pair["b_name"]) == ("Reed Lab", "Silt Lab")
    assert len(wh.collaborations(grain="month")) == 0
    with pytest.raises(papertide.UsageError, match="kind: one of country, institution"):
        wh.collaborations("town")


def test_where_no_places_are_known_the_notes_say_so(library: Reader) -> None:
    assert "not published yet" in library.authorships("a").notes[0]
    assert "No institutions or countries" in library.institutions().notes[0]
    assert "No institutions or countries" in library.collaborations().notes[0]


def test_withdrawn_papers_and_notices_are_not_among_those_that_cite(tmp_path: Path) -> None:
    given: dict[str, dict[str, Any]] = {
        "a": {},
        "gone": {"is_withdrawn": True},
        "erratum": {"notice": "erratum"},
    }
    listed = [
        {
            "paper_id": name,
            "position": 1,
            "scheme": "doi",
            "id": "10.1000/o",
            "cited_paper_id": "old",
        }
        for name in given
    ]
    root = str(tmp_path)
    papers = [paper("old", "Old"), *(paper(name, name, **more) for name, more in given.items())]
    publish(root, {"silver.papers": papers, "silver.references": listed})
    assert ids(papertide.open(root).cited_by("old")) == ["a"]


def test_where_no_references_are_known_a_paper_says_so(library: Reader) -> None:
    assert "No references are known" in library.paper("a")["cites"]["notes"][0]
    assert (len(library.cited_by("a")), library.cited_by("a").hits) == (0, 0)


# Trends


def test_trends_have_every_column_of_the_table_and_a_name(wh: Reader) -> None:
    found = wh.trends("term")
    assert set(found.columns) == {"name", *wh.table("gold.trend_tests").arrow().column_names}
    assert [row["entity"] for row in found] == ["graphs", "reefs"]
    assert [row["entity"] for row in wh.trends(verdict="falling")] == ["reefs"]
    with pytest.raises(papertide.UsageError, match="did you mean rising"):
        wh.trends(verdict="risin")


def test_a_trend_has_its_course_and_its_papers(wh: Reader) -> None:
    assert [row["n"] for row in wh.course("term", "Graphs")] == [2, 6, 1]
    assert len(wh.course("topic", "tides, graphs")) == 3
    assert ids(wh.evidence("term", "graphs")) == ["p1", "p3"]
    assert ids(wh.evidence("topic", "tides, graphs")) == ["p1"]
    assert "not counted" in wh.course("term", "unheard").notes[0]
    with pytest.raises(papertide.UsageError, match="did you mean tides, graphs"):
        wh.papers(topic="tide, graphs")


def test_scores_are_of_the_last_day_or_of_one(wh: Reader) -> None:
    assert ids(wh.scores()) == ["p1", "p2", "p3"]
    assert ids(wh.scores(DAY - timedelta(days=7))) == ["p2", "p1"]
    assert "2001-01-01" in wh.scores("2001-01-01").notes[0]


def test_what_no_feed_dates_shows_no_trend(tmp_path: Path) -> None:
    publish(str(tmp_path), {
        "silver.papers": [paper("dated", "One"), paper("shown", "Two", date_basis="shown")],
        "gold.term_papers": [{"term": "tide", "paper_id": p, "in_title": True} for p in ("dated", "shown")],
        "gold.term_trends": [trend("tide", "term", DAY, 1)],
        "gold.terms": [{"term": "tide", "papers": 2}],
    })  # fmt: skip
    assert ids(papertide.open(str(tmp_path)).evidence("term", "tide")) == ["dated"]


# Days


def test_as_of_a_day_what_was_published_then(tmp_path: Path) -> None:
    root, later = str(tmp_path), DAY + timedelta(days=1)
    publish(root, {"silver.papers": [paper("p1", "One")], "gold.scores": [score("p1", 0.5)]})
    before = papertide.open(root)
    publish(root, {"silver.papers": [paper("p2", "Two")], "gold.scores": [score("p2", 0.5, later)]})
    now = papertide.open(root)
    assert ids(now.papers()) == ["p1", "p2"]
    assert ids(before.papers()) == ["p1"]
    assert ids(before.now().papers()) == ["p1", "p2"]
    assert before.snapshot.tag != now.snapshot.tag
    assert now.as_of(later).snapshot.tag == now.snapshot.tag
    with pytest.raises(papertide.PapertideError, match=f"the first day is {DAY}"):
        now.as_of(DAY - timedelta(days=1))
    # Maintenance leaves the log longer than files.
    table = Warehouse.at(root).path(BY_NAME["silver.papers"])
    for file in DeltaTable(
        table, version=dict(before.snapshot.versions)["silver.papers"]
    ).file_uris():
        Path(file).unlink()
    with pytest.raises(papertide.PapertideError, match=f"saw as of {DAY} is gone: silver.papers"):
        now.as_of(DAY)


# Out


def test_lists_of_anything_go_out(library: Reader) -> None:
    found = library.sql("select [1.5, null] as sizes, [[1], null] as nested, ['a', 'b'] as words")
    assert found.export("csv").splitlines()[1].endswith("a; b")


def test_papers_go_out_whole(library: Reader, tmp_path: Path) -> None:
    text = library.export("ris", tmp_path / "x.ris", search="reefs", by="words")
    assert (tmp_path / "x.ris").read_text() == text
    assert "AU  - Núñez, José María" in text
    assert (
        library.export("ris", query="select paper_id from silver.papers where paper_id = 'a'")
        == text
    )
    rows = library.export("csv", venue="Sea").splitlines()
    assert len(rows) == 2
    with pytest.raises(papertide.UsageError, match="no form"):
        library.export("docx")
    with pytest.raises(papertide.UsageError, match="stands alone"):
        library.export("csv", query="select 1", venue="Sea")


def test_no_jvm_and_no_page_server_is_loaded(warehouse: str) -> None:
    code = (
        "import sys, papertide; wh = papertide.open(sys.argv[1]); wh.search('graphs', by='words');"
        "from pyspark import SparkContext; assert SparkContext._gateway is None;"
        "assert not {'streamlit', 'prefect', 'fastapi'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, warehouse], check=True)


@pytest.mark.parametrize(
    ("word", "known", "found"),
    [("ab", ["ac"], None), ("tides", ["tide"], "tide"), ("desing", ["sensing", "design"], "design"),
     ("graph", ["grasp", "graphs"], "graphs"), ("reinforcment", ["reinforcement"], "reinforcement"), ("word", ["word"], None)],
)  # fmt: skip
def test_the_nearest_word_is_no_more_than_a_typo_away(
    word: str, known: list[str], found: str | None
) -> None:
    assert nearest(word, known) == found
