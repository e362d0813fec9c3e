"""Choosing for one reader: pure functions from an edition and wishes to a selection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import date
from itertools import islice

from conf.model import DigestConf
from pipelines.digest.edition import ALL, Edition, Paper, Rise, Risen, author_key
from pipelines.digest.mail.outbox import History
from pipelines.digest.readers.subscribers import Wishes


@dataclass(frozen=True)
class Like:
    """A new paper, and the title of the liked one that it is like; empty where nobody knows it."""

    paper: Paper
    liked: str


@dataclass(frozen=True)
class Selection:
    """What one reader is told of a day."""

    as_of: date
    trending: tuple[Paper, ...]
    alike: tuple[Like, ...] = ()
    rising_topics: tuple[Rise, ...] = ()
    rising_terms: tuple[Rise, ...] = ()
    risen: Risen | None = None

    def __bool__(self) -> bool:
        return bool(self.trending or self.alike or self.rising_topics or self.rising_terms)

    @property
    def papers(self) -> tuple[Paper, ...]:
        """All papers, each once."""
        return (*self.trending, *(like.paper for like in self.alike))


class Choices:
    """An edition in the order in which readers ask for it: the best papers of each wish.

    Of each topic, category and author the best `settings.papers` papers are kept, by their place;
    the best of several wishes are among the best of each.
    """

    def __init__(self, edition: Edition, settings: DigestConf) -> None:
        self.edition = edition
        self.settings = settings
        self._places: dict[tuple[str, str], list[int]] = {}
        for place, paper_id in enumerate(edition.trending):
            for wish in _wishes_met(edition.papers[paper_id]):
                places = self._places.setdefault(wish, [])
                if len(places) < settings.papers:
                    places.append(place)

    def best(self, wishes: Wishes) -> list[Paper]:
        """The best papers that meet one of the wishes; of all papers without any."""
        trending = self.edition.trending
        if wishes:
            places = {
                place for wish in self._wish_keys(wishes) for place in self._places.get(wish, ())
            }
            best_places = [trending[place] for place in sorted(places)[: self.settings.papers]]
        else:
            best_places = list(trending[: self.settings.papers])
        return [self.edition.papers[paper_id] for paper_id in best_places]

    def choose(
        self,
        wishes: Wishes,
        likes: Sequence[str],
        history: History,
        dislikes: Sequence[str] = (),
    ) -> Selection:
        """What a reader is told: nothing that they have had or want none of, each paper once."""
        had = {self.edition.merged.get(paper, paper) for paper in history.papers}
        had |= self._unwanted(likes, dislikes)
        trending = tuple(p for p in self.best(wishes) if p.paper_id not in had)
        risen = self.edition.risen
        if risen and history.risen_period and history.risen_period >= risen.period:
            risen = None  # told already
        topics, terms = self._rising(risen, wishes) if risen else ((), ())
        return Selection(
            as_of=self.edition.as_of,
            trending=trending,
            alike=tuple(self._alike(likes, had | {p.paper_id for p in trending})),
            rising_topics=topics,
            rising_terms=terms,
            risen=risen if topics or terms else None,
        )

    def topic(self, topic_id: str) -> Selection:
        """What there is to tell of one topic, to everyone."""
        wishes = Wishes(topics=(topic_id,))
        return self.choose(wishes, (), History())

    def _wish_keys(self, wishes: Wishes) -> Iterator[tuple[str, str]]:
        yield from (("topic", topic) for topic in self._topics(wishes))
        yield from (("category", category.casefold()) for category in wishes.categories)
        yield from (("author", author_key(author)) for author in wishes.authors)

    def _topics(self, wishes: Wishes) -> Set[str]:
        """The current topics that are meant, whatever they were called when they were chosen."""
        heirs = self.edition.heirs
        return {heir for topic in wishes.topics for heir in heirs.get(topic, {topic})}

    def _rising(self, risen: Risen, wishes: Wishes) -> tuple[tuple[Rise, ...], tuple[Rise, ...]]:
        """What rose of their topics, and within their categories; for a reader without wishes all.

        Each topic once, at its steepest. Terms are of all papers, those that tell their topics.
        """
        topics = self._topics(wishes)
        slices = {f"category={name.casefold()}" for name in wishes.categories}
        topic_terms = {term for topic in topics for term in self.edition.topic_terms.get(topic, ())}

        def is_asked(rise: Rise) -> bool:
            if rise.slice == ALL:
                return not wishes or rise.topic_id in topics
            return bool(slices & set(_slice_names(rise.slice)))

        steepest: dict[str, Rise] = {}
        for rise in filter(is_asked, risen.topics):
            steepest.setdefault(str(rise.topic_id), rise)
        terms = (rise for rise in risen.terms if not wishes or rise.name in topic_terms)
        most = self.settings.rising
        return tuple(islice(steepest.values(), most)), tuple(islice(terms, most))

    def _unwanted(self, likes: Sequence[str], dislikes: Sequence[str]) -> Set[str]:
        """What was disliked, and the papers that are nearer to it than to what was liked."""
        merged = self.edition.merged
        liked, disliked = (
            {merged.get(paper, paper) for paper in papers} for papers in (likes, dislikes)
        )
        nearest = {
            paper: cosine
            for mine in sorted(liked)
            for cosine, paper in sorted(self.edition.alike.get(mine, ()))
        }
        near = (pair for mine in disliked for pair in self.edition.unlike.get(mine, ()))
        return disliked | {p for cosine, p in near if cosine > nearest.get(p, 0.0)}

    def _alike(self, likes: Sequence[str], had: Set[str]) -> Iterator[Like]:
        """The new papers nearest to what was liked, each once and at its nearest."""
        merged = self.edition.merged
        near = sorted(
            (-cosine, paper_id, liked)
            for liked in {merged.get(paper, paper) for paper in likes}
            for cosine, paper_id in self.edition.alike.get(liked, ())
            if paper_id not in had
        )
        nearest: dict[str, str] = {}
        for _, paper_id, liked in near:
            nearest.setdefault(paper_id, liked)
        for paper_id, liked in islice(nearest.items(), self.settings.papers):
            title = self.edition.liked_titles.get(liked, "")
            yield Like(self.edition.papers[paper_id], title)


def _wishes_met(paper: Paper) -> set[tuple[str, str]]:
    keys = {("author", author_key(name)) for name in paper.authors}
    for category in paper.categories:
        whole = category.casefold()
        keys |= {("category", whole), ("category", whole.partition(":")[2] or whole)}
    if paper.topic_id:
        keys.add(("topic", paper.topic_id))
    return keys


def _slice_names(slice_name: str) -> tuple[str, str]:
    """A category's slice under its whole name, and without the scheme."""
    whole = slice_name.casefold()
    kind, _, name = whole.partition("=")
    return whole, f"{kind}={name.partition(':')[2] or name}"
