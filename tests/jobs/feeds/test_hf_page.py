"""Requirements of hf-page: title and abstract of each paper, furniture left out."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.feeds.core import Broken, Payload, parse_payload, pieces
from jobs.feeds.indexes.hf_page import HF_PAGE, split
from jobs.feeds.tools.reading import Unreadable
from jobs.params import IngestSettings

OFFER = "Get trending papers in your email inbox"
SENTENCE = "Pebbles of the upper shore are sorted by size and weight, which the tide does twice. "
ABSTRACT = SENTENCE * 4

_TITLES = st.text("abé XY:<>-", min_size=1, max_size=100).map(str.strip).filter(len)


def cut(*lines: str) -> list[Payload | Broken]:
    return list(split("\n".join(lines).encode(), "page.txt"))


@given(st.lists(_TITLES, max_size=6), st.sampled_from(["\n", "\r\n", "\n\n"]), st.booleans())
def test_each_title_goes_with_the_abstract_behind_it(
    titles: list[str], end: str, last_line_ends: bool
) -> None:
    lines = end.join(line for title in titles for line in (title, ABSTRACT))
    content = lines + (end if last_line_ends else "")
    expected = [Payload(f"{title}\n{ABSTRACT.strip()}") for title in titles]
    assert list(split(content.encode(), "page.txt")) == expected


def test_the_offer_and_the_glued_word_are_no_paper_wherever_they_stand() -> None:
    offer = (f"{OFFER} once a day!", f"{OFFER}!")
    pair = Payload(f"Ebb\n{ABSTRACT.strip()}")
    later = Payload(f"Flow\n{ABSTRACT.strip()}")
    assert cut(*offer, "SubscribeEbb", ABSTRACT, "Flow", ABSTRACT) == [pair, later]
    assert cut("Flow", ABSTRACT, *offer, "SubscribeEbb", ABSTRACT) == [later, pair]
    assert cut("Ebb", ABSTRACT, *offer) == [pair]


def test_a_title_that_begins_with_the_word_keeps_it_where_no_offer_stands_before() -> None:
    assert cut("Subscribers of Lists", ABSTRACT) == [
        Payload(f"Subscribers of Lists\n{ABSTRACT.strip()}")
    ]


def test_a_title_without_abstract_costs_no_other_paper() -> None:
    assert cut("Ebb", "Flow", ABSTRACT, "Slack") == [
        Broken("Ebb", "a title without abstract"),
        Payload(f"Flow\n{ABSTRACT.strip()}"),
        Broken("Slack", "a title without abstract"),
    ]


def test_an_abstract_without_title_costs_no_other_paper() -> None:
    assert cut(ABSTRACT, "Flow", ABSTRACT, ABSTRACT) == [
        Broken(ABSTRACT.strip(), "an abstract without title"),
        Payload(f"Flow\n{ABSTRACT.strip()}"),
        Broken(ABSTRACT.strip(), "an abstract without title"),
    ]


def test_a_short_abstract_is_known_by_its_sentence() -> None:
    assert cut("Ebb", SENTENCE, "Flow", ABSTRACT) == [
        Payload(f"Ebb\n{SENTENCE.strip()}"), Payload(f"Flow\n{ABSTRACT.strip()}"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "markup", ["<!DOCTYPE html><p>x", "  <html lang=en>", "<?xml version=''?>"]
)
def test_markup_is_unreadable(markup: str) -> None:
    with pytest.raises(Unreadable, match="not its text"):
        cut(markup)


def test_a_title_that_looks_like_a_tag_is_a_title() -> None:
    payload = Payload(f"<obj> and <1B>\n{ABSTRACT.strip()}")
    assert cut("<obj> and <1B>", ABSTRACT) == [payload]
    assert parse_payload(HF_PAGE, payload.text, {}).fields == {
        "title": "<obj> and <1B>", "abstract": ABSTRACT.strip(),
    }  # fmt: skip


def test_the_real_page_gives_all_its_papers(shared_feeds: Path) -> None:
    [file] = (shared_feeds / "hf-trending-page").glob("*.txt")
    found = list(pieces(HF_PAGE, file.read_bytes(), file.name, IngestSettings()))
    payloads = [piece.text for piece in found if isinstance(piece, Payload)]
    assert len(payloads) == len(found) == len(set(payloads)) == 279
    told = [parse_payload(HF_PAGE, payload, {}) for payload in payloads]
    assert not any(t.errors or t.warnings for t in told)
    titles = [t.fields["title"] for t in told]
    assert "Subscribe" not in titles[0] and titles[0].startswith("Improving")
    assert titles[-1] == "Fairness-Aware Structured Pruning in Transformers"
    delivered = [payload.partition("\n")[0] for payload in payloads]
    beyond = [(title, raw) for title, raw in zip(titles, delivered, strict=True)
              if not raw.isascii()]  # fmt: skip
    assert beyond and all(title == unicodedata.normalize("NFC", raw) for title, raw in beyond)
    lengths = [len(t.fields["abstract"]) for t in told]
    assert min(lengths) > 500 and max(map(len, titles)) <= 132
