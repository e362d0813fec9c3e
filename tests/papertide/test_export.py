"""What is written for reference managers is read back equal, and does nothing."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from hypothesis import example, given
from hypothesis import strategies as st

from jobs.feeds import FEEDS
from jobs.feeds.core import Parsed, parse_payload, pieces
from jobs.feeds.tools.values import put_abstract, put_authors, put_text
from jobs.params import IngestSettings
from papertide import export
from storage import output
from storage.errors import PapertideError

HOSTILE = (r"\input{/etc/passwd} }@misc{x, $x_1^2$ 50% ~ & # \\ {BERT} \textbf{b} and others",
           "ER  - \nTY  - JOUR", "\x1b[31mred\x07", '=HYPERLINK("http://evil")', "@article{a,",
           r"\{", "{{{", "}", "\\", "%", 'a "quoted" \'s', "Graphs, trees; and a-b -- c")  # fmt: skip


def stored(text: str) -> str:
    """Text as the tables hold it, where reading it once more changes nothing."""
    for _ in range(5):
        kept = Parsed()
        put_text(kept, "text", text)
        text = kept.fields.get("text", "")
    return text


letters = st.text(st.characters(codec="utf-8"), max_size=60) | st.text("\\{}$%&#_~^,; aZé-@\"'=\n")
texts = (letters | st.sampled_from(HOSTILE)).map(stored)
filled = texts.filter(bool)
COMPARED = ("title", "abstract", "venue", "volume", "number", "pages", "keywords", "language",
            "doi", "arxiv_id")  # fmt: skip
DATES = (("published", "%Y-%m-%d"), ("published month", "%Y-%m"), ("published year", "%Y"))


def paper(title: str = "Tides", **more: Any) -> dict[str, Any]:
    empty = dict.fromkeys(export.NEEDED)
    return {**empty, "paper_id": "p1", "title": title, **more}


def read_back(text: str, name: str) -> dict[str, Any]:
    feed = FEEDS["bibliography"]
    (payload,) = pieces(feed, text.encode(), name, IngestSettings())
    found = parse_payload(feed, payload.text, {})
    assert not found.errors
    return found.fields


def stored_abstract(text: str) -> str:
    """An abstract as the tables hold it: one that says that there is none, is none."""
    for _ in range(5):
        kept = Parsed()
        put_abstract(kept, text)
        text = kept.fields.get("abstract", "")
    return text


def same(row: dict[str, Any], fields: dict[str, Any]) -> None:
    assert {name: fields.get(name) or None for name in COMPARED} == {
        name: row[name] or None for name in COMPARED
    }
    assert [a["name"] for a in fields.get("authors", [])] == [a["name"] for a in row["authors"]]
    assert fields["published_on"] == row["published_on"]
    assert fields.get("published_basis", "published") == row["date_basis"]
    assert f"key:{row['paper_id']}" in fields["other_ids"]  # names a record in one file only


# In a list of authors these stand between names, or behind one for a place or an address: no reader
# leaves them in a name.
NO_NAME = ",;/|&@<>()[]*=、，；"


def as_name(text: str) -> str:
    """What of a text can be a name: words with letters."""
    plain = stored("".join(" " if c in NO_NAME or c.isnumeric() else c for c in text))
    words = [word for word in plain.split() if re.search(r"[^\W\d_]{2}", word)]
    name = " ".join(word for word in words if word.lower() != "and")  # between two names
    return name if put_authors(Parsed(), [name]) and name.lower() != "others" else ""


def rows(in_keyword: str, pages: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Papers as readers keep them; keywords without what a form has no way to write."""

    keywords = texts.map(
        lambda text: stored("".join(" " if c in in_keyword else c for c in text))
    ).filter(bool)
    names = texts.map(as_name).filter(bool)
    return st.builds(
        paper, title=filled, abstract=texts.map(stored_abstract), venue=texts, volume=texts, number=texts,
        pages=pages, authors=st.lists(names.map(lambda n: {"name": n}), max_size=4),
        keywords=st.lists(keywords, max_size=3),
        language=st.sampled_from((None, "en", "pt")), doi=st.sampled_from((None, "10.1234/a_b(c)1-2<x>#y")),
        arxiv_id=st.sampled_from((None, "2401.01234", "hep-th/9901001")),
        published_on=st.just(date(2024, 1, 1)), date_basis=st.sampled_from([name for name, _ in DATES]),
        work_type=st.sampled_from((None, "journal-article", "Thesis", "posted-content")),
    )  # fmt: skip


PAGES = st.sampled_from(["", "1-9", "e12", "3:1-3:9", "1-", "-1"])


@given(rows(",;", PAGES))
def test_bibtex_is_read_back_equal(row: dict[str, Any]) -> None:
    text = export.bibtex([row])
    same(row, read_back(text, "x.bib"))
    library = parse_string(text, parse_stack=[])
    assert [entry.key for entry in library.entries] == ["p1"]
    assert not library.failed_blocks
    assert text.count("{") == text.count("}")


@given(rows(",;", PAGES))
def test_ris_is_read_back_equal(row: dict[str, Any]) -> None:
    text = export.ris([row])
    same(row, read_back(text, "x.ris"))
    (entry,) = rispy.loads(text)
    assert entry["title"] == row["title"]
    assert entry.get("keywords", []) == row["keywords"]


@given(rows("", PAGES))
def test_csl_holds_what_the_paper_does(row: dict[str, Any]) -> None:
    (item,) = json.loads(export.csl([row]))
    assert item["title"] == row["title"]
    names = [a.get("literal") or f"{a['given']} {a['family']}" for a in item.get("author", [])]
    assert names == [a["name"] for a in row["authors"]]


READ: dict[str, Callable[[str], Any]] = {
    "bibtex": lambda told: parse_string(told).entries,
    "ris": rispy.loads,
    "csl-json": json.loads,
    "csv": lambda told: list(csv.DictReader(io.StringIO(told))),
    "jsonl": lambda told: [json.loads(line) for line in told.splitlines()],
}


@pytest.mark.parametrize("form", export.FORMS)
@pytest.mark.parametrize("text", HOSTILE)
def test_many_papers_are_as_many_whatever_their_titles(form: str, text: str) -> None:
    given = [paper(text, paper_id=f"p{n}", authors=[{"name": text}], venue=text) for n in range(3)]
    told = export.write(given, form)
    assert "\x1b" not in told
    assert len(READ[form](told)) == 3


def test_a_capital_is_kept_and_a_name_of_several_words_is_not_taken_apart() -> None:
    row = paper("About BERT and R&D by Bayes in the deep", authors=[{"name": "Ministry of Health and Welfare"},
                {"name": "Ludwig van Beethoven"}, {"name": "Sammy Davis Jr."}])  # fmt: skip
    text = export.bibtex([row])
    assert r"{About {BERT} and {R\&D} by {Bayes} in the deep}" in text
    assert "{Ministry of Health and Welfare} and Ludwig van Beethoven" in text
    assert "{Attention Is All You Need}" in export.bibtex([paper("Attention Is All You Need")])
    lines = export.ris([row]).splitlines()
    assert "AU  - van Beethoven, Ludwig" in lines
    assert "AU  - Davis Jr., Sammy" in lines


@pytest.mark.parametrize(
    ("name", "family"),
    [("Jin Ping Xi", "Xi"), ("Ada B. Vi", "Vi"), ("John Smith III", "Smith III"),
     ("Bo Li Jr.", "Li Jr.")],
)  # fmt: skip
def test_a_suffix_is_none_of_the_short_surnames(name: str, family: str) -> None:
    (item,) = json.loads(export.csl([{"paper_id": "p", "title": "t", "authors": [{"name": name}]}]))
    assert item["author"][0]["family"] == family


def test_rows_that_are_no_papers_are_refused() -> None:
    with pytest.raises(PapertideError, match="paper_id"):
        export.write([{"term": "tide"}], "ris")


@example("=1+1", "'=1+1")
@example("\t=1", "'\t=1")
@example("  @SUM(A1)", "'  @SUM(A1)")
@example("+1", "'+1")
@example("a\x1b[2J=1", "a[2J=1")
@given(st.just("a=b"), st.just("a=b"))
def test_no_cell_is_a_formula(text: str, cell: str) -> None:
    out = io.StringIO()
    output.write(["=head", "n"], [{"=head": text, "n": -1.5}], "csv", out)
    assert list(csv.reader(io.StringIO(out.getvalue()))) == [["'=head", "n"], [cell, "-1.5"]]
