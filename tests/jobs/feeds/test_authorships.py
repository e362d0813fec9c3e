"""What each format says of authors beside their names, and that both lists stay aligned."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.feeds import FEEDS
from jobs.feeds.core import Parsed, Payload, parse_payload
from jobs.feeds.tools.authorships import Authorship, Institution, put_authorships
from jobs.feeds.tools.json_text import as_objects
from jobs.ingest.parse import _ARROW
from tests.jobs.feeds.test_formats import cut, line, one, told
from tests.jobs.feeds.test_real_files import read

# An id of no institution whose digits check it.
ROR = "https://ror.org/0abcdef23"


def said(fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Of each author what the record says, without what it does not."""
    entries = fields["authorships"]
    assert len(entries) == len(fields["authors"])
    return [{name: v for name, v in entry.items() if v not in (None, [])} for entry in entries]


def row_of(content: str, name: str) -> Mapping[str, Any]:
    """The fields of the one row of a table."""
    [piece] = cut("papers", content, name)
    assert isinstance(piece, Payload)
    record = parse_payload(FEEDS["papers"], piece.text, {})
    assert (record.errors, record.warnings) == ([], [])
    return record.fields


def put(*authorships: Authorship) -> Parsed:
    parsed = Parsed()
    put_authorships(parsed, authorships)
    return parsed


def ids(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"scheme": scheme, "id": own} for scheme, own in pairs]


def institution(scheme: str, own: str, name: str | None, country: str | None) -> dict[str, Any]:
    return {"scheme": scheme, "id": own, "name": name, "country": country}


# Any format


def test_names_alone_have_no_authorships() -> None:
    parsed = put(Authorship("Ada Fern", "0000-0002-1825-0097"), Authorship("Ben Reed"))
    assert [author["name"] for author in parsed.fields["authors"]] == ["Ada Fern", "Ben Reed"]
    assert "authorships" not in parsed.fields


def test_an_author_that_is_left_out_is_left_out_of_both_lists() -> None:
    parsed = put(
        Authorship(":", family="None"), Authorship("Ada Fern", family="Fern"), Authorship(None),
        Authorship("Ben Reed"), Authorship("et al."),
    )  # fmt: skip
    assert [author["name"] for author in parsed.fields["authors"]] == ["Ada Fern", "Ben Reed"]
    assert said(parsed.fields) == [{"family": "Fern"}, {}]


def test_affiliations_stand_apart_and_together() -> None:
    parsed = put(Authorship("Ada Fern", affiliations=["Silt Lab, Oslo, Norway", " ", "Reed Lab"]))
    assert parsed.fields["authors"][0]["affiliation"] == "Silt Lab, Oslo, Norway; Reed Lab"
    assert said(parsed.fields) == [
        {"affiliations": ["Silt Lab, Oslo, Norway", "Reed Lab"], "countries": ["NO"]}
    ]


def test_a_country_of_the_feed_goes_before_that_of_an_address() -> None:
    places = ["Silt Lab, Oslo, Norway"]
    by_name = Authorship("Ada Fern", affiliations=places, countries=["Republic of Korea", "se"])
    by_place = Authorship(
        "Ben Reed", affiliations=places, institutions=[Institution({}, "Silt", "DK")]
    )
    assert [entry["countries"] for entry in said(put(by_name, by_place).fields)] == [
        ["KR", "SE"],
        ["DK"],
    ]


def test_an_institution_is_kept_once_by_the_first_of_its_ids() -> None:
    both = Institution({"openalex": "https://openalex.org/I9", "ror": ROR}, "Silt Lab", "NO")
    others = [
        Institution({"ror": "0ABCDEF23".lower()}, "Silt"),
        Institution({"isni": "0000 0001 2345 678X", "grid": "grid.1.2"}, "Reed Lab"),
        Institution({"isni": "https://isni.org/isni/000000012345678X"}),
        Institution({}, "Moss Lab"),
    ]
    assert said(put(Authorship("Ada Fern", institutions=[both, *others])).fields) == [
        {
            "institutions": [
                institution("ror", "0abcdef23", "Silt Lab", "NO"),
                institution("grid", "grid.1.2", "Reed Lab", None),
                institution("isni", "000000012345678X", None, None),
            ],
            "countries": ["NO"],
        }
    ]


def test_values_that_are_none_are_left_out_with_one_warning() -> None:
    parsed = put(
        Authorship(
            "Ada Fern", given=["A"], family={"x": 1}, ids={"openalex": "W1", "s2": True},
            affiliations=[7, None, ["x"]], countries=["XX"], is_corresponding="yes",
            institutions=[Institution({"ror": "https://ror.org/0abcdef24"}, 5, {})],
        )
    )  # fmt: skip
    assert parsed.errors == []
    assert parsed.warnings == ["authorships has 9 values that are none: a list"]
    assert said(parsed.fields) == [{"affiliations": ["7"]}]


_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)
_NAMES = st.sampled_from(["Ada Fern", "", ":", "et al", "Reed", " ", "Łukasz Ø"]) | st.none()
_AUTHORSHIPS = st.builds(
    Authorship,
    _NAMES,
    st.none(),
    given=_JUNK,
    family=_JUNK,
    ids=st.dictionaries(st.sampled_from(["openalex", "s2", "acl", "dblp", "hf", "scopus"]), _JUNK),
    affiliations=st.lists(_JUNK, max_size=3),
    institutions=st.lists(
        st.builds(
            Institution,
            st.dictionaries(st.sampled_from(["ror", "grid", "isni", "mag"]), _JUNK),
            _JUNK,
            _JUNK,
        ),
        max_size=2,
    ),
    countries=st.lists(_JUNK, max_size=2),
    is_corresponding=_JUNK,
)


@given(st.lists(_AUTHORSHIPS, max_size=5))
def test_whatever_is_delivered_the_lists_are_as_long_and_fit_the_table(
    authorships: list[Authorship],
) -> None:
    parsed = put(*authorships)
    assert parsed.errors == []
    entries = parsed.fields.get("authorships")
    if entries is not None:
        assert len(entries) == len(parsed.fields["authors"]) > 0
        assert pa.array([entries], _ARROW.field("authorships").type).to_pylist() == [entries]


# Each format


def test_openalex_says_who_where_and_whom_to_write_to() -> None:
    work = {
        "id": "https://openalex.org/W1", "title": "Tides",
        "authorships": [
            {
                "author": {"id": "https://openalex.org/A7", "display_name": "Ada Fern"},
                "institutions": [{"id": "https://openalex.org/I9", "ror": ROR,
                                  "display_name": "Silt Lab", "country_code": "NO"}],
                "countries": ["NO"], "is_corresponding": True,
                "raw_affiliation_strings": ["Silt Lab, Oslo", "Reed Lab, Lund, Sweden"],
            },
            {"author": {"id": None, "display_name": "Ben Reed"}, "institutions": [],
             "raw_affiliation_string": "Reed Lab, Lund, Sweden"},
        ],
    }  # fmt: skip
    assert said(one("openalex", line(**work))) == [
        {
            "ids": ids(("openalex", "A7")),
            "affiliations": ["Silt Lab, Oslo", "Reed Lab, Lund, Sweden"],
            "institutions": [institution("ror", "0abcdef23", "Silt Lab", "NO")],
            "countries": ["NO"], "is_corresponding": True,
        },
        {"affiliations": ["Reed Lab, Lund, Sweden"], "countries": ["SE"]},
    ]  # fmt: skip


_CROSSREF_XML = f"""<journal><journal_article><titles><title>Tides</title></titles><contributors>
<person_name contributor_role="author"><given_name>Ada</given_name><surname>Fern</surname>
<affiliations><institution><institution_name>Silt Lab</institution_name>
<institution_id type="ror">{ROR}</institution_id></institution></affiliations></person_name>
</contributors><doi_data><doi>10.1000/a</doi><resource>https://t.example</resource></doi_data>
</journal_article></journal>"""


def test_crossref_has_names_in_parts_and_institutions() -> None:
    own = {"id": ROR, "id-type": "ROR", "asserted-by": "publisher"}
    work = {
        "DOI": "10.1000/a", "title": ["Tides"],
        "author": [
            {"given": "Ada", "family": "Fern", "affiliation": [{"name": "Silt Lab", "id": [own]}]},
            {"name": "Reed Group", "affiliation": [{"name": "Reed Lab, Norway"}]},
        ],
    }  # fmt: skip
    silt = {
        "given": "Ada", "family": "Fern", "affiliations": ["Silt Lab"],
        "institutions": [institution("ror", "0abcdef23", "Silt Lab", None)],
    }  # fmt: skip
    assert said(one("crossref", line(**work))) == [
        silt,
        {"affiliations": ["Reed Lab, Norway"], "countries": ["NO"]},
    ]
    answer = (
        f"<doi_records><doi_record><crossref>{_CROSSREF_XML}</crossref></doi_record></doi_records>"
    )
    assert said(one("crossref", answer)) == [silt]


def test_pubmed_has_names_in_parts_and_identifiers_of_affiliations() -> None:
    article = f"""<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>7</PMID><Article>
    <ArticleTitle>Tides</ArticleTitle><AuthorList>
    <Author><LastName>Fern</LastName><ForeName>Ada</ForeName><AffiliationInfo>
    <Affiliation>Silt Lab, Oslo, Norway. ada@silt.example</Affiliation>
    <Identifier Source="ROR">{ROR}</Identifier></AffiliationInfo><AffiliationInfo>
    <Affiliation>Reed Lab, Lund, Sweden.</Affiliation>
    <Identifier Source="GRID">grid.1.2</Identifier></AffiliationInfo></Author>
    <Author><CollectiveName>Reed Group</CollectiveName></Author>
    </AuthorList></Article></MedlineCitation></PubmedArticle></PubmedArticleSet>"""
    assert said(one("pubmed", article)) == [
        {
            "given": "Ada", "family": "Fern",
            "affiliations": ["Silt Lab, Oslo, Norway. ada@silt.example", "Reed Lab, Lund, Sweden."],
            "institutions": [institution("ror", "0abcdef23", None, None),
                             institution("grid", "grid.1.2", None, None)],
            "countries": ["NO", "SE"],
        },
        {},
    ]  # fmt: skip


def test_jats_has_places_institutions_countries_and_whom_to_write_to() -> None:
    article = f"""<article><front><article-meta><title-group><article-title>Tides</article-title>
    </title-group><contrib-group>
    <contrib contrib-type="author" corresp="yes"><name><surname>Fern</surname>
    <given-names>Ada</given-names></name><xref ref-type="aff" rid="a1"/></contrib>
    <contrib contrib-type="author"><name><surname>Reed</surname><given-names>Ben</given-names>
    </name><xref ref-type="aff" rid="a2"/></contrib></contrib-group>
    <aff id="a1"><label>1</label><institution-wrap><institution-id institution-id-type="ROR">{ROR}
    </institution-id><institution>Silt Lab</institution></institution-wrap>, <addr-line>Oslo
    </addr-line>, <country country="NO">Norge</country></aff>
    <aff id="a2"><institution>Reed Lab</institution><country>Sweden</country></aff>
    </article-meta></front></article>"""
    assert said(one("jats", article)) == [
        {
            "given": "Ada", "family": "Fern", "affiliations": ["1 Silt Lab, Oslo , Norge"[2:]],
            "institutions": [institution("ror", "0abcdef23", "Silt Lab", None)],
            "countries": ["NO"], "is_corresponding": True,
        },
        {"given": "Ben", "family": "Reed", "affiliations": ["Reed Lab, Sweden"],
         "countries": ["SE"], "is_corresponding": False},
    ]  # fmt: skip


def test_europe_pmc_has_names_in_parts_and_affiliations() -> None:
    author = {
        "firstName": "Ada", "lastName": "Fern", "fullName": "Fern A",
        "authorAffiliationDetailsList": {"authorAffiliation": [{"affiliation": "Silt Lab, Chile."}]},
    }  # fmt: skip
    result = {"id": "1", "source": "MED", "title": "Tides", "authorList": {"author": [author]}}
    assert said(one("europepmc", line(**result))) == [
        {"given": "Ada", "family": "Fern", "affiliations": ["Silt Lab, Chile."],
         "countries": ["CL"]}
    ]  # fmt: skip


def test_acl_has_names_in_parts_and_the_anthologys_ids() -> None:
    volume = """<collection id="2024.tide"><volume id="1"><meta><booktitle>Tides</booktitle></meta>
    <paper id="1"><title>Silt</title><author id="ada-fern-reef"><first>Ada</first><last>Fern</last>
    <affiliation>Silt Lab, Norway</affiliation></author><author><last>Reed</last></author>
    <author id="bea-elmwood"><first>Béa</first><last>Elmwood</last></author></paper></volume></collection>"""
    assert said(one("acl", volume)) == [
        {"given": "Ada", "family": "Fern", "ids": ids(("acl", "ada-fern-reef")),
         "affiliations": ["Silt Lab, Norway"], "countries": ["NO"]},
        {"family": "Reed"},
        {"given": "Béa", "family": "Elmwood"},  # an id that is the name alone is anybody's
    ]  # fmt: skip


def test_dblp_tells_persons_of_one_name_apart() -> None:
    paper = """<dblp><article key="journals/t/1"><author>Ada Fern 0002</author>
    <author pid="12/345">Ben Reed</author><author>Cid Moss</author><title>Tides.</title>
    </article></dblp>"""
    fields = one("dblp", paper)
    assert said(fields) == [
        {"ids": ids(("dblp", "Ada Fern 0002"))}, {"ids": ids(("dblp", "12/345"))}, {},
    ]  # fmt: skip
    assert fields["authors"][0]["name"] == "Ada Fern"


def test_semantic_scholar_has_its_own_ids_or_names_in_parts() -> None:
    authors = [{"authorId": "17", "name": "Ada Fern"}, {"authorId": None, "name": "Ben Reed"}]
    paper = {"paperId": "f" * 40, "corpusId": 3, "title": "Tides", "authors": authors}
    assert said(one("semantic-scholar", line(**paper))) == [{"ids": ids(("s2", "17"))}, {}]
    author = {"first": "Ada", "middle": ["B."], "last": "Fern", "suffix": "Jr"}
    paper = {"paper_id": "3", "title": "Tides", "authors": [author]}
    assert said(one("semantic-scholar", line(**paper))) == [{"given": "Ada B.", "family": "Fern"}]


def test_daily_papers_name_the_accounts_of_authors() -> None:
    authors = [
        {"_id": "64a", "name": "Ada Fern", "user": {"_id": "64b", "user": "ada-f"}},
        {"_id": "64c", "name": "Ben Reed"},
    ]
    paper = {"id": "2401.01234", "title": "Tides", "authors": authors}
    listed = one("hf-daily", "[" + line(paper=paper) + "]")
    assert said(listed) == [{"ids": ids(("hf", "ada-f"))}, {}]


def test_arxiv_has_names_in_parts_and_affiliations() -> None:
    row = {
        "id": "2401.01234", "title": "Tides", "categories": "cs.CL",
        "authors_parsed": [["Fern", "Ada", ""], ["Reed", "Ben", "Jr"]],
    }  # fmt: skip
    assert said(one("arxiv-snapshot", line(**row))) == [
        {"given": "Ada", "family": "Fern"}, {"given": "Ben", "family": "Reed"},
    ]  # fmt: skip
    row = {"id": "2401.01234", "title": "Tides", "categories": "cs.CL",
           "authors": "Ada Fern (Silt Lab, Norway), Ben Reed"}  # fmt: skip
    assert said(one("arxiv-snapshot", line(**row))) == [
        {"affiliations": ["Silt Lab, Norway"], "countries": ["NO"]}, {},
    ]  # fmt: skip


def test_exports_have_names_in_parts_and_ids_of_scopus() -> None:
    head = "Authors,Author full names,Title,Year,Source title,EID\n"
    row = '"Fern A.; Reed B.","Fern, Ada (57200000001); Reed, Ben",Tides,2020,Silt,2-s2.0-1\n'
    fields = row_of(head + row, "t.csv")
    assert said(fields) == [
        {"given": "Ada", "family": "Fern", "ids": ids(("scopus", "57200000001"))},
        {"given": "Ben", "family": "Reed"},
    ]
    assert [author["name"] for author in fields["authors"]] == ["Ada Fern", "Ben Reed"]


def test_a_table_of_ones_own_has_affiliations() -> None:
    authors = [{"name": "Ada Fern", "affiliation": "Silt Lab, Norway"}, "Ben Reed"]
    row = {"id": "1", "title": "Tides", "authors": authors}
    assert said(row_of(line(**row), "t.jsonl")) == [
        {"affiliations": ["Silt Lab, Norway"], "countries": ["NO"]}, {},
    ]  # fmt: skip


@pytest.mark.parametrize(
    "entry",
    [
        "TY  - JOUR\nTI  - Tides\nAU  - Fern, Ada\nAU  - Reed Group\nER  - \n",
        "@article{a, title={Tides}, author={Fern, Ada and {Reed Group}}}\n",
        "@article{a, title={Tides}, author={family=Fern, given=Ada and {Reed Group}}}\n",
        "PT J\nAF Fern, Ada\n   Reed Group\nTI Tides\nER\n",
        "PMID- 7\nTI  - Tides\nFAU - Fern, Ada\nCN  - Reed Group\n",
    ],
)
def test_bibliographies_have_names_in_parts(entry: str) -> None:
    assert said(one("bibliography", entry)) == [{"given": "Ada", "family": "Fern"}, {}]


def test_web_of_science_names_the_authors_of_an_address() -> None:
    entry = (
        "PT J\nAF Fern, Ada\n   Reed, Ben\nTI Tides\nC1 [Fern, Ada; Reed, Ben] Silt Univ, Norway.\n"
        "   [Fern, Ada] Reed Univ, Sweden.\n   Moss Univ, Chile.\nER\n"
    )
    ada, ben = said(one("bibliography", entry))
    assert ada["affiliations"] == ["Silt Univ, Norway.", "Reed Univ, Sweden."]
    assert (ada["countries"], ben["countries"]) == (["NO", "SE"], ["NO"])


@pytest.mark.parametrize("junk", [7, "Ada", {"a": 1}, [7, None, [[]]], [{"author": 7}], True])
def test_hostile_authors_make_no_crash(junk: Any) -> None:
    for form, base in (
        ("openalex", {"id": "https://openalex.org/W1", "title": "T", "authorships": junk}),
        ("crossref", {"DOI": "10.1000/a", "title": ["T"], "author": junk}),
        ("europepmc", {"id": "1", "source": "MED", "title": "T", "authorList": {"author": junk}}),
        ("semantic-scholar", {"paperId": "a" * 40, "corpusId": 1, "title": "T", "authors": junk}),
    ):
        [record] = told(form, line(**base))
        assert len(record.fields.get("authorships", [])) in (0, len(as_objects(junk)))


# Form, files, authors, and how many of them have an id, a country, an institution with an id.
REAL: list[tuple[str, str, int, int, int, int]] = [
    ("openalex", "openalex/*.jsonl", 508, 503, 339, 317),
    ("crossref", "crossref/*.jsonl", 3_134, 0, 872, 0),
    ("pubmed", "pubmed/*.xml", 1_443, 0, 948, 0),
    ("europepmc", "europepmc/*.json", 8_826, 0, 130, 0),
    ("dblp", "dblp/*.xml", 73, 5, 0, 0),
]


@pytest.mark.parametrize(("form", "files", "authors", "with_id", "with_country", "placed"), REAL)
def test_lists_of_the_real_files_are_aligned(
    shared_feeds: Path, form: str, files: str, authors: int, with_id: int, with_country: int,
    placed: int,
) -> None:  # fmt: skip
    records, _, _ = read(form, *sorted(shared_feeds.glob(files)))
    lists = [said(record.fields) for record in records if "authorships" in record.fields]
    entries = [entry for each in lists for entry in each]
    assert sum(len(record.fields.get("authors", [])) for record in records) == authors
    seen = [
        sum(name in entry for entry in entries) for name in ("ids", "countries", "institutions")
    ]
    assert seen == [with_id, with_country, placed]
    assert not [w for record in records for w in record.warnings if w.startswith("authorships")]
