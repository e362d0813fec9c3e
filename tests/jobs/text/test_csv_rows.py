"""Requirements of a CSV that a person writes: its rows, and what is none with its line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jobs.people import decisions as authors
from jobs.people import institution_decisions as institutions
from jobs.terms.thesaurus import ThesaurusError, thesaurus
from jobs.text.csv_rows import csv_rows
from jobs.topics.curation import NOTHING, CurationError, curation

COLUMNS = ["action", "topic_id", "value"]
HEAD = "action,topic_id,value\n"
READERS = [
    (authors.decisions, authors.DecisionError, "action,author,other,note\n", "join,s2:1,s2:2,"),
    (institutions.decisions, institutions.DecisionError, "affiliation,institution_id,note\n", "Lab,,"),
    (curation, CurationError, HEAD, "rename,t1,"),
    (thesaurus, ThesaurusError, "term,broader,alias\n", "Gauges,,"),
]  # fmt: skip
OF_ALL = pytest.mark.parametrize(
    ("read", "error", "head", "start"), READERS, ids=["authors", "institutions", "topics", "terms"]
)


class BrokenError(ValueError):
    pass


def rows(text: str) -> list[tuple[int, list[str]]]:
    return list(csv_rows(text, COLUMNS, BrokenError))


def test_rows_stand_with_their_lines() -> None:
    assert rows(f'\ufeff{HEAD}rename, t1 ,"Tide, ""old"""\n\nhide,t2\nhide,t3,,,\n') == [
        (2, ["rename", "t1", 'Tide, "old"']),
        (4, ["hide", "t2", ""]),
        (5, ["hide", "t3", ""]),
    ]
    assert rows(HEAD.replace("\n", "\r\n") + "hide,t2,\r\n") == [(2, ["hide", "t2", ""])]
    assert rows("") == rows("\ufeff \n") == rows(HEAD) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("topic,name\n", "line 1: the columns are action,topic_id,value"),
        (f'{HEAD}hide,t0,\nrename,t1,"Tide\nhide,t2,\n', "line 3: a quote is not closed"),
        (f'{HEAD}rename,t1,"Tide\nhide,t2,"\n', "line 2: a quote is not closed"),
        (f'{HEAD}rename,t1,"Tide', "line 2: a quote is not closed"),
        (f'{HEAD}rename,t1,"Tide" Gauges\n', "line 2: .* or stands within a value"),
        (f"{HEAD}rename,t1,Tides, Old\n", "line 2 has 4 values, not 3: put one with a comma in"),
        (f"{HEAD}rename,t1,{'x' * 131_073}\n", "line 2 has more than 100,000 characters"),
    ],
)
def test_what_is_no_row_is_told_with_its_line(text: str, said: str) -> None:
    with pytest.raises(BrokenError, match=said):
        rows(text)


@OF_ALL
def test_an_open_quote_swallows_no_line_of_any_file(
    read: Callable[[str], object], error: type[ValueError], head: str, start: str
) -> None:
    for rest in ('"Tide\n' + start + "\n", '"Tide\n' + start + '"\n'):
        with pytest.raises(error, match="line 2: a quote is not closed"):
            read(head + start + rest)
    with pytest.raises(error, match="line 2 has more than"):
        read(head + start + "x" * 131_073)


def test_an_empty_file_decides_nothing() -> None:
    assert curation("") == NOTHING
