"""What is peculiar to each format, on records made for these tests, and the hostile files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.feeds import FEEDS
from jobs.feeds.core import Broken, Note, Parsed, Payload, parse_payload, pieces
from jobs.feeds.tools.reading import Unreadable, parts
from jobs.params import IngestSettings
from tests.jobs.feeds.test_real_files import read

LIMITS = IngestSettings()


def cut(form: str, content: str, name: str = "file") -> list[Payload | Broken]:
    found = pieces(FEEDS[form], content.encode(), name, LIMITS)
    return [piece for piece in found if not isinstance(piece, Note)]


def told(form: str, content: str) -> list[Parsed]:
    """What the records of a file say."""
    found = cut(form, content)
    assert all(isinstance(piece, Payload) for piece in found)
    return [parse_payload(FEEDS[form], piece.text, {}) for piece in found]


def one(form: str, content: str) -> Mapping[str, Any]:
    """The fields of the one record of a file, which is without fault."""
    [record] = told(form, content)
    assert (record.errors, record.warnings) == ([], [])
    return record.fields


def names(fields: Mapping[str, Any]) -> list[str]:
    return [author["name"] for author in fields["authors"]]


def line(**fields: Any) -> str:
    return json.dumps(fields) + "\n"


# arXiv

_ATOM = '<feed xmlns="http://www.w3.org/2005/Atom">{}</feed>'
_ATOM_ENTRY = "<entry><id>{}</id><title>Tides</title><summary>Slow down.</summary></entry>"


def test_an_error_in_an_answer_is_no_paper() -> None:
    entry = _ATOM_ENTRY.format("http://arxiv.org/api/errors#too_many")
    with pytest.raises(Unreadable, match="answered with an error: Slow down"):
        cut("arxiv-api", _ATOM.format(entry))


def test_a_broken_entry_that_speaks_of_errors_costs_only_itself() -> None:
    broken = "<entry><title>arxiv.org/api/errors & what they mean</title></entry>"
    whole = _ATOM_ENTRY.format("http://arxiv.org/abs/2401.00001v1")
    first, second = told("arxiv-api", _ATOM.format(broken + whole))
    assert first.errors and second.fields["title"] == "Tides"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada Tern, Bo Kelp and Cy Reed", ["Ada Tern", "Bo Kelp", "Cy Reed"]),
        ("Ada Tern (1), Bo Kelp (2 and 3)", ["Ada Tern", "Bo Kelp"]),
        ("Ada Tern (Shore Lab, Inland), Bo Kelp & Cy Reed", ["Ada Tern", "Bo Kelp", "Cy Reed"]),
        ("A. Andersson and B. Rand", ["A. Andersson", "B. Rand"]),
        ('G. M\\"uller; H. Sand', ["G. Müller", "H. Sand"]),
        ("Martin Sand, Jr., Ada Tern and Bo Kelp", ["Martin Sand Jr.", "Ada Tern", "Bo Kelp"]),
    ],
)
def test_authors_in_one_text_are_parted(text: str, expected: list[str]) -> None:
    fields = one(
        "arxiv-snapshot", line(id="0704.0001", title="Ebb", authors=text, categories="cs.LG")
    )
    assert names(fields) == expected


def test_affiliations_in_brackets_go_with_their_author() -> None:
    fields = one(
        "arxiv-snapshot",
        line(id="0704.0001", categories="cs.LG", authors="Ada Tern (Shore Lab, Inland), Bo Kelp"),
    )
    assert [a["affiliation"] for a in fields["authors"]] == ["Shore Lab, Inland", None]


@pytest.mark.parametrize(
    ("created", "day", "basis"),
    [
        ("Mon, 2 Apr 2007 23:18:42 -0500", date(2007, 4, 3), None),
        ("Mon, 1 Jan 2999 00:00:00 GMT", date(2007, 4, 1), "published month"),
        ("Sun, 10 Oct 1582 00:00:00 GMT", date(2007, 4, 1), "published month"),
        ("Sat, 30 Feb 2008 00:00:00 GMT", date(2007, 4, 1), "published month"),
        ("1700000000", date(2007, 4, 1), "published month"),
        (None, date(2007, 4, 1), "published month"),
    ],
)
def test_a_first_version_that_cannot_be_gives_way_to_the_month_of_the_id(
    created: str | None, day: date, basis: str | None
) -> None:
    versions = [{"version": "v1", "created": created}]
    [record] = told("arxiv-snapshot", line(id="0704.0001", categories="cs.LG", versions=versions))
    fields = record.fields
    assert (fields["published_on"], fields.get("published_basis")) == (day, basis)
    assert bool(record.warnings) == (basis is not None and created is not None)
    assert not record.errors


@pytest.mark.parametrize(
    ("own", "error"),
    [
        (704.0001, "id is a number, not text: 704.0001"),
        ("704.1", "id is no arXiv id: 704.1"),
        ("", "id is missing"),
        (None, "id is missing"),
    ],
)
def test_a_record_of_arxiv_without_an_id_of_arxiv_is_none(own: Any, error: str) -> None:
    [record] = told("arxiv-snapshot", line(id=own, categories="cs.LG"))
    assert record.errors == [error]


def test_a_comment_can_say_that_a_paper_is_withdrawn() -> None:
    fields = one(
        "arxiv-snapshot",
        line(id="0704.0001", categories="cs.LG", comments="This paper has been withdrawn."),
    )
    assert fields["withdrawn_as"] == "withdrawn"


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("3 pages; withdrawn by the authors due to an error", "withdrawn"),
        ("9 pages, 2 figures This paper has been withdrawed for now", "withdrawn"),
        ("Because of a gap in the proof, we want to withdraw this paper", "withdrawn"),
        ("Admin note: submission has been administratively withdrawn", "withdrawn"),
        ("Paper withdrawn", "withdrawn"),
        ("Submitted to Shore 2017, accepted, later withdrawn", None),
        ("Published in Tides; withdrawn from Tides in 2014", None),
        ("Withdrawn from Tides", None),
        ("Withdrawn from arXiv", "withdrawn"),
        ("The previous version was withdrawn by mistake", None),
        ("A revision of the withdrawn paper on sand", None),
        ("We withdraw Section 3 of version 2", None),
        ("We count retractions of graphs", None),
    ],
)
def test_what_is_withdrawn_is_the_paper(comment: str, expected: str | None) -> None:
    fields = one("arxiv-snapshot", line(id="0704.0001", categories="cs.LG", comments=comment))
    assert fields.get("withdrawn_as") == expected


def test_an_announcement_takes_its_abstract_only_from_behind_the_word() -> None:
    def item(description: str) -> str:
        return (
            '<rss xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><item><title>Ebb</title>'
            "<link>https://arxiv.org/abs/2401.01234</link>"
            f"<description>{description}</description><dc:creator>Ada Tern, Bo Kelp</dc:creator>"
            "<category>cs.LG</category><category>my shelf</category>"
            "<pubDate>Tue, 02 Jan 2024 00:00:00 -0500</pubDate></item></channel></rss>"
        )

    fields = one("arxiv-rss", item("arXiv:2401.01234v1 Announce Type: new \n Abstract: On tides."))
    assert (fields["abstract"], fields["arxiv_id"]) == ("On tides.", "2401.01234")
    assert (names(fields), fields["categories"]) == (["Ada Tern", "Bo Kelp"], ["arxiv:cs.LG"])
    assert fields["listed_on"] == date(2024, 1, 2) and "published_on" not in fields
    assert "abstract" not in one("arxiv-rss", item("I liked it."))


def oai(metadata: str) -> str:
    return (
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record><header>'
        "<identifier>oai:arXiv.org:2401.01234</identifier><datestamp>2024-02-01</datestamp>"
        f"</header><metadata>{metadata}</metadata></record></ListRecords></OAI-PMH>"
    )


def test_raw_metadata_name_every_version() -> None:
    fields = one("arxiv-oai", oai(
        '<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>2401.01234</id>'
        '<version version="v1"><date>Tue, 2 Jan 2024 10:00:00 GMT</date></version>'
        '<version version="v2"><date>Wed, 10 Jan 2024 10:00:00 GMT</date></version>'
        "<title>Ebb</title><authors>Ada Tern and Bo Kelp</authors><categories>cs.LG</categories>"
        "<abstract>On tides.</abstract></arXivRaw>"
    ))  # fmt: skip
    assert (fields["arxiv_version"], fields["published_on"]) == (2, date(2024, 1, 2))
    assert names(fields) == ["Ada Tern", "Bo Kelp"]


def test_dublin_core_names_authors_the_other_way_round() -> None:
    fields = one("arxiv-oai", oai(
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Ebb</dc:title>'
        "<dc:creator>Tern, Ada</dc:creator><dc:description>On tides.</dc:description>"
        "<dc:date>2024-01-02</dc:date><dc:date>2024-01-10</dc:date>"
        "<dc:identifier>doi:10.5555/tide</dc:identifier></oai_dc:dc>"
    ))  # fmt: skip
    assert (names(fields), fields["doi"], fields["abstract"]) == (
        ["Ada Tern"], "10.5555/tide", "On tides.",
    )  # fmt: skip
    assert fields["published_on"] == date(2024, 1, 2)


def test_a_harvest_without_records_is_no_error() -> None:
    answer = '<OAI-PMH><error code="noRecordsMatch">none</error></OAI-PMH>'
    assert cut("arxiv-oai", answer) == []


# ACL


def anthology(paper: str, collection: str = "P06", volume: str = "1", meta: str = "") -> str:
    return (
        f'<?xml version="1.0"?><collection id="{collection}"><volume id="{volume}"><meta>'
        f"<booktitle>Shore Meeting</booktitle><editor><last>Sand</last></editor>{meta}</meta>"
        f'<frontmatter><url>x</url></frontmatter><paper id="2"><title>Ebb</title>{paper}</paper>'
        "</volume></collection>"
    )


@pytest.mark.parametrize(
    ("collection", "volume", "own"),
    [
        ("P06", "1", "P06-1002"), ("W04", "2", "W04-0202"), ("D19", "1", "D19-1002"),
        ("D19", "50", "D19-5002"), ("2020.acl", "main", "2020.acl-main.2"), ("C69", "3", "C69-0302"),
    ],
)  # fmt: skip
def test_ids_of_the_anthology_are_built_of_their_parts(
    collection: str, volume: str, own: str
) -> None:
    fields = one("acl", anthology("", collection, volume))
    assert (fields["acl_id"], fields["native_id"]) == (own, own)


@pytest.mark.parametrize(
    ("month", "expected"),
    [
        ("July", 7), ("August 26-30", 8), ("October 31-November 4", 10), ("1–3 December", 12),
        ("6", 6), ("Sept.", 9), ("", None), ("sometime", None),
    ],
)  # fmt: skip
def test_a_volume_is_dated_by_the_first_month_it_names(month: str, expected: int | None) -> None:
    meta = f"<month>{month}</month><year>2006</year>"
    fields = one("acl", anthology("", meta=meta))
    assert fields["published_on"] == date(2006, expected or 1, 1)
    assert fields["published_basis"] == f"published {'month' if expected else 'year'}"


def test_markup_goes_and_formulas_stay() -> None:
    paper = (
        "<abstract>An <i>italic</i> <tex-math>x^2</tex-math>, <b>bold</b>.</abstract>"
        "<author><first>Ada</first><last>Tern</last><variant><last>别</last></variant></author>"
        "<author><last>Kelp</last></author><language>fra</language>"
    )
    fields = one("acl", anthology(paper))
    assert fields["abstract"] == "An italic x^2, bold."
    assert (names(fields), fields["language"]) == (["Ada Tern", "Kelp"], "fr")


# JSON works


def test_the_first_place_of_a_work_may_be_arxiv() -> None:
    place = {"landing_page_url": "http://arxiv.org/abs/2103.09999"}
    work = line(id="https://openalex.org/W1", title="Ebb", primary_location=place)
    assert one("openalex", work)["arxiv_id"] == "2103.09999"


def test_an_inverted_index_is_put_in_order_within_bounds() -> None:
    index = {"We": [0], "test": [1, 3], "and": [2], "far": [2_000_000_000], "back": [-1]}
    [record] = told("openalex", line(id="https://openalex.org/W1", abstract_inverted_index=index))
    assert record.fields["abstract"] == "We test and test"
    assert record.warnings == ["abstract_inverted_index has 2 places that cannot be"]


@given(st.dictionaries(st.text(max_size=5), st.lists(st.integers(-5, 10**12)) | st.none()))
def test_any_index_gives_words_of_it(index: dict[str, list[int] | None]) -> None:
    [record] = told("openalex", line(id="W1", abstract_inverted_index=index))
    assert not record.errors
    assert len(record.fields.get("abstract", "")) <= 6 * sum(len(p or []) for p in index.values())


@pytest.mark.parametrize(
    ("form", "page"),
    [
        ("openalex", '{"meta": {"count": 2, "x": [1]},\n "results": [%s,\n %s], "group_by": []}'),
        ("crossref", '{"status": "ok", "message": {"total": 2, "items": [%s, %s]}}'),
        ("europepmc", '{"hitCount": 2, "resultList": {"result": [%s, %s]}}'),
        ("europepmc", '[{"resultList": {"result": [%s]}}, {"resultList": {"result": [%s]}}]'),
        ("semantic-scholar", '{"total": 2, "data": [%s, %s]}'),
        ("crossref", "%s\n%s\n"),
    ],
)
def test_the_records_of_an_answer_come_in_their_own_words(form: str, page: str) -> None:
    first, second = '{"id":  "a", "x": "]}"}', '{"id": "b"}'
    assert cut(form, page % (first, second)) == [Payload(first), Payload(second)]


def test_an_answer_that_was_cut_keeps_what_is_whole() -> None:
    whole, broken = cut("openalex", '{"results": [{"id": "W1"}, {"id": "W2", "ti')
    assert whole == Payload('{"id": "W1"}')
    assert isinstance(broken, Broken) and "not closed" in broken.reason


def test_what_stands_behind_a_list_that_damage_closed_is_told() -> None:
    whole, broken = cut("openalex", '{"results": [{"id": "W1"}], {"id": "W2"}]}')
    assert whole == Payload('{"id": "W1"}')
    assert isinstance(broken, Broken) and '"W2"' in broken.text


def test_deep_nesting_is_broken_and_does_not_end_the_run() -> None:
    deep = "[" * 100_000
    for content in (deep, '{"results": ' + deep, '{"a": ' + deep + "}\n"):
        assert all(isinstance(piece, Broken) for piece in cut("openalex", content))


def test_a_work_is_published_on_the_earliest_of_its_most_exact_days() -> None:
    fields = one("crossref", line(**{
        "DOI": "10.5555/X", "title": ["Ebb"], "subtitle": ["On tides"],
        "published-print": {"date-parts": [[2019]]},
        "published-online": {"date-parts": [[2019, 3, 4]]},
        "posted": {"date-parts": [[2019, 3, 9]]}, "issued": {"date-parts": [[None]]},
        "abstract": "<jats:title>Abstract</jats:title><jats:sec><jats:title>Aim</jats:title>"
                    "<jats:p>x<jats:sup>2</jats:sup> &lt; 3</jats:p></jats:sec>",
    }))  # fmt: skip
    assert (fields["published_on"], fields["native_id"]) == (date(2019, 3, 4), "10.5555/x")
    assert (fields["title"], fields["abstract"]) == ("Ebb: On tides", "Aim: x^2 < 3")


def test_a_day_that_cannot_be_does_not_cost_the_year() -> None:
    [record] = told("crossref", line(**{
        "DOI": "10.5555/x", "title": ["Ebb"], "issued": {"date-parts": [[2019]]},
        "published-online": {"date-parts": [[2019, 2, 30]]},
    }))  # fmt: skip
    assert record.fields["published_on"] == date(2019, 1, 1)
    assert record.warnings == ["date online is no date: 2019-02-30"]


def test_a_retracted_work_and_its_notice_are_told_apart() -> None:
    notice = one("crossref", line(
        DOI="10.5555/n", title=["Retraction"], **{"update-to": [{"DOI": "10.5555/X", "type": "retraction"}]},
    ))  # fmt: skip
    assert notice["relations"] == [{"kind": "retracts", "scheme": "doi", "id": "10.5555/x"}]
    assert "withdrawn_as" not in notice
    work = one("crossref", line(
        DOI="10.5555/x", title=["Ebb"], **{"updated-by": [{"DOI": "10.5555/n", "type": "retraction"}]},
    ))  # fmt: skip
    assert work["withdrawn_as"] == "retracted"


def doi_data(doi: str) -> str:
    return f"<doi_data><doi>{doi}</doi><resource>https://example.org/</resource></doi_data>"


JOURNAL = """<?xml version="1.0"?><doi_records><doi_record owner="10.5555"><crossref><journal>
<journal_metadata language="en"><full_title>Journal of Tides</full_title></journal_metadata>
<journal_issue><publication_date media_type="print"><year>2019</year></publication_date>
<journal_volume><volume>7</volume></journal_volume><issue>2</issue></journal_issue>
{}</journal></crossref></doi_record></doi_records>"""
ARTICLE = (
    """<journal_article><titles><title>CO<sub>2</sub> at ebb:</title>
<subtitle>on <i>silt</i></subtitle></titles><contributors>
<person_name sequence="first" contributor_role="author"><given_name>Ada</given_name>
<surname>Tern</surname><suffix>Jr</suffix><affiliations><institution>
<institution_name>Shore Institute</institution_name></institution></affiliations>
<ORCID>https://orcid.org/0000-0002-1825-0097</ORCID></person_name>
<organization contributor_role="author">Tide Group</organization>
<person_name contributor_role="editor"><surname>Reed</surname></person_name></contributors>
<jats:abstract xmlns:jats="http://www.ncbi.nlm.nih.gov/JATS1"><jats:title>Abstract</jats:title>
<jats:p>x &lt; 3 &amp; so.</jats:p></jats:abstract>
<publication_date media_type="online"><month>03</month><day>04</day><year>2019</year>
</publication_date><pages><first_page>1</first_page><last_page>9</last_page></pages>
<crossmark><updates><update type="retraction" date="2019-01-01">10.5555/OLD</update></updates>
</crossmark><program xmlns="http://www.crossref.org/relations.xsd"><related_item>
<inter_work_relation relationship-type="hasPreprint" identifier-type="doi">10.5555/pre
</inter_work_relation></related_item></program>"""
    + doi_data("10.5555/Ebb.1")
    + "</journal_article>"
)


def test_an_article_in_crossrefs_xml_is_read_as_in_its_json() -> None:
    fields = one("crossref", JOURNAL.format(ARTICLE))
    assert (fields["title"], fields["abstract"]) == ("CO_2 at ebb: on silt", "x < 3 & so.")
    assert fields["authors"] == [
        {"name": "Ada Tern Jr", "orcid": "0000-0002-1825-0097", "affiliation": "Shore Institute"},
        {"name": "Tide Group", "orcid": None, "affiliation": None},
    ]
    assert (fields["venue"], fields["volume"], fields["number"], fields["pages"]) == (
        "Journal of Tides", "7", "2", "1-9",
    )  # fmt: skip
    assert (fields["native_id"], fields["published_on"]) == ("10.5555/ebb.1", date(2019, 3, 4))
    assert (fields["work_type"], fields["language"]) == ("journal-article", "en")
    assert fields["relations"] == [
        {"kind": "published from", "scheme": "doi", "id": "10.5555/pre"},
        {"kind": "retracts", "scheme": "doi", "id": "10.5555/old"},
    ]


def test_every_article_of_a_deposit_has_its_journal_and_issue() -> None:
    second = f"<journal_article><titles><title>Flow</title></titles>{doi_data('10.5555/f')}</journal_article>"
    deposit = JOURNAL.replace("doi_records>", "doi_batch>").replace(
        "<doi_record owner=", "<body id="
    )
    deposit = deposit.replace("</doi_record>", "</body>").format(ARTICLE + second)
    records = told("crossref", deposit)
    assert [(r.fields["doi"], r.fields["venue"], r.fields["volume"]) for r in records] == [
        ("10.5555/ebb.1", "Journal of Tides", "7"), ("10.5555/f", "Journal of Tides", "7"),
    ]  # fmt: skip
    assert records[1].fields["published_basis"] == "published year"


def test_what_only_looks_like_the_end_of_a_deposit_is_told() -> None:
    [broken] = cut("crossref", '</jats:p>"}\n{"DOI":"10.5555/f","title":["Flow"]}\n')
    assert isinstance(broken, Broken) and "Flow" in broken.text
    assert cut("crossref", "</body>\n</doi_batch>\n<!-- the end -->\n") == []


@pytest.mark.parametrize(
    ("holder", "expected"),
    [
        (
            "<conference><event_metadata><conference_name>TideConf</conference_name></event_metadata>"
            "<proceedings_metadata><proceedings_title>Proceedings of Tides</proceedings_title>"
            "<publication_date><year>2020</year></publication_date></proceedings_metadata>"
            f"<conference_paper><titles><title>Ebb</title></titles>{doi_data('10.5555/c')}"
            "</conference_paper></conference>",
            ("Ebb", "Proceedings of Tides", "proceedings-article", date(2020, 1, 1)),
        ),
        (
            '<posted_content type="preprint"><group_title>Biology</group_title><titles>'
            "<title>Ebb</title></titles><posted_date><month>5</month><day>6</day><year>2021</year>"
            f"</posted_date>{doi_data('10.5555/p')}</posted_content>",
            ("Ebb", None, "posted-content", date(2021, 5, 6)),
        ),
        (
            "<book><book_metadata><titles><title>The Shore</title></titles><publication_date>"
            "<year>2018</year></publication_date></book_metadata><content_item><titles><title>Silt"
            f"</title></titles>{doi_data('10.5555/b.1')}</content_item></book>",
            ("Silt", "The Shore", "book-chapter", date(2018, 1, 1)),
        ),
        (
            "<book><book_metadata><titles><title>The Shore</title></titles><publication_date>"
            f"<year>2018</year></publication_date>{doi_data('10.5555/b')}</book_metadata></book>",
            ("The Shore", None, "book", date(2018, 1, 1)),
        ),
        (
            "<dissertation><titles><title>On Silt</title></titles><approval_date><year>2017</year>"
            f"</approval_date>{doi_data('10.5555/d')}</dissertation>",
            ("On Silt", None, "dissertation", date(2017, 1, 1)),
        ),
    ],
)
def test_works_of_every_kind_in_crossrefs_xml(holder: str, expected: tuple[Any, ...]) -> None:
    fields = one(
        "crossref",
        f"<crossref_result><query><crossref>{holder}</crossref></query></crossref_result>",
    )
    names_ = ("title", "venue", "work_type", "published_on")
    assert tuple(fields.get(name) for name in names_) == expected


def test_an_answer_of_crossref_without_a_work_is_quarantined() -> None:
    missing = "<doi_records><doi_record><crossref><error>DOI not found</error></crossref></doi_record></doi_records>"
    [record] = told("crossref", missing)
    assert record.errors == ["DOI is none: None"]


@pytest.mark.parametrize(
    ("more", "field", "expected"),
    [
        ({"article-number": "e02"}, "pages", "e02"),
        ({"type": "posted-content", "institution": [{"name": "bioRxiv"}]}, "venue", "bioRxiv"),
        ({"title": [], "original-title": ["Ebbe"]}, "title", "Ebbe"),
        ({"update-to": [{"DOI": "10.1000/B", "type": "expression_of_concern"}]}, "relations",
         [{"kind": "comments on", "scheme": "doi", "id": "10.1000/b"}]),
        ({"update-to": [{"DOI": "10.1000/B", "type": "addendum"}]}, "relations",
         [{"kind": "corrects", "scheme": "doi", "id": "10.1000/b"}]),
        ({"updated-by": [{"DOI": "10.1000/B", "type": "partial_retraction"}]}, "relations",
         [{"kind": "corrected by", "scheme": "doi", "id": "10.1000/b"}]),
        ({"update-to": [{"DOI": "10.1000/B", "type": "partial_retraction"}]}, "relations",
         [{"kind": "corrects", "scheme": "doi", "id": "10.1000/b"}]),
        ({"updated-by": [{"DOI": "10.1000/B", "type": "expression_of_concern"}]}, "relations",
         [{"kind": "commented on by", "scheme": "doi", "id": "10.1000/b"}]),
        ({"update-to": [{"DOI": "10.1000/B", "type": "Expression of Concern"}]}, "relations",
         [{"kind": "comments on", "scheme": "doi", "id": "10.1000/b"}]),
        ({"update-to": [{"DOI": "10.1000/B", "type": "new_edition"}]}, "relations",
         [{"kind": "updates", "scheme": "doi", "id": "10.1000/b"}]),
        ({"updated-by": [{"DOI": "10.1000/B", "type": "new_version"}]}, "relations",
         [{"kind": "updated by", "scheme": "doi", "id": "10.1000/b"}]),
        # What Crossref does not list says not how the two belong together.
        ({"update-to": [{"DOI": "10.1000/B", "type": "interim"}]}, "relations",
         [{"kind": "related to", "scheme": "doi", "id": "10.1000/b"}]),
        ({"updated-by": [{"DOI": "10.1000/B"}]}, "relations",
         [{"kind": "related to", "scheme": "doi", "id": "10.1000/b"}]),
    ],
)  # fmt: skip
def test_a_work_of_crossref_says_it_in_fields_of_its_own(
    more: dict[str, Any], field: str, expected: Any
) -> None:
    assert (
        one("crossref", line(**{"DOI": "10.1000/a", "title": ["Ebb"], **more}))[field] == expected
    )


@pytest.mark.parametrize("kind", ["retraction", "partial_retraction"])
def test_what_is_retracted_in_part_stands(kind: str) -> None:
    update = {"updated-by": [{"DOI": "10.1000/b", "type": kind}]}
    fields = one("crossref", line(DOI="10.1000/a", title=["Ebb"], **update))
    assert ("withdrawn_as" in fields) == (kind == "retraction")


@pytest.mark.parametrize("indent", [None, 2])
def test_an_answer_about_one_work_is_that_work(indent: int | None) -> None:
    answer = {"status": "ok", "message": {"DOI": "10.1000/a", "title": ["Ebb"]}}
    assert one("crossref", json.dumps(answer, indent=indent))["doi"] == "10.1000/a"
    work = {"id": "https://openalex.org/W9", "title": "Ebb"}
    assert one("openalex", json.dumps(work, indent=indent))["openalex_id"] == "W9"


# JATS


def jats(meta: str = "", journal: str = "", kind: str = "research-article") -> str:
    return (
        '<article xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:mml="http://www.w3.org/1998/Math/'
        f'MathML" article-type="{kind}" xml:lang="en-GB"><front><journal-meta>{journal}</journal-meta>'
        '<article-meta><article-id pub-id-type="pmc">77</article-id><article-id pub-id-type="doi">'
        f"10.5555/Ebb</article-id>{meta}</article-meta></front><body><sec><title>No title</title>"
        "</sec></body><sub-article><front-stub><title-group><article-title>Reply</article-title>"
        "</title-group></front-stub></sub-article></article>"
    )


JATS_META = """<title-group><article-title>CO<sub>2</sub> at ebb<xref ref-type="fn">*</xref>
</article-title><subtitle>On <italic>silt</italic></subtitle></title-group><contrib-group>
<contrib contrib-type="author"><contrib-id contrib-id-type="orcid">0000-0002-1825-0097</contrib-id>
<name><surname>Tern</surname><given-names>Ada</given-names><suffix>Jr</suffix></name>
<xref ref-type="aff" rid="a1 a2"/></contrib><contrib contrib-type="author"><collab>Tide Group
<contrib-group><contrib><name><surname>Member</surname></name></contrib></contrib-group></collab>
</contrib><contrib contrib-type="editor"><name><surname>Reed</surname></name></contrib>
<aff id="a1"><label>1</label><institution>Shore Institute</institution><country>Norway</country></aff>
</contrib-group><aff id="a2"><sup>2</sup>Dept of Silt, <city>Bergen</city>; Norway</aff>
<pub-date pub-type="ppub"><month>May</month><year>2019</year></pub-date>
<pub-date date-type="pub" publication-format="electronic" iso-8601-date="2019-03-04"/>
<pub-date pub-type="pmc-release"><year>2018</year></pub-date><volume>7</volume><issue>2</issue>
<fpage>1</fpage><lpage>9</lpage><history><date date-type="received"><day>2</day><month>1</month>
<year>2019</year></date></history><permissions><license xlink:href="https://example.org/by"/>
</permissions><abstract abstract-type="graphical"><p>A picture.</p></abstract><abstract><title>
Abstract</title><sec><title>Aim:</title><p>x &lt; <inline-formula><alternatives><mml:math><mml:mi>y
</mml:mi></mml:math><tex-math>y^2</tex-math></alternatives></inline-formula>.</p></sec><sec>
<title>End</title><p>Yes.</p></sec></abstract><kwd-group><kwd>tides</kwd><kwd><italic>Mya</italic>
 sp.</kwd></kwd-group>"""


def test_an_article_in_jats_is_read_from_its_front_matter() -> None:
    journal = (
        "<journal-title-group><journal-title>Journal of Tides</journal-title></journal-title-group>"
    )
    fields = one(
        "jats",
        f'<?xml version="1.0"?><!DOCTYPE article PUBLIC "-//NLM//DTD JATS//EN" "j.dtd">{jats(JATS_META, journal)}',
    )
    assert (fields["title"], fields["abstract"]) == (
        "CO_2 at ebb: On silt", "Aim: x < y^2. End: Yes.",
    )  # fmt: skip
    assert fields["authors"] == [
        {"name": "Ada Tern Jr", "orcid": "0000-0002-1825-0097",
         "affiliation": "Shore Institute, Norway; Dept of Silt, Bergen; Norway"},
        {"name": "Tide Group", "orcid": None, "affiliation": None},
    ]  # fmt: skip
    assert (fields["venue"], fields["volume"], fields["number"], fields["pages"]) == (
        "Journal of Tides", "7", "2", "1-9",
    )  # fmt: skip
    assert (fields["doi"], fields["native_id"], fields["other_ids"]) == (
        "10.5555/ebb", "10.5555/ebb", ["pmcid:PMC77"],
    )  # fmt: skip
    days = {(entry["kind"], entry["day"]) for entry in fields["dates"]}
    assert days == {
        ("print", date(2019, 5, 1)), ("online", date(2019, 3, 4)),
        ("published", date(2019, 3, 4)), ("received", date(2019, 1, 2)),
    }  # fmt: skip
    assert (fields["language"], fields["license"]) == ("en", "https://example.org/by")
    assert (fields["keywords"], fields["work_type"]) == (["tides", "Mya sp."], "research-article")


def test_a_notice_in_jats_names_what_it_retracts_and_the_retracted_says_so() -> None:
    related = '<related-article related-article-type="{}" ext-link-type="doi" xlink:href="{}"/>'
    notice = one(
        "jats", jats(related.format("retracted-article", "10.5555/OLD"), kind="retraction")
    )
    assert notice["relations"] == [{"kind": "retracts", "scheme": "doi", "id": "10.5555/old"}]
    assert "withdrawn_as" not in notice
    work = one("jats", jats(related.format("retraction-forward", "https://doi.org/10.5555/n")))
    assert (work["withdrawn_as"], work["relations"][0]["id"]) == ("retracted", "10.5555/n")


def test_one_place_without_marks_is_that_of_every_author() -> None:
    people = "".join(
        f'<contrib contrib-type="author"><name><surname>{name}</surname></name></contrib>'
        for name in ("Tern", "Kelp")
    )
    fields = one("jats", jats(f"<contrib-group>{people}</contrib-group><aff>Shore Institute</aff>"))
    assert [a["affiliation"] for a in fields["authors"]] == ["Shore Institute"] * 2
    two = "<aff>Shore Institute</aff><aff>Sea Institute</aff>"
    fields = one("jats", jats(f"<contrib-group>{people}</contrib-group>{two}"))
    assert [a["affiliation"] for a in fields["authors"]] == [None] * 2


def test_a_set_in_jats_gives_every_article_and_other_xml_is_refused_in_a_word() -> None:
    assert len(told("jats", f"<pmc-articleset>{jats()}{jats()}</pmc-articleset>")) == 2
    for form, content in (("jats", JOURNAL.format("")), ("crossref", jats()), ("pubmed", jats())):
        with pytest.raises(Unreadable, match="which this format does not have"):
            cut(form, content)
    with pytest.raises(Unreadable, match="XML or HTML"):
        cut("openalex", jats())


@pytest.mark.parametrize("form", ["jats", "crossref", "pubmed", "dblp"])
def test_a_large_file_in_parts_is_no_broken_one(form: str) -> None:
    record, root = {
        "jats": (jats(), "articles"),
        "crossref": (JOURNAL.format(ARTICLE).split("<doi_records>")[1][:-14], "doi_records"),
        "pubmed": (citation().split("Set>", 1)[1].removesuffix("</PubmedArticleSet>"), "PubmedArticleSet"),
        "dblp": ('<article key="x"><title>Ebb</title></article>', "dblp"),
    }[form]  # fmt: skip
    content = f"<{root}>{record * 30}</{root}>".encode()
    breaks = FEEDS[form].breaks_in("x.xml")
    cut_up = [part for part in parts([content], breaks, 3_000) if isinstance(part, bytes)]
    found = [piece for part in cut_up for piece in pieces(FEEDS[form], part, "x.xml", LIMITS)]
    assert [type(piece) for piece in found] == [Payload] * 30
    assert len(cut_up) > 1 or form == "dblp"
    [*_, last] = pieces(FEEDS[form], content[:-4], "x.xml", LIMITS)
    assert isinstance(last, Broken) and "the end of the file is missing" in last.reason


@pytest.mark.parametrize("form", ["jats", "arxiv-oai"])
def test_an_answer_of_oai_that_is_an_error_is_refused_with_its_words(form: str) -> None:
    for code, words in (("badArgument", "no such set"), ("badResumptionToken", "")):
        with pytest.raises(Unreadable, match=f"answered with an error: {code}: {words}"):
            cut(form, f'<OAI-PMH><error code="{code}">{words}</error></OAI-PMH>')
    assert cut(form, '<OAI-PMH><error code="noRecordsMatch">none</error></OAI-PMH>') == []


def test_a_deleted_record_in_jats_says_that_the_article_is_gone() -> None:
    def record(n: int, more: str = "", status: str = "") -> str:
        header = f"<identifier>oai:pubmedcentral.nih.gov:{n}</identifier>"
        day = "<datestamp>2024-05-27</datestamp>"
        return f"<record><header{status}>{header}{day}</header>{more}</record>"

    deleted = ' status="deleted"'
    found = told(
        "jats",
        "<OAI-PMH><ListRecords>"
        + record(5, status=deleted)
        + record(77, f"<metadata>{jats()}</metadata>")
        + record(6, status=deleted)
        + "</ListRecords></OAI-PMH>",
    )
    assert [one.fields.get("withdrawn_as") for one in found] == ["deleted", None, "deleted"]
    assert [one.errors for one in found] == [[]] * 3
    assert [one.fields["native_id"] for one in found] == ["PMC5", "10.5555/ebb", "PMC6"]
    [day] = found[0].fields["dates"]
    assert (day["kind"], day["day"]) == ("deleted", date(2024, 5, 27))


# PubMed and Europe PMC


@pytest.mark.parametrize(
    ("words", "day", "basis"),
    [
        ("1998 Dec-1999 Jan", date(1998, 12, 1), "month"), ("2000 Spring", date(2000, 1, 1), "year"),
        ("1978-1979", date(1978, 1, 1), "year"), ("2005 Mar-Apr", date(2005, 3, 1), "month"),
    ],
)  # fmt: skip
def test_of_a_date_in_words_the_certain_part_counts(words: str, day: date, basis: str) -> None:
    fields = one("pubmed", citation(f"<PubDate><MedlineDate>{words}</MedlineDate></PubDate>"))
    assert (fields["published_on"], fields["published_basis"]) == (day, f"published {basis}")


def citation(date_: str = "", more: str = "", title: str = "Ebb") -> str:
    return (
        "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>7</PMID><Article><Journal>"
        f"<JournalIssue>{date_}</JournalIssue></Journal><ArticleTitle>{title}</ArticleTitle>{more}"
        "</Article></MedlineCitation></PubmedArticle></PubmedArticleSet>"
    )


def test_a_chapter_of_a_book_in_pubmed_has_the_doi_of_its_own_list() -> None:
    book = (
        "<PubmedArticleSet><PubmedBookArticle><BookDocument><PMID>7</PMID><ArticleIdList>"
        '<ArticleId IdType="doi">10.5555/b.7</ArticleId></ArticleIdList>'
        "<ArticleTitle>Ebb</ArticleTitle></BookDocument></PubmedBookArticle></PubmedArticleSet>"
    )
    assert one("pubmed", book)["doi"] == "10.5555/b.7"


def test_a_translated_title_loses_its_brackets() -> None:
    assert (
        one(
            "pubmed",
            citation(
                title="[On H<sub>2</sub>O tides].",
            ),
        )["title"]
        == "On H_2O tides"
    )


def test_types_of_publication_mark_the_retracted() -> None:
    types = (
        "<PublicationTypeList><PublicationType>Retracted Publication</PublicationType>"
        "</PublicationTypeList>"
    )
    assert one("pubmed", citation(more=types))["withdrawn_as"] == "retracted"


def test_every_deleted_citation_is_a_record() -> None:
    records = told("pubmed", (
        "<PubmedArticleSet><DeleteCitation><PMID Version=\"1\">2</PMID><PMID>3</PMID>"
        "</DeleteCitation></PubmedArticleSet>"
    ))  # fmt: skip
    assert [(r.fields["pmid"], r.fields["withdrawn_as"], r.errors) for r in records] == [
        ("2", "deleted", []), ("3", "deleted", []),
    ]  # fmt: skip


def test_sections_of_an_abstract_keep_their_titles() -> None:
    fields = one("europepmc", line(
        source="MED", id="7", title="Ebb", abstractText="<h4>Aim</h4>p < .05 & so.<h4>End</h4>Yes.",
        firstPublicationDate="2024-01-01",
    ))  # fmt: skip
    assert fields["abstract"] == "Aim: p < .05 & so. End: Yes."
    assert fields["published_basis"] == "published year"


_IN_PUBMED = (
    "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>7</PMID><Article>"
    "<ArticleTitle>Ebb</ArticleTitle>{}</Article></MedlineCitation></PubmedArticle>"
    "</PubmedArticleSet>"
)


@pytest.mark.parametrize(
    ("part", "field", "expected"),
    [
        ("<Pagination><StartPage>12</StartPage><EndPage>19</EndPage></Pagination>", "pages", "12-19"),
        ("<PublicationTypeList><PublicationType>Journal Article</PublicationType><PublicationType>"
         "Retraction of Publication</PublicationType></PublicationTypeList>",
         "work_type", "Retraction of Publication"),
        ("<Journal><JournalIssue><PubDate><MedlineDate>Summer 2018</MedlineDate></PubDate>"
         "</JournalIssue></Journal>", "published_on", date(2018, 1, 1)),
    ],
)  # fmt: skip
def test_pubmed_says_a_thing_in_several_ways(part: str, field: str, expected: Any) -> None:
    assert one("pubmed", _IN_PUBMED.format(part))[field] == expected


def test_of_several_kinds_the_notice_counts() -> None:
    types = {"pubType": ["Journal Article", "Published Erratum"]}
    concern = {"id": "7", "source": "MED", "type": "Expression of concern in"}
    result = {"id": "9", "source": "MED", "title": "Ebb", "pubTypeList": types,
              "commentCorrectionList": {"commentCorrection": [concern]}}  # fmt: skip
    fields = one("europepmc", json.dumps({"resultList": {"result": [result]}}))
    assert fields["work_type"] == "Published Erratum"
    assert fields["relations"] == [{"kind": "commented on by", "scheme": "pmid", "id": "7"}]


def test_the_place_of_a_paper_may_stand_in_its_venue_or_link() -> None:
    paper = {"paperId": "a", "corpusId": 9, "title": "Ebb", "venue": "",
             "publicationVenue": {"name": "Tides"}}  # fmt: skip
    assert one("semantic-scholar", line(**paper))["venue"] == "Tides"
    link = {"landing_page_url": "https://arxiv.org/pdf/2401.00001"}
    work = {"id": "https://openalex.org/W9", "title": "Ebb", "locations": [link]}
    assert one("openalex", line(**work))["arxiv_id"] == "2401.00001"


# dblp, RIS, BibTeX


def test_home_pages_and_volumes_are_no_papers_and_entities_are_letters() -> None:
    records = told("dblp", (
        '<?xml version="1.0" encoding="ISO-8859-1"?><!DOCTYPE dblp SYSTEM "dblp.dtd"><dblp>'
        '<www key="homepages/t"><author>Ada Tern</author></www>'
        '<proceedings key="conf/x/2024"><title>Shore.</title></proceedings>'
        '<article key="journals/x/T24" mdate="2024-02-03"><author>J&uuml;rgen Reed 0002</author>'
        "<title>On x<sup>2</sup> tides.</title><year>2024</year><month>March</month>"
        "</article></dblp>"
    ))  # fmt: skip
    [fields] = [record.fields for record in records]
    assert (fields["published_on"], fields["published_basis"]) == (
        date(2024, 3, 1), "published month",
    )  # fmt: skip
    assert (fields["title"], names(fields)) == ("On x^2 tides", ["Jürgen Reed"])


BIB = r"""
@string{jt = "Journal of Tides"}
@comment{left out}
@article{tern24, title = {The {Ebb} of $x^2$ and {\'e}clair}, author = {Tern, Ada and {Shore Group}},
  journal = jt # " and Sand", year = 2024, month = may, doi={10.5555/Tide.1}, keywords={tide; pool}}
@misc{broken, title = {No end
@misc{ok, title="Quoted {T}itle", eprint={2401.01234}, archivePrefix={arXiv}, year="2024"}
"""
RIS = (
    "TY  - JOUR\r\nTI  - Ebb\r\nAU  - Tern, Ada\r\nPY  - 2024/05/03/\r\nDO  - 10.5555/x\r\n"
    "SP  - 1\r\nEP  - 9\r\nKW  - a\r\nKW  - b\r\nER  - \r\n\r\nTY  - CONF\r\nTI  - Cut\r\n"
)


def test_bibtex_costs_one_entry_where_braces_are_missing() -> None:
    first, broken, last = cut("bibliography", BIB, "x.bib")
    assert isinstance(broken, Broken) and broken.reason == "braces are not balanced"
    assert isinstance(first, Payload) and isinstance(last, Payload)
    fields = parse_payload(FEEDS["bibliography"], first.text, {}).fields
    assert (fields["title"], fields["venue"]) == (
        "The Ebb of $x^2$ and éclair", "Journal of Tides and Sand",
    )  # fmt: skip
    assert (names(fields), fields["keywords"]) == (["Ada Tern", "Shore Group"], ["tide", "pool"])
    assert (fields["published_on"], fields["doi"]) == (date(2024, 5, 1), "10.5555/tide.1")
    fields = parse_payload(FEEDS["bibliography"], last.text, {}).fields
    assert (fields["other_ids"], fields["arxiv_id"]) == (["key:ok"], "2401.01234")


def test_ris_without_an_end_is_broken() -> None:
    whole, broken = cut("bibliography", RIS, "x.ris")
    assert isinstance(whole, Payload)
    assert broken == Broken("TY  - CONF\nTI  - Cut", "the entry has no end (ER)")
    fields = parse_payload(FEEDS["bibliography"], whole.text, {}).fields
    assert (names(fields), fields["pages"], fields["keywords"]) == (["Ada Tern"], "1-9", ["a", "b"])
    assert (fields["published_on"], fields["doi"]) == (date(2024, 5, 3), "10.5555/x")
    assert "native_id" not in fields


# All of them


SAMPLES = {
    "acl": anthology("<abstract>a</abstract>"),
    "arxiv-oai": oai("<arXiv><title>Ebb</title></arXiv>"),
    "pubmed": citation("<PubDate><Year>2024</Year></PubDate>"),
    "bibliography": BIB + RIS,
    "openalex": line(id="W1", title="Ebb", authorships=[{"author": {}}], ids={"mag": 1}),
    "crossref": line(DOI="10.5/x", title=["Ebb"], issued={"date-parts": [[2024, 2]]}, author=[{}]),
    "semantic-scholar": line(paper_id="1", title="Ebb", authors=[{"first": "A", "last": "B"}]),
    "europepmc": line(source="MED", id="1", authorList={"author": [{"firstName": "A"}]}),
    "arxiv-snapshot": line(id="0704.0001", authors="A (B), C", versions=[{"version": "v1"}]),
    "crossref xml": JOURNAL.format(ARTICLE),
    "jats": jats(JATS_META),
    "dblp": '<dblp><article key="x"><title>Ebb.</title><year>2024</year></article></dblp>',
    "arxiv-rss": "<rss><item><link>arxiv.org/abs/2401.01234</link></item></rss>",
    "arxiv-api": "<feed><entry><id>arxiv.org/abs/2401.01234v1</id></entry></feed>",
}


@pytest.mark.parametrize("form", sorted(SAMPLES))
@settings(max_examples=150)
@given(data=st.data())
def test_damage_gives_fragments_errors_or_an_unreadable_file(
    form: str, data: st.DataObject
) -> None:
    """Some signs of a sample are replaced, doubled or left out; nothing else is raised."""
    text = SAMPLES[form]
    form = form.split(maxsplit=1)[0]
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 12))
        sign = data.draw(
            st.sampled_from(["", "<", ">", "&", "{", "}", '"', "null", "[1]", "é", "\0"])
        )
        text = text[:at] + sign + text[at + length :]
    try:
        for piece in pieces(FEEDS[form], text.encode(), "x", LIMITS):
            if isinstance(piece, Payload):
                record = parse_payload(FEEDS[form], piece.text, {})
                assert all("the reader failed" not in error for error in record.errors), record
    except Unreadable as error:
        assert "the reader failed" not in str(error)


HOSTILE: list[tuple[str, str, int, int, str | None]] = [
    # format, file, records without errors, fragments and records with errors, why unreadable
    ("acl", "acl_duplicate_ids.xml", 4, 1, None),
    ("acl", "acl_truncated.xml", 14, 1, None),
    ("acl", "html_instead_of_xml.xml", 0, 0, "the first element is <html>"),
    ("acl", "xml_entity_bomb.xml", 0, 0, "entities"),
    ("acl", "xml_external_entity.xml", 0, 0, "entities"),
    ("arxiv-api", "atom_error_entry.xml", 0, 0, "incorrect id format for 1234.12345"),
    ("arxiv-oai", "oai_error.xml", 0, 0, "badResumptionToken: expired"),
    ("arxiv-oai", "oai_deleted_and_empty_token.xml", 1, 0, None),
    ("crossref", "crossref_odd.jsonl", 3, 0, None),
    ("openalex", "openalex_bad_inverted_index.jsonl", 7, 1, None),
    ("pubmed", "pubmed_odd.xml", 2, 0, None),
    ("arxiv-snapshot", "jsonl_bad_middle.jsonl", 10, 6, None),
    ("arxiv-snapshot", "jsonl_bom_crlf.jsonl", 10, 0, None),
    ("arxiv-snapshot", "jsonl_id_mess.jsonl", 9, 3, None),
    ("arxiv-snapshot", "jsonl_latin1.jsonl", 0, 5, None),
    ("arxiv-snapshot", "jsonl_truncated_last_line.jsonl", 20, 1, None),
    ("arxiv-snapshot", "jsonl_future_and_past_dates.jsonl", 9, 0, None),
    ("arxiv-snapshot", "jsonl_withdrawn.jsonl", 3, 0, None),
    ("arxiv-snapshot", "jsonl_same_title_diff_paper.jsonl", 5, 0, None),
    ("arxiv-snapshot", "empty.jsonl", 0, 0, None),
]


@pytest.mark.parametrize(("form", "file", "good", "bad", "why"), HOSTILE)
def test_hostile_files_end_as_they_should(
    shared_feeds: Path, form: str, file: str, good: int, bad: int, why: str | None
) -> None:
    found, broken, unreadable = read(form, shared_feeds / "hostile" / file)
    failed = [record for record in found if record.errors]
    assert (len(found) - len(failed), len(broken) + len(failed)) == (good, bad)
    assert [why in reason for reason in unreadable if why] == ([True] if why else [])


def test_of_drifted_types_only_the_first_line_is_wholly_valid(shared_feeds: Path) -> None:
    """A date that cannot be costs itself alone, all else of the wrong type the record."""
    found, _, _ = read("arxiv-snapshot", shared_feeds / "hostile" / "jsonl_type_drift.jsonl")
    assert [len(record.errors) for record in found] == [0, 1, 1, 1, 1, 0, 1, 1, 1]
    assert [len(record.warnings) for record in found] == [0, 0, 0, 0, 0, 1, 0, 0, 0]


def test_spellings_of_one_id_are_one_id(shared_feeds: Path) -> None:
    found, _, _ = read("arxiv-snapshot", shared_feeds / "hostile" / "jsonl_id_mess.jsonl")
    ids = [record.fields.get("arxiv_id") for record in found]
    assert [ids[place] for place in (0, 1, 2, 3, 4, 11)] == ["0704.0001"] * 6
    assert ids[5] == ids[6] == "hep-th/9901001" and ids[8:11] == [None] * 3


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("acl", '<collection id="1"><volume id="1"><meta/><paper id="1"/><pa er id="2"/>x</paper>'
         '<paper id="3"/></volume></collection>'),
        ("crossref", "<doi_records><journal><journal_article>1</journal_article><j>2"
         "</journal_article><journal_article>3</journal_article></journal></doi_records>"),
    ],
)  # fmt: skip
def test_a_paper_whose_first_tag_is_damaged_is_told_and_costs_no_other(
    form: str, content: str
) -> None:
    assert [type(piece) for piece in cut(form, content)] == [Payload, Broken, Payload]
