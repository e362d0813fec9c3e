"""Choosing for a reader: of what they wished for the best, nothing twice."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from conf.model import DigestConf
from pipelines.digest.choosing import Choices
from pipelines.digest.edition import Edition, Paper, Rise, Risen
from pipelines.digest.mail.outbox import History
from pipelines.digest.readers.subscribers import Wishes

DAY = date(2025, 3, 1)
NOBODY = History()


def paper(key: str, topic: str | None = None, *categories: str, author: str = "Ada Ebb") -> Paper:
    return Paper(key, f"Title of {key}", "", (author,), "", categories, None, DAY, topic)


def rise(name: str, topic: str | None = None, part: str = "all") -> Rise:
    return Rise(name, topic, part, "rising", "likely", "14 of 120 papers")


RISEN = Risen(
    "week",
    DAY - timedelta(days=12),
    DAY - timedelta(days=6),
    topics=(rise("sea", "t1"), rise("land", "t2"), rise("land", "t2", "category=arxiv:cs.CV")),
    terms=(rise("ebb"), rise("sand")),
)


def edition(*papers: Paper, **given: object) -> Edition:
    known = {"papers": {p.paper_id: p for p in papers}, "trending": tuple(p.paper_id for p in papers),
             "risen": None, **given}  # fmt: skip
    return Edition(as_of=DAY, **known)  # type: ignore[arg-type]


def chosen(
    found: Edition, wishes: Wishes, history: History = NOBODY, most: int = 10, likes: tuple[str, ...] = ()
) -> list[str]:  # fmt: skip
    selection = Choices(found, DigestConf(papers=most)).choose(wishes, likes, history)
    return [p.paper_id for p in selection.papers]


def test_any_wish_lets_a_paper_in_and_the_best_come_first() -> None:
    found = edition(
        paper("a", "t1"), paper("b", "t2", "arxiv:cs.CV"), paper("c", author="Grace Tide"),
        paper("d", "t1"),
    )  # fmt: skip
    assert chosen(found, Wishes()) == ["a", "b", "c", "d"]
    assert chosen(found, Wishes(topics=("t1",))) == ["a", "d"]
    assert chosen(found, Wishes(topics=("t1",), authors=("Grace Tide",))) == ["a", "c", "d"]
    assert chosen(found, Wishes(topics=("t9",))) == []


@pytest.mark.parametrize("name", ["cs.CV", "arxiv:cs.CV", "CS.cv"])
def test_a_category_is_known_with_and_without_its_scheme(name: str) -> None:
    found = edition(paper("a", None, "arxiv:cs.CL"), paper("b", None, "arxiv:cs.CV"))
    assert chosen(found, Wishes(categories=(name,))) == ["b"]


@pytest.mark.parametrize("name", ["Zoë Ng Tide", "Tide, Zoe Ng", "zoe ng TIDE"])
def test_an_author_is_known_in_any_spelling_of_the_name(name: str) -> None:
    found = edition(paper("a", author="Zoë Ng Tide"), paper("b", author="Zoë Tide"))
    assert chosen(found, Wishes(authors=(name,))) == ["a"]


def test_what_was_had_is_left_out_and_nothing_worse_comes_in_its_place() -> None:
    found = edition(*(paper(key) for key in "abcd"))
    assert chosen(found, Wishes(), History(frozenset("a")), most=2) == ["b"]
    assert chosen(found, Wishes(), History(frozenset("ab")), most=2) == []


def test_a_topic_that_was_merged_or_split_is_followed() -> None:
    heirs = {"old": frozenset({"t1", "t2"})}
    found = edition(paper("a", "t1"), paper("b", "t2"), paper("c", "t3"), heirs=heirs)
    assert chosen(found, Wishes(topics=("old",))) == ["a", "b"]


def test_the_best_of_several_wishes_are_those_of_all_of_them() -> None:
    papers = [paper(str(n), f"t{n % 3}", f"c{n % 5}") for n in range(60)]
    found = edition(*papers)
    wishes = Wishes(topics=("t0", "t1"), categories=("c4",))
    expect = [p.paper_id for p in papers if p.topic_id in ("t0", "t1") or "c4" in p.categories]
    assert chosen(found, wishes, most=7) == expect[:7]


def test_what_is_like_a_disliked_paper_is_not_told_unless_it_is_more_like_a_liked_one() -> None:
    found = edition(
        *(paper(key) for key in "abcd"),
        alike={"liked": ((0.9, "b"), (0.6, "c"))},
        unlike={"bad": ((0.8, "a"), (0.8, "b"), (0.7, "c"))},
    )
    choices = Choices(found, DigestConf(papers=9))
    told = choices.choose(Wishes(), ("liked",), NOBODY, ("bad", "d")).papers
    assert [one.paper_id for one in told] == ["b"]
    assert len(choices.choose(Wishes(), ("liked",), NOBODY).papers) == 4


def test_a_paper_is_told_once_a_mail() -> None:
    alike = {"liked": ((0.9, "a"), (0.8, "b")), "too": ((0.95, "b"),)}
    found = edition(paper("a", "t1"), paper("b", "t2"), alike=alike,
                    liked_titles={"liked": "Liked", "too": "Too"})  # fmt: skip
    choices = Choices(found, DigestConf())
    selection = choices.choose(Wishes(topics=("t1",)), ("liked", "too"), NOBODY)
    assert [p.paper_id for p in selection.trending] == ["a"]
    assert [(like.paper.paper_id, like.liked) for like in selection.alike] == [("b", "Too")]


def told(wishes: Wishes, history: History = NOBODY) -> tuple[list[str], list[str]]:
    found = edition(risen=RISEN, topic_terms={"t1": frozenset({"ebb"}), "t2": frozenset({"sand"})})
    selection = Choices(found, DigestConf()).choose(wishes, (), history)
    return [r.name for r in selection.rising_topics], [r.name for r in selection.rising_terms]


def test_what_rose_is_of_their_topics_and_within_their_categories() -> None:
    assert told(Wishes()) == (["sea", "land"], ["ebb", "sand"])
    assert told(Wishes(topics=("t1",))) == (["sea"], ["ebb"])
    assert told(Wishes(categories=("cs.CV",))) == (["land"], [])
    assert told(Wishes(authors=("Ada Ebb",))) == ([], [])


def test_what_rose_is_told_once_a_period() -> None:
    assert told(Wishes(), History(risen_period=RISEN.period)) == ([], [])
    before = RISEN.period - timedelta(days=7)
    assert told(Wishes(), History(risen_period=before)) == (["sea", "land"], ["ebb", "sand"])


def test_on_a_day_with_nothing_there_is_nothing() -> None:
    choices = Choices(edition(), DigestConf())
    assert not choices.choose(Wishes(), (), NOBODY)
