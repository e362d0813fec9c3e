"""Requirements of bibliographies: every kind of export, its dates, ids, names and structure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.feeds import FEEDS
from jobs.feeds.core import Broken, Note, Parsed, Payload, parse_payload, pieces
from jobs.feeds.lists.bibtex import entries_of, names_of
from jobs.feeds.tools.date_words import combine_dates, parts_of
from jobs.feeds.tools.encoding import as_utf8
from jobs.feeds.tools.reading import LeftOut, Unreadable
from jobs.feeds.tools.tex import tex_plain
from jobs.params import IngestSettings
from jobs.text.text import clean_text

LIMITS = IngestSettings()
FEED = FEEDS["bibliography"]


def cut(content: str | bytes, name: str = "x.bib") -> list[Payload | Broken | Note]:
    whole = content.encode() if isinstance(content, str) else content
    return list(pieces(FEED, whole, name, LIMITS))


def read(content: str | bytes) -> list[Parsed]:
    found = [piece for piece in cut(content) if not isinstance(piece, Note)]
    assert all(isinstance(piece, Payload) for piece in found)
    return [parse_payload(FEED, piece.text, {}) for piece in found]


def one(content: str) -> Mapping[str, Any]:
    [record] = read(content)
    assert not record.errors
    return record.fields


def ris(*lines: str) -> Mapping[str, Any]:
    return one("\n".join(["TY  - JOUR", "TI  - Ebb", *lines, "ER  - "]))


def bib(fields: str, kind: str = "article") -> Mapping[str, Any]:
    return one(f"@{kind}{{k, title={{Ebb}}, {fields}}}")


def names(fields: Mapping[str, Any]) -> list[str]:
    return [author["name"] for author in fields["authors"]]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["2018", "Jul"], "2018-07"),
        (["2019", "MAR 27"], "2019-03-27"),
        (["2012", "OCT 2012"], "2012-10"),
        (["2016", "2016 Oct 19"], "2016-10-19"),
        (["19 October 2016"], "2016-10-19"),
        (["2005", "2005/03/22/"], "2005-03-22"),
        (["2007-2008"], "2007"),
        (["2004/00/00"], "2004"),
        (["c1998"], "1998"),
        (["2018", "in press"], "2018"),
        (["2018-12/2019-01"], "2018-12"),
        (["2018-21"], "2018"),
        (["2016-05~"], "2016-05"),
        (["2004-01-01/.."], "2004-01-01"),
        (["unknown", "2013"], "2013"),
        (["199X"], None),
        (["05/03/2014", "2014"], "2014"),
        (["19.10.2016"], "2016-10-19"),
        (["März 2011"], "2011-03"),
        (["2011-02-30"], "2011-02"),
        (["2019///Spring"], "2019"),
        (["2018", "2017-03"], "2018"),
        (["2011/07//Jul/Aug2011"], "2011-07"),
        (["2008/05/09/Epub 2008 Mar 1"], "2008-05-09"),
        (["2010///Spring 2010"], "2010"),
        (["2010///May"], "2010-05"),
        (["3 maart 2012"], "2012-03-03"),
        (["5 grudnia 2014"], "2014-12-05"),
        (["5 марта 2014"], "2014-03-05"),
        (["2015年3月"], "2015-03"),
        (["2007/07-08//"], "2007-07"),
        (["10/2012"], "2012-10"),
        (["201203"], "2012-03"),
        (["6.V.2014"], "2014-05-06"),
        (["2014. május 6."], "2014-05-06"),
        (["14 Mayıs 2014"], "2014-05-14"),
        (["2014 Mar [cited 2015 Jan 3]"], "2014-03"),
        (["2014 [cited 2015 Jan 3]"], "2014"),
        (["2014 Mar [12]"], "2014-03-12"),
        (["[2014]"], "2014"),
    ],
)
def test_a_date_is_what_its_texts_say_together(texts: list[str], expected: str | None) -> None:
    assert combine_dates(texts) == expected


@given(st.dates(date(1400, 1, 1), date(2099, 12, 31)), st.sampled_from(
    ["%Y-%m-%d", "%Y/%m/%d", "%d %B %Y", "%B %d, %Y", "%Y %b %d", "%d.%m.%Y", "%Y%m%d"]
))  # fmt: skip
def test_a_whole_day_is_read_in_every_form(day: date, form: str) -> None:
    assert parts_of(day.strftime(form)) == (day.year, day.month, day.day)


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_none(text: str) -> None:
    told = combine_dates([text])
    assert told is None or len(told) in (4, 7, 10)


@pytest.mark.parametrize(
    ("lines", "field", "expected"),
    [
        (["M3  - doi: 10.5555/a.1"], "doi", "10.5555/a.1"),
        (["N1  - doi: 10.5555/a.2"], "doi", "10.5555/a.2"),
        (["L3  - 10.5555/a.3"], "doi", "10.5555/a.3"),
        (["UR  - http://dx.doi.org/10.5555/a.4"], "doi", "10.5555/a.4"),
        (["N1  - see 10.5555/cited in the text"], "doi", None),
        (["AN  - 20111222", "DB  - PubMed"], "pmid", "20111222"),
        (["AN  - 20111222", "DB  - Embase"], "pmid", None),
        (["N1  - PMID: 20333444"], "pmid", "20333444"),
        (["UR  - https://pubmed.ncbi.nlm.nih.gov/20999888/"], "pmid", "20999888"),
        (["N1  - arXiv:2103.02503 [cs]"], "arxiv_id", "2103.02503"),
        (["BT  - Book of Tides"], "venue", "Book of Tides"),
        (["JA  - J. Tides"], "venue", "J. Tides"),
        (["C7  - e0214"], "pages", "e0214"),
        (["KW  - ebb; flow"], "keywords", ["ebb", "flow"]),
        (["AB  - <p>On <i>tides</i> &amp; H<sub>2</sub>O.</p>"], "abstract", "On tides & H_2O."),
        (["AB  - [No abstract available]"], "abstract", None),
        (["ID  - 7"], "native_id", None),
        (["AN  - 20111222", "DP  - NLM"], "pmid", "20111222"),
        (["UR  - https://doi.org/10.1/(A)1:2&lt;3::B&gt;4.CO;2-5"], "doi", None),
        (
            ["UR  - https://doi.org/10.1002/(A)1:2&lt;3::B&gt;4.CO;2-5"],
            "doi",
            "10.1002/(a)1:2<3::b>4.co;2-5",
        ),
        (["UR  - http://a.org/1; https://doi.org/10.5555/a.5"], "doi", "10.5555/a.5"),
        (["UR  - http://a.org/x;, http://b.org/y"], "url", "http://a.org/x"),
        # In no time: each sign is looked at once.
        ([f"UR  - http://a.org/{';' * 300_000}b"], "title", "Ebb"),
        ([f"DO  - x{';' * 300_000}b"], "doi", None),
        (["UR  - http://a.org/?x=1&copy=2"], "url", "http://a.org/?x=1&copy=2"),
        (["N1  - Cited By :12; doi: 10.5555/a.6"], "doi", "10.5555/a.6"),
        (["N1  - Cited By :12; 10.5555/cited"], "doi", None),
        (["DO  - 10.5555/a.7; 10.5555/b.7"], "doi", "10.5555/a.7"),
        (["N1  - PMCID: PMC81; PMID: 9"], "other_ids", ["pmcid:PMC81"]),
        (["VO  - 12"], "volume", "12"),
        (["JO  - arXiv preprint arXiv:2103.02503"], "arxiv_id", "2103.02503"),
        (["C5  - 31222333", "DB  - Embase", "DB  - Medline"], "pmid", "31222333"),
        (["C3  - PUBMED 31345601,EMBASE 2002345678"], "pmid", "31345601"),
        (["N1  - [DOI: 10.5555/a.9] [PubMed: 31345602]"], "pmid", "31345602"),
        (["N1  - [DOI: 10.5555/a.9] [PubMed: 31345602]"], "doi", "10.5555/a.9"),
        (["N1  - Databases searched. PubMed: 2015 to 2019"], "pmid", None),
        (["N1  - PubMed: 31,345 found; PubMed: 31345,602"], "pmid", None),
        (["N1  - PubMed: 31345603, of 2019"], "pmid", "31345603"),
        (["N1  - Ebb [PubMed: 2015]"], "pmid", "2015"),
        (["N1  - PubMed ID: 2015"], "pmid", "2015"),
        (["AN  - MEDLINE:30303030"], "pmid", "30303030"),
        (["AN  - 30405060 [PMID]"], "pmid", "30405060"),
        (["U1  - 30405061[pmid]"], "pmid", "30405061"),
        (["U2  - L630000000"], "pmid", None),
        (["U2  - PMC7111111"], "other_ids", ["pmcid:PMC7111111"]),
        (["AB  - One line.", "AB  - Another."], "abstract", "One line. Another."),
        (["AB  - One line.", "AB  - One line."], "abstract", "One line."),
        (["AB  - Abstract", "AB  - One line."], "abstract", "One line."),
        (["AB  - Abstract", "One line."], "abstract", "One line."),
        (["ID  - 10.5555/a.9 [doi]"], "doi", "10.5555/a.9"),
        (["ID  - 10.5555/a.9"], "doi", None),
        (["L4  - https://arxiv.org/pdf/2103.02503v2.pdf"], "arxiv_id", "2103.02503"),
        (["VL  - abs/2103.02503"], "arxiv_id", "2103.02503"),
        (["UR  - https://shore.example.org/doi/abs/10.5555/a.8"], "doi", "10.5555/a.8"),
        (["UR  - https://europepmc.org/article/MED/31222334"], "pmid", "31222334"),
        (["UR  - https://www.ncbi.nlm.nih.gov/pmc/articles/PMC82/"], "other_ids", ["pmcid:PMC82"]),
    ],
)
def test_ris_says_a_thing_in_many_tags(lines: list[str], field: str, expected: Any) -> None:
    assert ris(*lines).get(field) == expected


def test_names_of_ris_are_read_in_every_order() -> None:
    given_ = ["AU  - Sand, John, Jr.", "AU  - Tern, Ada; Kelp, Bo", "AU  - Reed, C., Wrack, D."]
    expected = ["John Sand Jr.", "Ada Tern", "Bo Kelp", "C. Reed", "D. Wrack"]
    assert names(ris(*given_)) == expected
    assert names(ris("AU  - M&uuml;ller, J&ouml;rg")) == ["Jörg Müller"]
    given_ = ["AU  - Tern, Ada B 3rd", "AU  - Ada Tern, Bo Kelp, Cy Reed", "AU  - Anonymous"]
    assert names(ris(*given_)) == ["Ada B Tern 3rd", "Ada Tern", "Bo Kelp", "Cy Reed"]
    of_ministry = "Ministerio de Mareas, Direccion General, Servicio Nacional"
    assert len(names(ris(f"AU  - {of_ministry}"))) == 1
    of_body = "Shore Health Organization, Regional Office of Reefs, Data Division"
    assert len(names(ris(f"AU  - {of_body}"))) == 1


def test_a_book_is_of_its_series_not_of_itself() -> None:
    head = "TY  - BOOK\nTI  - Ebb\nT2  - {}\nER  - "
    assert one(head.format("Studies in Silt"))["venue"] == "Studies in Silt"
    assert "venue" not in one(head.format("Ebb"))


@pytest.mark.parametrize("end", ["ER", "ER -", "ER  -", "ER  - "])
@pytest.mark.parametrize("dash", [" - ", "  - ", "  – "])
def test_ris_is_read_with_any_spaces(end: str, dash: str) -> None:
    fields = one(f"TY{dash}JOUR\nTI{dash}Ebb\nPY{dash}2018\n{end}\n")
    assert (fields["title"], fields["published_on"]) == ("Ebb", date(2018, 1, 1))


def test_entries_of_both_forms_and_strays_are_told() -> None:
    found = cut("TY  - JOUR\nTI  - A\nER  - \nAU  - Lost, A.\nTI  - B\n\nTY  - JOUR\nTI  - C\n"
                "ER  - \n@misc{k, title={D}}\n", "x.ris")  # fmt: skip
    assert [type(piece) for piece in found] == [Payload, Broken, Payload, Payload]


@pytest.mark.parametrize(
    "lost",
    [
        "PT \nAF Tern, Ada\nTI Ebb\nER\n",
        "PMI- 9\nTI  - Ebb\nFAU - Tern, Ada\n",
        "0 Book\n%A Tern, Ada\n%T Ebb\n",
        "Y  - JOUR\nTI  - Ebb\nER  - \n",
        "misc{a, title = {Ebb}}\n",
    ],
)
def test_an_entry_whose_first_line_is_damaged_is_told_among_others(lost: str) -> None:
    [broken, whole] = cut(f"{lost}\nTY  - JOUR\nTI  - Tides\nER  - \n")
    assert isinstance(broken, Broken) and "Ebb" in broken.text
    assert isinstance(whole, Payload) and "Tides" in whole.text


def test_entries_of_two_kinds_of_tagged_lines_are_all_read() -> None:
    ris, wos = "TY  - JOUR\nTI  - Tides\nER  - \n", "PT J\nTI Ebb\nER\n"
    assert [record.fields["title"] for record in read(ris + wos + ris)] == ["Tides", "Ebb", "Tides"]


def test_fields_that_lost_the_beginning_of_their_entry_are_told() -> None:
    whole = "@misc{a, title = {Tides}}"
    assert [type(piece) for piece in cut(f"{whole}\nb, title = {{Ebb}}}}\n{whole}")] == [
        Payload,
        Broken,
        Payload,
    ]
    assert len(cut(f"{whole}\nSome words on ebb and title.\n{whole}")) == 2
    two = cut(f"@mi]c{{b, title = {{Ebb}}}}\n@article[c, title = {{Flow}}}}\n{whole}")
    assert [piece.reason for piece in two if isinstance(piece, Broken)] == [
        "fields of an entry that has no beginning", "an entry without braces",
    ]  # fmt: skip


def test_pubmed_web_of_science_and_endnote_are_read() -> None:
    nbib = one(
        "PMID- 91\nTI  - [Ebb and\n      flow].\nFAU - Tern, Ada\nAU  - Tern A\nDP  - 2019 Sep 12\n"
        "LID - 10.5555/n.1 [doi]\nPMC - PMC81\nLA  - fre\nJT  - Tides\n"
    )
    assert (nbib["title"], nbib["native_id"], nbib["doi"]) == ("Ebb and flow", "91", "10.5555/n.1")
    assert (nbib["language"], nbib["other_ids"]) == ("fr", ["pmcid:PMC81"])
    ciw = one("FN X\nVR 1.0\nPT J\nAF Tern, Ada\n   Kelp, Bo\nTI Ebb\n   and flow\nSO TIDES\n"
              "PD MAR 27\nPY 2019\nBP 1\nEP 9\nDI 10.5555/c.1\nUT WOS:0001\nER\n\nEF\n")  # fmt: skip
    assert (names(ciw), ciw["title"], ciw["pages"]) == (
        ["Ada Tern", "Bo Kelp"], "Ebb and flow", "1-9",
    )  # fmt: skip
    assert (ciw["published_on"], ciw["native_id"]) == (date(2019, 3, 27), "WOS:0001")
    first, second = read("%0 Journal Article\n%A Tern, Ada\n%T Ebb\n%J Tides\n%D 2017\n"
                         "%R 10.5555/e.1\n\n%0 Book\n%T Flow\n%D 2018\n")  # fmt: skip
    assert (first.fields["doi"], second.fields["title"]) == ("10.5555/e.1", "Flow")


NBIB = "PMID- 91\nTI  - Ebb.\n"


@pytest.mark.parametrize(
    ("entry", "field", "expected"),
    [
        (f"{NBIB}BTI - Handbook of Tides\n", "venue", "Handbook of Tides"),
        (f"{NBIB}SO  - Tides. 2019;3:1. doi: 10.5555/n.2.\n", "doi", "10.5555/n.2"),
        ("PMID- 91\nTI  - [Not Available].\nTT  - Flut.\n", "title", "Flut."),
        (f"{NBIB}PT  - Journal Article\nPT  - Published Erratum\n", "work_type", "Published Erratum"),
        (f"{NBIB}PT  - Journal Article\nPT  - Dataset\n", "work_type", "Journal Article"),
        (f"{NBIB}CON - Tides. 2019;3:1. PMID: 7\n", "relations",
         [{"kind": "comments on", "scheme": "pmid", "id": "7"}]),
        ("PT J\nTI Ebb\nDT Article; Retracted Publication\nER\n", "withdrawn_as", "retracted"),
        ("PT J\nTI Ebb\nDT Correction; Early Access\nER\n", "work_type", "Correction"),
        ("PT J\nTI Ebb\nDL http://dx.doi.org/10.5555/c.2\nER\n", "doi", "10.5555/c.2"),
        ("%0 Journal Article\n%T Ebb\n%M 9\n%W PubMed\n", "pmid", "9"),
        ("%0 Journal Article\n%T Ebb\n%M 9\n", "pmid", None),
        ("%0 Journal Article\n%T Ebb\n%J arXiv preprint arXiv:2103.02503\n", "arxiv_id", "2103.02503"),
        ("%0 Journal Article\n%T Ebb\n%K ebb\n%) In File\n%] a label\n", "keywords", ["ebb"]),
    ],
)  # fmt: skip
def test_databases_say_a_thing_in_their_own_tags(entry: str, field: str, expected: Any) -> None:
    assert one(entry).get(field) == expected


def test_orcids_go_with_the_author_before_them() -> None:
    nbib = one(
        f"{NBIB}FAU - Tern, Ada\nAU  - Tern A\nFAU - Kelp, Bo\nAU  - Kelp B\n"
        "AUID- ORCID: 0000-0002-1825-0097\nAD  - Silt Lab\nFAU - Reed, Cy\n"
    )
    ciw = one("PT J\nAF Tern, Ada\n   Kelp, Bo\nTI Ebb\n"
              "OI Wrack, Di/0000-0001-5109-3700;\n   Kelp, Bo/0000-0002-1825-0097\nER\n")  # fmt: skip
    assert [a["orcid"] for a in nbib["authors"]] == [None, "0000-0002-1825-0097", None]
    assert [a["orcid"] for a in ciw["authors"]] == [None, "0000-0002-1825-0097"]


@pytest.mark.parametrize(
    "text",
    [
        rf"Ebb \cite{' ' * 100_000}.", rf"Ebb \circ $^{' ' * 100_000}.", r"Ebb \\[" * 50_000,
    ],
    ids=["spaces behind a macro", "spaces behind a caret", "brackets that do not close"],
)  # fmt: skip
def test_tex_without_end_takes_no_time(text: str) -> None:
    begun = process_time()
    assert tex_plain(text).startswith("Ebb ")
    assert process_time() - begun < 2


def test_orcids_without_end_take_no_time() -> None:
    begun = process_time()
    assert one(f"PT J\nAF Tern, Ada\nTI Ebb\nOI {'a' * 100_000}\nER\n")["title"] == "Ebb"
    assert process_time() - begun < 2


def test_a_text_file_without_entries_is_left_out() -> None:
    with pytest.raises(LeftOut, match="no entry of RIS, BibTeX"):
        cut("Read me: these are my papers.", "readme.txt")


def test_entries_in_one_line_are_all_read() -> None:
    found = read(" @article{a, title={A}} @article{b, title={B}}@book{c, title={C}}")
    assert [record.fields["title"] for record in found] == ["A", "B", "C"]


@given(st.integers(1, 6), st.sampled_from(["", " ", "\n", "\n\n"]), st.sampled_from("{("))
def test_as_many_entries_come_out_as_went_in(count: int, between: str, mark: str) -> None:
    close = {"{": "}", "(": ")"}[mark]
    text = between.join(f'@misc{mark}k{n}, title="T ({n})"{close}' for n in range(count))
    assert [r.fields["title"] for r in read(text)] == [f"T ({n})" for n in range(count)]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ('{\\"O}zg{\\"u}r Tern and \\v{S}and, Ji\\v{r}{\\\'\\i}', ["Özgür Tern", "Jiří Šand"]),
        ("Tern, Ada and others", ["Ada Tern"]),
        ("Tern, Ada; Kelp, Bo", ["Ada Tern", "Bo Kelp"]),
        ("Sand {and} Sons Inc. and Tern, Ada", ["Sand and Sons Inc.", "Ada Tern"]),
        ("{Shore, Inc.}", ["Shore, Inc."]),
        (
            "family=Berg, given=Anna, prefix=van den and Tern, Ada",
            ["Anna van den Berg", "Ada Tern"],
        ),
        ("Tern, A. and Kelp, B. and ", ["A. Tern", "B. Kelp"]),
        ("Sand, Jr., John", ["John Sand Jr."]),
        ("Tern, Ada & Kelp, Bo", ["Ada Tern", "Bo Kelp"]),
        ("Sand \\& Sons", ["Sand & Sons"]),
        ("Ada Tern, Bo Kelp, Cy Reed", ["Ada Tern", "Bo Kelp", "Cy Reed"]),
        ("A. Tern, B. Kelp and C. Reed", ["A. Tern", "B. Kelp", "C. Reed"]),
        ("Tern, A., Kelp, B. and Reed, C.", ["A. Tern", "B. Kelp", "C. Reed"]),
        ("Ada Tern\\thanks{By a grant} and Kelp, Bo$^{2,3}$", ["Ada Tern", "Bo Kelp"]),
        ("Tern, {\\relax Ch}arles", ["Charles Tern"]),
        ("de la Sand, Jr., John Paul", ["John Paul de la Sand Jr."]),
        ("family=Berg, given=Anna, prefix=van, useprefix=true", ["Anna van Berg"]),
        ("Ada Tern 0001 and Bo Kelp", ["Ada Tern", "Bo Kelp"]),
        ("{\\v{C}}ern{\\'y}, V. and Tern, IV", ["V. Černý", "IV Tern"]),
        ("Tern, Ada, IV", ["Ada Tern IV"]),
    ],
)
def test_names_of_bibtex(told: str, expected: list[str]) -> None:
    assert names(bib(f"author = {{{told}}}")) == expected


# Nobody is called "And", which stands between two names.
_FULL_NAME = st.from_regex(r"[A-Z][a-z]{2,6}, (?!And\Z)[A-Z][a-z]{2,6}", fullmatch=True)


@given(st.lists(_FULL_NAME, min_size=1))
def test_joined_names_are_parted_again(given_: list[str]) -> None:
    assert names_of(" and ".join(given_)) == given_


def test_an_entry_inherits_what_it_has_not() -> None:
    own, late, data, book = read(
        "@inproceedings{a, title={A}, crossref={p}}\n"
        "@inproceedings{b, title={B}, year=2014, crossref={p}}\n"
        "@misc{c, title={C}, xdata={x}}\n"
        "@proceedings{p, title={Shore Meeting}, year=2015, month=sep}\n"
        "@xdata{x, booktitle={Pools}, date={2017-06-12}}\n"
    )
    assert (own.fields["venue"], own.fields["published_on"]) == ("Shore Meeting", date(2015, 9, 1))
    assert late.fields["published_on"] == date(2014, 1, 1)
    assert late.fields["published_basis"] == "published year"
    assert (data.fields["venue"], data.fields["published_on"]) == ("Pools", date(2017, 6, 12))
    assert book.fields["title"] == "Shore Meeting"


def test_a_key_is_found_in_any_case_the_same_case_first() -> None:
    child, *_ = read(
        "@inproceedings{a, title={A}, crossref={P}}\n@proceedings{p, title={Shore Meeting}}\n"
    )
    assert child.fields["venue"] == "Shore Meeting"
    child, *_ = read(
        "@inproceedings{a, title={A}, crossref={P}}\n@proceedings{p, title={Shore Meeting}}\n"
        "@proceedings{P, title={Reef Meeting}}\n"
    )
    assert child.fields["venue"] == "Reef Meeting"


def test_words_between_entries_are_no_entry() -> None:
    text = "See @fern (who said so).\n@misc{a, title = {Ebb}}\n@misc(b)\n"
    assert [piece.text for piece in cut(text) if isinstance(piece, Payload)] == [
        "@misc{a, title = {Ebb}}", "@misc(b)",
    ]  # fmt: skip


def test_a_remark_between_fields_costs_none() -> None:
    assert one("@misc{a, title={Ebb}, % seen\n year=2001\n}")["published_on"].year == 2001


def test_faults_within_an_entry_cost_a_warning() -> None:
    [record] = read("@article{a, title = {Ebb}\n journal = {Tides}, title={Flow}, year=2008}")
    assert (record.fields["title"], record.fields["venue"]) == ("Ebb", "Tides")
    assert record.warnings == [
        "a comma is missing before journal", "field title stands twice; the first is kept",
    ]  # fmt: skip


def test_an_entry_may_quote_another() -> None:
    [record] = read("@misc{a, title={Ebb}, abstract={Lines such as\n@article{foo, and so on}.}}\n")
    assert record.fields["title"] == "Ebb"


@pytest.mark.parametrize(
    ("fields", "name", "expected"),
    [
        ("journal={arXiv preprint arXiv:2104.01234}", "arxiv_id", "2104.01234"),
        ("eprint={2104.01234}", "arxiv_id", "2104.01234"),
        ("eprint={123456}, eprinttype={pubmed}", "pmid", "123456"),
        ("url={https://doi.org/10.5555/b.8}", "doi", "10.5555/b.8"),
        ("subtitle={and flow}", "title", "Ebb: and flow"),
        ("eid={e02}", "pages", "e02"),
        ("pages={1:1---1:9}", "pages", "1:1-1:9"),
        ("year=2010, month={10 December}", "published_on", date(2010, 12, 10)),
        ('year=2019, month="23{--}27 " # may', "published_on", date(2019, 5, 23)),
        ("year=2010, month=7, day=3", "published_on", date(2010, 7, 3)),
        ("langid={ngerman}", "language", "de"),
        ("number={arXiv:2104.01234}", "arxiv_id", "2104.01234"),
        ("eprint={arXiv:2104.01234}", "arxiv_id", "2104.01234"),
        ("journal={CoRR}, volume={abs/2104.01234}", "arxiv_id", "2104.01234"),
        ("bdsk-url-1={http://dx.doi.org/10.5555/b.9}", "doi", "10.5555/b.9"),
        ("journal={\\apj}", "venue", "The Astrophysical Journal"),
        ("journal={{\\aap}}", "venue", "Astronomy and Astrophysics"),
        ("pmcid={8123456}", "other_ids", ["pmcid:PMC8123456", "key:k"]),
        ("crossref={10.5555/S0102-1}", "doi", "10.5555/s0102-1"),
        ("annotation={PMID: 35111222\\\\\nPMCID: PMC9000111}", "pmid", "35111222"),
        ("abstract={Abstract\nWe measure.}", "abstract", "We measure."),
        ("year={{\\noop{2000}}2001}", "published_on", date(2001, 1, 1)),
        ("uri={\\url{papers3://publication/doi/10.5555/b.10}}", "doi", "10.5555/b.10"),
        (
            "url={https://shore.example.org/content/10.1101/2021.01.01.4250v2.full}",
            "doi",
            "10.1101/2021.01.01.4250v2",
        ),
    ],
)
def test_fields_of_bibtex(fields: str, name: str, expected: Any) -> None:
    assert bib(fields)[name] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"{The {DNA} in H\textsubscript{2}O at 20\,\textdegree{}C}", "The DNA in H_2O at 20 °C"),
        (r"A $\beta$-x \& 5\% of {\TeX} --- ``said'' 3--9", "A β-x & 5% of TeX — “said” 3–9"),
        (r"\textit{in vivo} p{\textless}0.05 caf{\'e}~au~lait", "in vivo p<0.05 café au lait"),
        (r"\{braces\} and hyphen-\/ation, \mbox{boxed}", "{braces} and hyphen-ation, boxed"),
        ("keeps $x^2$ and CO$_2$", "keeps $x^2$ and CO_2"),
        (r"$\sim$5 parts of \ce{H2O}", "~5 parts of H2O"),
        (r"at 25$^\circ$C and 4$^{\circ}$C", "at 25°C and 4°C"),
        (r"{\(\lambda\)}-Calculus of \(x^2\)", "λ-Calculus of $x^2$"),
        (r"Tides {\&}amp$\mathsemicolon$ ebb, p $<$ 0.05", "Tides & ebb, p < 0.05"),
        (r"Tides\footnote{By {\it us}.} and\thanks{You} ebb \cite{fern1999}", "Tides and ebb"),
        (
            r"\emph{{Ebba}} in \textcolor{red}{red} \raisebox{1ex}{mud}\index{mud}",
            "Ebba in red mud",
        ),
        (r"Ebb\textsuperscript{\textregistered} and flow", "Ebb^® and flow"),
        (r"Ebb~\cite{a}: \protect\emph{silt} 3 \textpm{} 1, PM$_{2.5}$", "Ebb: silt 3 ± 1, PM_2.5"),
        (r"Ebb\newline and non-\hspace{0pt}tidal flow", "Ebb and non-tidal flow"),
        ("Many " + r"\footnote{" * 20_000, "Many " + r"\footnote" * 20_000),
        (r"Ebb\cite [see 3] {a} and\cite {b} flow", "Ebb and flow"),
        (r"Ebb \citep[see][3]{a} by \eqref{x} and~\ref{fig:1} flows", "Ebb by and flows"),
        (r"Two: \begin{itemize}\item ebb \item flow\end{itemize}", "Two: ebb flow"),
        (r"Ebb at \href{https://x.example/a}{home}", "Ebb at home"),
        (
            r"Sand at \pounds 4, \euro{}6 and 3\,\celsius{} K\nobreakdash-12",
            "Sand at £4, €6 and 3 °C K-12",
        ),
        (r"\og Marée\fg{} et \glqq Flut\grqq, " '"`Ebbe"\'', "«Marée» et „Flut“, „Ebbe“"),
        (
            r"Nguy{\~{\^e}}n of \textbeta{}2, \texorpdfstring{$k$-means}{k-means}\break",
            "Nguyễn of β2, k-means",
        ),
        (r"{\noopsort{1973b}}Tides of \ac{DNA} and \num{12}\xspace", "Tides of DNA and 12"),
    ],
)
def test_tex_becomes_text(text: str, expected: str) -> None:
    assert clean_text(tex_plain(text)) == expected


SAID = "Müller über die Größe von Straßen – “Übersicht” à l’été"


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman", "utf-16", "utf-16-le", "utf-16-be"])
def test_other_encodings_are_found_and_told(encoding: str) -> None:
    told = as_utf8(f"TI  - {SAID}\r\n".encode(encoding))
    assert told.content.decode() == f"TI  - {SAID}\r\n"
    assert told.note and told.note.startswith("not UTF-8: read as ")


@pytest.mark.parametrize(
    ("encoding", "title", "author"),
    [
        ("cp1250", "Příliv a řasy na dně moře", "Dvořák, Jiří"),
        ("iso8859-2", "Příliv a šířka na dně moře", "Šťastný, Jiří"),
        ("cp1250", "Wpływ świeżości na żywność", "Gąsiorowski, Łukasz"),
        ("cp1252", "Élèves, Ænderungen og größe", "Müller, João"),
        ("cp1252", "Tides", "Šimek, Tomáš"),
        ("cp1252", "¿Dónde están los niños?", "Núñez, José"),
        ("cp1254", "İstanbul’da kış, ışık ve çocuklar", "Yıldız, Şeyma"),
        ("cp1252", "Þorpið við ströndina og sjávarföllin", "Guðmundsdóttir, Ásta"),
        ("cp1251", "Влияние человека на окружающую среду", "Иванов, Пётр"),
    ],
)
def test_the_page_is_that_which_makes_words_of_one_language(
    encoding: str, title: str, author: str
) -> None:
    entry = f"TY  - JOUR\nTI  - {title}\nAU  - {author}\nER  - \n"
    read = as_utf8(entry.encode(encoding))
    assert read.content.decode() == entry
    assert read.note == f"not UTF-8: read as {encoding}, as its letters suggest"


def test_a_declared_encoding_is_believed() -> None:
    told = as_utf8("% Encoding: ISO8859_1\n@misc{ü}".encode("latin-1"))
    assert (told.content.decode()[-2], told.note) == (
        "ü", "not UTF-8: read as iso8859-1, as the file declares",
    )  # fmt: skip


@given(st.text(max_size=60))
def test_utf8_is_read_as_it_is(text: str) -> None:
    if "\0" not in text and not text.startswith("\ufeff"):
        assert as_utf8(text.encode("utf-8", "replace")) == (text.encode("utf-8", "replace"), None)


@pytest.mark.parametrize("content", [b'{"a": "\xe9"}', b"<a>\xe9</a>", "éé".encode() + b"\xe9"])
def test_of_json_xml_and_damaged_utf8_nothing_is_guessed(content: bytes) -> None:
    assert as_utf8(content) == (content, None)


def test_the_cases_of_exports_come_out_whole() -> None:
    folder = Path(__file__).parents[4] / "shared" / "cases" / "files"
    if not folder.is_dir():
        pytest.skip("the cases are not here")
    files = [*folder.glob("*.ris"), *folder.glob("*.bib"), *folder.glob("*/*.*")]
    for file in files:
        if file.suffix in (".csv", ".tsv"):
            continue
        found = [p for p in cut(file.read_bytes(), file.name) if not isinstance(p, Note)]
        assert found and all(isinstance(piece, Payload) for piece in found), file
        assert all(parse_payload(FEED, p.text, {}).fields.get("title") for p in found), file


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Tern, V., Jr.", "V. Tern Jr."),
        ("Tern, V. et al", "V. Tern"),
        ("and Tern, Ada", "Ada Tern"),
        ("Tern, Ada (Editor)", "Ada Tern"),
        ("Tern, Ada (Shore Lab, Inland)", "Ada Tern"),
        ("Tern, Robert (Bob)", "Robert (Bob) Tern"),
        ("Tern, Ada (0000-0002-1825-0097)", "Ada Tern"),
        ("Tern, Ada*", "Ada Tern"),
        ("Tern, Ada 1,2", "Ada Tern"),
        ("Tern, Ada, PhD", "Ada Tern"),
        ("Tern, A.-M., Jr., MD", "A.-M. Tern Jr."),
        ("Tern, A. [1]", "A. Tern"),
        ("Tern, MD", "MD Tern"),
        ("Tide Team 2", "Tide Team 2"),
    ],
)
def test_what_stands_with_a_name_is_no_name(written: str, expected: str) -> None:
    assert names(ris(f"AU  - {written}")) == [expected]
    assert names(one(f"%0 Journal Article\n%T Ebb\n%A {written}\n")) == [expected]
    if not written.startswith("and "):
        assert names(bib(f"author={{{written}}}")) == [expected]


def test_what_stands_with_a_name_is_kept_where_it_belongs() -> None:
    fields = ris("AU  - Tern, Ada (Shore Lab, Inland)", "AU  - Elm, Bo (0000-0002-1825-0097)")
    first, second = fields["authors"]
    assert (first["affiliation"], second["orcid"]) == ("Shore Lab, Inland", "0000-0002-1825-0097")
    linked = bib(r"author={\href{https://orcid.org/0000-0002-1825-0097}{Tern, Ada} and Elm, Bo}")
    assert names(linked) == ["Ada Tern", "Bo Elm"]


def test_files_that_were_joined_without_a_line_break_lose_no_entry() -> None:
    whole = "TY  - JOUR\nTI  - Ebb\nER  - "
    assert [record.fields["title"] for record in read(whole * 3)] == ["Ebb"] * 3


def test_spaces_that_do_not_break_are_spaces_between_tag_and_value() -> None:
    text = "TY\xa0 - JOUR\nTI\xa0\xa0- Ebb\nAU \xa0- Fern, Ada\nER\xa0 -\xa0\n"
    assert names(one(text)) == ["Ada Fern"]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("[Ebb and flow].", "Ebb and flow"), ("[Ebb and flow].‡", "Ebb and flow"), ("[Ebb] and [flow]", "[Ebb] and [flow]"),
        ("Ebb and flow☆", "Ebb and flow"), ("Ebb and flow ☆,☆☆", "Ebb and flow"),
        ("Ebb and flow†", "Ebb and flow"), ("Searching with A*", "Searching with A*"),
        ("The inverse X†", "The inverse X†"),
    ],
)  # fmt: skip
def test_marks_and_brackets_of_catalogues_are_no_part_of_a_title(title: str, expected: str) -> None:
    assert one(f"TY  - JOUR\nTI  - {title}\nER  - ")["title"] == expected
    assert one(f"%0 Journal Article\n%T {title}\n")["title"] == expected


@pytest.mark.parametrize("sign", [" ", ",", "*", "(", "1"])
def test_an_endless_name_takes_no_time(sign: str) -> None:
    begun = process_time()
    ris(f"AU  - Fern, A{sign * 200_000}1x")
    bib(f"author={{Fern, A{sign * 200_000}1x}}")
    assert process_time() - begun < 2


def test_two_names_with_a_sign_between_them_are_two() -> None:
    assert names(ris("AU  - TERN, A. & KELP, B.")) == ["A. TERN", "B. KELP"]
    assert len(names(ris("AU  - Barnes & Noble, Inc."))) == 1


def test_a_month_with_a_note_behind_it_is_a_month() -> None:
    assert bib("year={2019}, month={12 (Suppl.)}")["published_on"] == date(2019, 12, 1)
    assert bib("year={2019}, month={10--11}")["published_on"] == date(2019, 10, 1)


def test_web_of_science_tells_the_pubmed_id_of_another_base() -> None:
    fields = one("PT J\nTI Ebb\nUT MEDLINE:23777001\nER\n\nEF")
    assert fields["pmid"] == "23777001" and "other_ids" not in fields


@pytest.mark.parametrize(
    "journal", ["arXiv preprint cs/0701001", "arXiv e-prints, cs/0701001", "arXiv cs/0701001"]
)
def test_a_preprint_is_named_by_its_place(journal: str) -> None:
    assert bib(f"journal={{{journal}}}")["arxiv_id"] == "cs/0701001"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"B\h{a}o", "Bảo"),
        (r"An \enquote{ebb} here", "An “ebb” here"),
        (r"z {\ensuremath{\sim}} 0", "z ~ 0"),
        (r"of \ensuremath{\mathrm{H}_{2}} and", "of H_2 and"),
        (r"in $\mathrm{TiO_2}$ and SiO\({}_{\mbox{2}}\)", "in TiO_2 and SiO_2"),
        (r"its {\~{}}50{\%} and `ebb' of {\glq}neu{\grq}", "its ~50% and ‘ebb’ of ‚neu‘"),
        (r"two \vspace{1em}three", "two three"),
    ],
)
def test_more_tex_becomes_text(text: str, expected: str) -> None:
    assert clean_text(tex_plain(text)) == clean_text(expected)


def test_a_date_with_spaces_and_one_language_of_two() -> None:
    fields = ris("DA  - 2011. 3. 15.", "LA  - German. English summary")
    assert (fields["published_on"], fields["language"]) == (date(2011, 3, 15), "de")
    spanish = ris("AB  - Resumen: Baja la marea.")
    assert spanish["abstract"] == "Baja la marea."


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("AU  - Prof. Dr. Tern, Ada", ["Ada Tern"]),
        ("AU  - Ada Tern and Bo Kelp", ["Ada Tern", "Bo Kelp"]),
        ("AU  - Tern, A., Kelp, B. C., & Reed, D.", ["A. Tern", "B. C. Kelp", "D. Reed"]),
        ("AU  - A. Tern, B. Kelp & C. Reed", ["A. Tern", "B. Kelp", "C. Reed"]),
        ("AU  - Tern, Ada|Kelp, Bo", ["Ada Tern", "Bo Kelp"]),
        ("AU  - Tern, Ada / Kelp, Bo", ["Ada Tern", "Bo Kelp"]),
        ("AU  - 王小明、李四；欧阳修", ["王小明", "李四", "欧阳修"]),
        ("AU  - Tern, Ada <ada@shore.example>", ["Ada Tern"]),
        ("AU  - Tern, Ada¹,²", ["Ada Tern"]),
        ("AU  - Tern, Ada and others", ["Ada Tern"]),
        ("AU  - Wang, Wei 0003", ["Wei Wang"]),
        ("AU  - Ministry of Tides, Norway", ["Ministry of Tides, Norway"]),
        ("AU  - Unknown", []),
        ("AU  - N/A", []),
        ("AU  - [Author name not available]", []),
    ],
)
def test_a_list_of_names_is_parted_and_what_is_no_name_is_none(
    line: str, expected: list[str]
) -> None:
    assert names(ris("TI  - Ebb", line)) == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("Tern A., Kelp B. C.", ["Tern A.", "Kelp B. C."]),
        ("Törn Ä, Øst ÅÖ", ["Törn Ä", "Øst ÅÖ"]),
        ("Чайка ИИ, Волна АБ", ["Чайка ИИ", "Волна АБ"]),
        ("'t Wad A, de Kelp BC", ["'t Wad A", "de Kelp BC"]),
        ("Tern, Ada; Kelp, Bo; and Reed, Cy", ["Ada Tern", "Bo Kelp", "Cy Reed"]),
        ("{Tern, Ada} and {Shore Inc., Oslo}", ["Ada Tern", "Shore Inc., Oslo"]),
        (r"Tern, Ada\footnotemark[1] and Kelp, Bo", ["Ada Tern", "Bo Kelp"]),
        ("M&uuml;ller, J&ouml;rg", ["Jörg Müller"]),
        ("张三, 李四, 王五", ["张三", "李四", "王五"]),
        ("{{Anon}}", []),
    ],
)
def test_lists_of_names_of_bibtex_in_other_forms(told: str, expected: list[str]) -> None:
    assert names(bib(f"author={{{told}}}")) == expected


@pytest.mark.parametrize(
    ("line", "field", "expected"),
    [
        ("DO  - 10.5555/e.1;10.5555/e.1", "doi", "10.5555/e.1"),
        ("DO  - 10.5555 / e.2", "doi", "10.5555/e.2"),
        ('DO  - "10.5555/e.3"', "doi", "10.5555/e.3"),
        ("DO  - 10.5555/e.4</DO>", "doi", "10.5555/e.4"),
        ("DO  - 10.5555/e.5%20", "doi", "10.5555/e.5"),
        ("DO  - arXiv:1512.00002", "arxiv_id", "1512.00002"),
        ("UR  - arXiv:1512.00001v2", "arxiv_id", "1512.00001"),
        ("SP  - arXiv:1512.00005", "arxiv_id", "1512.00005"),
        ("SP  - arXiv:1512.00005", "pages", None),
        ("UR  - https://api.semanticscholar.org/CorpusID:9900001", "s2_id", "9900001"),
    ],
)
def test_ids_in_odd_places_and_spellings(line: str, field: str, expected: str | None) -> None:
    assert ris("TI  - Ebb", line).get(field) == expected


def test_an_old_arxiv_number_goes_with_its_class_and_an_address_is_an_id() -> None:
    old = bib("archiveprefix={arXiv}, primaryclass={math.GT}, eprint={0309999}")
    assert old["arxiv_id"] == "math/0309999"
    assert bib("eprint={https://arxiv.org/abs/2001.09995}")["arxiv_id"] == "2001.09995"


def test_entries_of_four_forms_in_one_file_are_all_read() -> None:
    found = read(
        "TY  - JOUR\nTI  - One\nER  - \n\n@article{b, title={Two}}\n\n"
        "PMID- 7\nTI  - Three.\nDP  - 2012\n\n%0 Book\n%T Four\n\n"
        "RT Journal Article\nT1 Five\nYR 2013\n\nTY  - JOUR\nTI  - Six\nER  - \n"
    )
    assert [record.fields["title"] for record in found] == [
        "One", "Two", "Three.", "Four", "Five", "Six"
    ]  # fmt: skip


def test_of_several_entries_none_of_which_is_ended_the_last_is_whole() -> None:
    entry = "TY  - JOUR\nTI  - Ebb\nPY  - 2010\n\n"
    assert len(read(entry * 2)) == 2
    assert isinstance(cut(entry)[0], Broken)
    assert isinstance(cut(entry * 2 + "TY  - JOUR\nTI  - Eb")[-1], Broken)


def test_refworks_is_read() -> None:
    fields = one(
        "RT Book, Section\nSR Print(0)\nID 77\nA1 Tern,Ada\nA1 Kelp,Bo\nT1 Ebb\nT2 Tides\n"
        "YR 2010\nFD May 3\nSP 3\nOP 9\nK1 silt\nK1 sand\nDO 10.5555/E.1\n"
    )
    assert names(fields) == ["Ada Tern", "Bo Kelp"]
    assert (fields["title"], fields["venue"], fields["pages"]) == ("Ebb", "Tides", "3-9")
    assert (fields["published_on"], fields["doi"]) == (date(2010, 5, 3), "10.5555/e.1")
    assert fields["keywords"] == ["silt", "sand"]


def test_refer_without_the_line_of_the_kind_is_read_and_a_remark_of_tex_is_none() -> None:
    found = read("%T Ebb\n%A Tern, A.\n%D 2010\n\n%A Kelp, B.\n%T Flow\n")
    assert [record.fields["title"] for record in found] == ["Ebb", "Flow"]
    assert one("% A remark\n%A second\n@article{a, title={Ebb}}")["title"] == "Ebb"


def test_macros_of_macros_and_a_series_of_proceedings() -> None:
    macros = '@string(f = {Fen}) @string{j = f # " Journal"}'
    assert one(f"{macros}@article{{a, title={{Ebb}}, journal=j}}")["venue"] == "Fen Journal"
    [paper, *_] = read(
        "@inproceedings{p, title={Ebb}, crossref={v}} @proceedings{v, title={Meeting}, crossref={s}}"
        " @collection{s, title={Series}}"
    )
    assert paper.fields["venue"] == "Meeting"


@pytest.mark.parametrize(
    ("encoding", "title"),
    [
        ("cp932", "窯の歌とその歴史に関する研究について"),
        ("euc_jp", "窯の歌とその歴史に関する研究について"),
        ("cp1255", "שירי הכבשן בדלתא של הנהר הגדול"),
        ("cp874", "ปลาไหลในแม่น้ำ การศึกษา"),
        ("cp850", "Größe der Öfen und Lieder für Köche im Süden"),
        ("cp1251", "Методы расчёта деревянных мостов"),
        ("gbk", "木桥的计算方法及其在小河流上的应用研究"),
        ("euc_kr", "강의 뱀장어에 관한 연구와 역사"),
    ],
)
def test_pages_of_other_scripts_are_found(encoding: str, title: str) -> None:
    content = f"TY  - JOUR\nTI  - {title}\nPY  - 2011\nER  - \n".encode(encoding)
    [record] = read(content)
    assert record.fields["title"] == title


@pytest.mark.parametrize("beginning", [b"PK\x03\x04", b"%PDF-1.4", b"\xd0\xcf\x11\xe0"])
def test_a_file_that_is_no_text_is_refused_by_name(beginning: bytes) -> None:
    with pytest.raises(Unreadable, match=r"zip|PDF|Excel"):
        cut(beginning + b"\x00" * 60)


@pytest.mark.parametrize("beginning", ["@a{ ", "@a( ", "@a{\\{ "])
def test_beginnings_without_an_end_are_read_once(beginning: str) -> None:
    """Searched to the end of the file from each, they would take an hour."""
    *_, last = entries_of(beginning * 20_000 + "@misc{tern, title = {Terns}}")
    assert isinstance(last, Payload)
    assert last.text == "@misc{tern, title = {Terns}}"
