"""The sample feed: invented papers whose topics, trends and duplicates are known.

`write_sample` writes one file a day, `YYYY-MM-DD.jsonl`, in the neutral feed format, and
`truth.json`, which says what was planted. A day without rows has no file. Nothing in it is
real: the DOIs use a prefix kept for examples, the arXiv numbers lie above those that arXiv has
given, and the rest of a paper comes from `sample_words.yaml`.

Planted, and told in `truth.json`:

- `topics`: each with terms that only its papers carry, and its course: `steady`; `born` (no paper
  before `born_on`); `burst` (several times its share from `burst_from` to `burst_to`); `declining`
  (a falling share from `declines_from`); `died` (falling, and no paper from `died_on`); `rising`
  (a growing share from `rises_from`). For every day of publication `expected_share` is the planned
  share and `papers` the works made. Spans of fewer than `MIN_EVENT_DAYS` days have steady topics
  only. Five topics are a `story`: of many papers, and changing towards the end, so that whoever
  looks on the last day sees them.
- `coverage`: from `from` on the feed delivers `times` as many papers, which is no trend.
- `duplicates`, about `DUPLICATE_SHARE` of all rows, with the ids and days of both rows:
  `same_id` (the row again on a later day with other votes, sometimes with a typo of its title
  corrected; the only kind whose rows share `id`), `retitled` (same abstract and authors, another
  title), `edited_abstract` (same title and authors; `edited` of the `words` of the abstract
  changed, `rate` is their ratio), `other_format` (as another source writes it: `style` upper,
  lower, TeX or HTML; a DOI for the arXiv id, the year for the day; no abstract or abbreviated first
  names).
- `works`: the row ids of every work that has more than one row.
- `apart`: two works whose titles are nearly or wholly the same and that must not be merged:
  `negation` and `part`, both by the same authors, `task`, or `generic` titles such as "Editorial".
  All other titles are unique.
- `same_titles`: for every generic title the ids of its rows.

A paper is a pure function of its index and the seed, so a duplicate is made anew when its day comes
and the memory needed does not grow with the number of papers, but for the truth about duplicates.
"""

from __future__ import annotations

import html
import os
import shutil
import unicodedata
from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from hashlib import blake2b, shake_128
from html.entities import codepoint2name
from itertools import accumulate
from pathlib import Path
from struct import Struct
from tempfile import mkdtemp
from typing import Any, NamedTuple

import orjson

from pipelines.sample import text as sample_text
from pipelines.sample.text import Core, Draw, Topic

Row = dict[str, Any]

START = date(2025, 1, 1)
# About 15 of each kind in a demo of a thousand papers: enough to tell good matching from bad, and
# few enough that counting them twice hardly moves a topic's share.
DUPLICATE_SHARE = 0.06
SECOND_DUPLICATE = 0.2  # of works with a duplicate: some works have three rows
APART_SHARE = 0.01  # of works that are one half of a planted pair
DUPLICATE_KINDS = ("same_id", "retitled", "edited_abstract", "other_format")
APART_KINDS = ("negation", "part", "task", "generic")
BY_THE_SAME = ("negation", "part")  # pairs apart whose works have the same authors
STYLES = ("upper", "lower", "tex", "html")
EDIT_RATES = (0.02, 0.10)  # share of words that differ between a preprint's versions, by planting
MAX_DELAY = 30  # days between a row and its duplicate
NO_ABSTRACT = 4  # percent of works; a few feeds deliver titles alone
YEAR_ONLY = 3  # percent of works
MIN_EVENT_DAYS = 14  # below two weeks a birth or burst cannot be told from the weekday's swing
EVENTS = {"born": 4, "burst": 4, "declining": 3, "died": 3}  # topics a kind; the others are steady
BURST = 5  # times its usual share
# Five topics whose courses are to be seen on the last day of a thousand papers, by usual rate,
# where that of the others is 1,300 in the middle: one that fades has papers to lose.
STORIES = {"born": 2_400, "burst": 700, "rising": 700, "declining": 3_200, "died": 3_000}
STORY_FROM, STORY_LASTS = 62, 8  # percent of the span; the rest of it is to be looked at
COVERAGE_FROM, COVERAGE_TIMES = 50, 150  # percent of the span, and of the volume from there on
WEEKDAY = (100, 120, 115, 110, 95, 35, 25)  # volume from Monday to Sunday, in percent of Monday's
GROWTH = 0.3  # of the volume, from the first day to the last: shares, not counts, are the trend
LAGS = (0,) * 12 + (1,) * 5 + (2,) * 2 + (3,)  # days from publication to the feed
ARXIV_FIRST, ARXIV_LAST = 50_000, 99_999  # numbers of a month that arXiv has not reached
ID_BITS = 40

_FATE = Struct("<8H")
_DRAWS = Struct("<128I")  # a paper with its duplicates draws at most 90


class Course(NamedTuple):
    """How a topic's rate runs: `kind`, its usual rate, and the days between which it changes."""

    kind: str
    base: int
    first: int
    last: int
    is_story: bool = False

    def rate(self, day: int) -> int:
        """The rate on `day`, in the arbitrary unit of `base`; only integers, so no rounding."""
        span = max(self.last - self.first, 1)
        fallen = min(max(day - self.first, 0), span)
        if self.kind == "born":
            return 0 if day < self.first else self.base * (span + 3 * fallen) // (2 * span)
        if self.kind == "rising":
            return self.base * (span + (BURST - 1) * fallen) // span
        if self.kind == "burst":
            return self.base * (BURST if self.first <= day <= self.last else 1)
        if self.kind == "declining":
            return self.base * (5 * span - 4 * fallen) // (5 * span)
        if self.kind == "died":
            return self.base * (span - fallen) // span
        return self.base


@dataclass(frozen=True)
class Plan:
    """A sample before it is written: its arguments and the calendar drawn from them.

    `starts[d]` is the index of the first paper of day d, with the number of papers at the end;
    `months[d]` the index of the first paper of its month; `weights[d]` the running sum of the
    topics' rates on day d.
    """

    papers: int
    days: int
    seed: int
    start: date
    courses: tuple[Course, ...]
    starts: tuple[int, ...]
    months: tuple[int, ...]
    dates: tuple[date, ...]
    weights: tuple[tuple[int, ...], ...]
    offset: int

    def day_of(self, index: int) -> int:
        """The day on which paper `index` is first shown."""
        return bisect_right(self.starts, index) - 1


class Fate(NamedTuple):
    """What is decided of a paper before its text: when, what about, and which duplicates."""

    day: int
    published: int
    topic: int | None
    apart: str | None
    second: bool
    copies: tuple[str, ...]


@dataclass(frozen=True)
class Paper:
    """One work: its row, what its titles are made of, and the numbers left for its duplicates."""

    row: Row
    about: Core | None
    draw: Draw = field(repr=False)


@dataclass
class Truth:
    """What has been planted so far."""

    topics: list[Counter[int]]
    files: dict[str, int] = field(default_factory=dict)
    duplicates: dict[str, list[Row]] = field(
        default_factory=lambda: {kind: [] for kind in DUPLICATE_KINDS}
    )
    works: dict[int, list[str]] = field(default_factory=dict)
    apart: list[Row] = field(default_factory=list)
    same_titles: dict[str, list[str]] = field(default_factory=dict)


def numbers(plan_seed: int, what: str, index: int) -> tuple[int, ...]:
    """Eight numbers below 65,536 from a seed, a purpose and an index."""
    key = f"{what}/{plan_seed}/{index}".encode()
    return _FATE.unpack(blake2b(key, digest_size=_FATE.size).digest())


def plan_sample(papers: int, days: int, seed: int, start: date) -> Plan:
    """The calendar of a sample.

    Raises:
        ValueError: an argument is out of range.
    """
    known = sample_text.words()
    if not 1 <= papers <= known.capacity:
        raise ValueError(
            f"papers is {papers}: give 1 to {known.capacity:,}, as many as there are unique titles"
        )
    if days < 1:
        raise ValueError(f"days is {days}: give at least 1")
    if not 0 <= seed < 2**63:
        raise ValueError(f"seed is {seed}: give 0 to 2^63 - 1")
    if (date.max - start).days < days:
        raise ValueError(
            f"days is {days}: the calendar ends before; give fewer or an earlier start"
        )
    dates = tuple(start + timedelta(days=day) for day in range(days))
    volumes = [volume(seed, dates[day], day, days) for day in range(days)]
    ends = list(accumulate(volumes))
    starts = (0, *(papers * end // ends[-1] for end in ends))
    months: list[int] = []
    for day in range(days):
        new = day == 0 or dates[day].day == 1
        months.append(starts[day] if new else months[-1])
    courses = draw_courses(seed, days)
    return Plan(
        papers=papers,
        days=days,
        seed=seed,
        start=start,
        courses=courses,
        starts=starts,
        months=tuple(months),
        dates=dates,
        weights=tuple(tuple(accumulate(c.rate(day) for c in courses)) for day in range(days)),
        offset=numbers(seed, "offset", 0)[0] << 16 | numbers(seed, "offset", 0)[1],
    )


def volume(seed: int, on: date, day: int, days: int) -> int:
    """Relative number of papers of a day: weekday, growth, coverage, and a tenth of chance."""
    weekday = WEEKDAY[on.weekday()]
    grown = 1_000 + round(1_000 * GROWTH) * day // days
    if day >= coverage_day(days):
        grown = grown * COVERAGE_TIMES // 100
    return weekday * grown * (900 + numbers(seed, "day", day)[0] % 201)


def coverage_day(days: int) -> int:
    """The day from which on the feed delivers more."""
    return days * COVERAGE_FROM // 100


def draw_courses(seed: int, days: int) -> tuple[Course, ...]:
    """A course for every topic; which topics are born, burst or fade depends on the seed."""
    topics = range(len(sample_text.words().topics))
    rolls = [numbers(seed, "course", place) for place in topics]
    kinds = [kind for kind, many in EVENTS.items() for _ in range(many)]
    stories = list(STORIES)
    if days < MIN_EVENT_DAYS:
        kinds, stories = [], []
    in_turn = sorted(topics, key=lambda place: (rolls[place][0], place))
    kind_of = dict(zip(in_turn, kinds, strict=False))
    story_of = dict(zip(in_turn[len(kinds) :], stories, strict=False))
    return tuple(
        story(story_of[place], days)
        if place in story_of
        else course(
            kind_of.get(place, "steady"), 600 + rolls[place][1] % 1_400, rolls[place][2], days
        )
        for place in topics
    )


def story(kind: str, days: int) -> Course:
    """A course of many papers that changes late."""
    first = days * STORY_FROM // 100
    last = days - 1 if kind == "burst" else first + max(days * STORY_LASTS // 100, 2)
    return Course(kind, STORIES[kind], first, min(last, days - 1), is_story=True)


def course(kind: str, base: int, roll: int, days: int) -> Course:
    """A course whose days are fixed by `roll`, within the middle of the span."""
    if kind == "steady":
        return Course(kind, base, 0, 0)
    first = days * (25 + roll % 30) // 100
    lasting = {"born": 15, "burst": 12, "declining": 45, "died": 30}[kind]
    return Course(kind, base, first, first + max(days * lasting // 100, 2))


def fate(plan: Plan, index: int) -> Fate:
    """What is decided of paper `index`; a planted pair shares topic and day of publication."""
    day = plan.day_of(index)
    partner = index ^ 1
    apart = None
    if partner < plan.papers and plan.day_of(partner) == day:
        roll = numbers(plan.seed, "apart", index >> 1)
        if roll[0] < APART_SHARE * 65_536:
            apart = APART_KINDS[roll[1] % len(APART_KINDS)]
    second = apart is not None and index % 2 == 1
    roll = numbers(plan.seed, "fate", index - 1 if second else index)
    published = max(day - LAGS[roll[0] % len(LAGS)], 0)
    weights = plan.weights[published]
    topic = bisect_right(weights, (roll[1] << 16 | roll[2]) % weights[-1])
    return Fate(
        day=day,
        published=published,
        topic=None if apart == "generic" else topic,
        apart=apart,
        second=second,
        copies=() if apart else copies(roll[3:7], is_last=day == plan.days - 1),
    )


def copies(roll: tuple[int, ...], *, is_last: bool) -> tuple[str, ...]:
    """The kinds of duplicates a paper has: none, one or two different ones."""
    share = DUPLICATE_SHARE / (1 - DUPLICATE_SHARE) / (1 + SECOND_DUPLICATE)
    if roll[0] >= share * 65_536:
        return ()
    # A row is delivered again only on a later day, and the last day has none after it.
    kinds = DUPLICATE_KINDS[1:] if is_last else DUPLICATE_KINDS
    first = roll[1] % len(kinds)
    if roll[2] >= SECOND_DUPLICATE * 65_536:
        return (kinds[first],)
    return kinds[first], kinds[(first + 1 + roll[3] % (len(kinds) - 1)) % len(kinds)]


def draws(plan: Plan, index: int) -> Draw:
    """The stream of numbers of paper `index`."""
    key = f"text/{plan.seed}/{index}".encode()
    return iter(_DRAWS.unpack(shake_128(key).digest(_DRAWS.size)))


def row_id(plan: Plan, index: int, copy: int) -> str:
    """An id that is unique for (index, copy) and does not show which rows belong together."""
    return f"{(sample_text.STRIDE * (4 * index + copy) + plan.offset) % 2**ID_BITS:010x}"


def doi(plan: Plan, index: int) -> str:
    """The DOI of paper `index`, under the prefix that is kept for examples."""
    return f"10.5555/tide.{plan.seed}.{index:07d}"


def arxiv_id(plan: Plan, index: int, day: int) -> str | None:
    """The arXiv id of paper `index`, or None where its month has no number left."""
    number = ARXIV_FIRST + index - plan.months[day]
    on = plan.dates[day]
    return f"{on.year % 100:02d}{on.month:02d}.{number}" if number <= ARXIV_LAST else None


def paper(plan: Plan, index: int, its: Fate) -> Paper:
    """Paper `index` of a sample: a pure function of the plan and the index, as is its fate."""
    draw = draws(plan, index)
    if its.topic is None:
        return generic_paper(plan, index, its, draw)
    topic = sample_text.words().topics[its.topic]
    about = sample_text.core(topic, index, plan.offset, draw)
    if its.apart:
        about = paired_core(plan, index, its, about, topic)
    row: Row = {"id": row_id(plan, index, 0), "title": about.title(named=about.is_named)}
    text = sample_text.abstract(topic, about, draw)
    needs_text = "retitled" in its.copies or "edited_abstract" in its.copies
    if needs_text or next(draw) % 100 >= NO_ABSTRACT:
        row["abstract"] = text
    row["authors"] = sample_text.authors(index, plan.offset, 1 + next(draw) % 7, draw)
    if its.second and its.apart in BY_THE_SAME:
        row["authors"] = paper(plan, index - 1, fate(plan, index - 1)).row["authors"]
    row |= publication_date(plan, its.published, draw)
    row |= publication(plan, index, its, topic, draw)
    row |= extras(about, row["id"], draw)
    return Paper(row, about, draw)


def generic_paper(plan: Plan, index: int, its: Fate, draw: Draw) -> Paper:
    """An editorial or the like: one title for many, no abstract."""
    known = sample_text.words()
    pair = numbers(plan.seed, "generic", index >> 1)
    title = known.generic[pair[0] % len(known.generic)]
    area = known.topics[pair[1] % len(known.topics)].name
    row = {
        "id": row_id(plan, index, 0),
        "title": title,
        "authors": sample_text.authors(index, plan.offset, 1 + next(draw) % 2, draw),
        **publication_date(plan, its.published, draw),
        **in_journal(area, draw),
        "doi": doi(plan, index),
    }
    return Paper(row, None, draw)


def paired_core(plan: Plan, index: int, its: Fate, own: Core, topic: Topic) -> Core:
    """The core of one half of a planted pair, made of the words of the first half."""
    first = own
    if its.second:
        first = sample_text.core(topic, index - 1, plan.offset, draws(plan, index - 1))
    slots = first.slots
    if its.apart == "negation":
        form = sample_text.words().titles["negation"][its.second]
    elif its.apart == "part":
        form = "%(name)s, Part {}: %(technique)s for %(task)s".format("II" if its.second else "I")
    else:
        form = "%(name)s: %(technique)s for %(task)s"
        if its.second:
            task, task2 = slots["task"], slots["task2"]
            slots = slots | sample_text.ways("task", (task2, task), 2)[0]
    return replace(own, slots=slots, forms=(form, own.forms[1]), is_named=True, is_headline=True)


def publication_date(plan: Plan, published: int, draw: Draw) -> Row:
    """The day of publication, or for a few papers the year alone."""
    day = plan.dates[published]
    if next(draw) % 100 < YEAR_ONLY:
        return {"year": day.year}
    return {"published_on": day.isoformat()}


def publication(plan: Plan, index: int, its: Fate, topic: Topic, draw: Draw) -> Row:
    """Venue and identifiers: of a preprint, a meeting, or a journal (PubMed's for biology)."""
    roll = next(draw) % 100
    arxiv = arxiv_id(plan, index, its.day)
    categories = {"categories": list(topic.categories)}
    # Where a duplicate must be found by its text, the two rows bear different identifiers.
    one_id = "retitled" in its.copies or "edited_abstract" in its.copies
    if arxiv and (roll < 60 or one_id):
        also = {"doi": doi(plan, index)} if roll < 12 and not one_id else {}
        return {"arxiv_id": arxiv, **also, **categories}
    if roll < 80:
        venue = pick_venue("meeting", topic.name, draw)
        bare = roll < 65 and not its.copies
        return {"venue": venue, **pages(draw), **({} if bare else {"doi": doi(plan, index)})}
    row = {**in_journal(topic.name, draw), "doi": doi(plan, index)}
    if topic.categories[0].startswith(("q-bio", "eess.IV")):
        row["pmid"] = str(90_000_000 + index)
    return row


def pick_venue(kind: str, area: str, draw: Draw) -> str:
    """A venue of `kind` in the field `area`."""
    venues = sample_text.words().venues[kind]
    return venues[next(draw) % len(venues)].replace("{Area}", sample_text.headline(area))


def pages(draw: Draw) -> Row:
    """First and last page."""
    first = 1 + next(draw) % 900
    return {"pages": f"{first}-{first + 3 + next(draw) % 20}"}


def in_journal(area: str, draw: Draw) -> Row:
    """Journal, volume, number and pages."""
    venue = pick_venue("journal", area, draw)
    volume, number = 1 + next(draw) % 60, 1 + next(draw) % 12
    return {"venue": venue, "volume": str(volume), "number": str(number), **pages(draw)}


def extras(about: Core, row_id_: str, draw: Draw) -> Row:
    """Keywords, language, address and votes, each on a part of the rows."""
    row: Row = {}
    if next(draw) % 10 < 4:
        row["keywords"] = [about.slots[key] for key in ("technique", "task", "trouble")]
    if next(draw) % 10 < 7:
        row["language"] = "en"
    if next(draw) % 10 < 8:
        row["url"] = f"https://example.org/papers/{row_id_}"
    if next(draw) % 10 < 5:
        row["votes"] = next(draw) % 20 * (next(draw) % 12)
    return row


def with_typo(title: str) -> str:
    """`title` with two neighboring letters of its longest word swapped."""
    word = max(title.split(), key=len)
    middle = next(
        (at for at in range(len(word) // 2, len(word) - 1) if word[at] != word[at + 1]), None
    )
    if middle is None:
        return title
    swapped = word[:middle] + word[middle + 1] + word[middle] + word[middle + 2 :]
    return title.replace(word, swapped, 1)


def has_typo(plan: Plan, index: int, kinds: tuple[str, ...]) -> bool:
    """Whether the first delivery of paper `index` misspells its title."""
    return "same_id" in kinds and numbers(plan.seed, "typo", index)[0] % 3 == 0


def edit(text: str, draw: Draw) -> tuple[str, int]:
    """An abstract with some of its words replaced by synonyms, and how many of them.

    The share of edited words is drawn from `EDIT_RATES`, as far as there are words with a synonym;
    where there are too few for the lower rate, words are dropped.
    """
    synonyms = sample_text.words().synonyms
    words = text.split(" ")
    low, high = EDIT_RATES
    least = -int(-low * len(words) // 1)
    aim = least + next(draw) % (int(high * len(words)) - least + 1)
    places = [at for at, word in enumerate(words) if word.strip(",.;:").lower() in synonyms]
    if len(places) < least:
        places = list(range(len(words)))
    step = next(draw)
    count = min(aim, len(places))
    # Evenly over the text, from a place that differs from paper to paper.
    for turn in range(count):
        at = places[(step + turn * len(places) // count) % len(places)]
        words[at] = synonym_of(words[at])
    return " ".join(word for word in words if word), count


def synonym_of(word: str) -> str:
    """The synonym of `word`, punctuation and capital kept; nothing where there is none."""
    bare = word.strip(",.;:")
    synonym = sample_text.words().synonyms.get(bare.lower(), "")
    if bare[:1].isupper():
        synonym = sample_text.capital(synonym)
    return word.replace(bare, synonym, 1) if synonym else ""


ACCENTS = {  # combining mark -> TeX accent
    "\u0301": "'",
    "\u0300": "`",
    "\u0308": '"',
    "\u0302": "^",
    "\u0303": "~",
    "\u030c": "v ",
    "\u0327": "c ",
    "\u0328": "k ",
    "\u030a": "r ",
    "\u0307": ".",
}
LETTERS = {"ø": r"{\o}", "Ø": r"{\O}", "ł": r"{\l}", "Ł": r"{\L}", "ı": r"{\i}", "ß": r"{\ss}"}


@lru_cache(maxsize=256)
def tex_letter(letter: str) -> str:
    """A letter as TeX writes it."""
    if letter in LETTERS:
        return LETTERS[letter]
    bare = unicodedata.normalize("NFD", letter)
    return f"{{\\{ACCENTS[bare[1]]}{bare[0]}}}" if len(bare) > 1 else letter


def as_tex(text: str) -> str:
    """`text` with accents as TeX commands."""
    return "".join(letter if letter.isascii() else tex_letter(letter) for letter in text)


def as_html(text: str) -> str:
    """`text` with accents, quotes and hyphens as HTML entities."""
    named = (
        letter
        if letter.isascii()
        else f"&{codepoint2name[ord(letter)]};"
        if ord(letter) in codepoint2name
        else f"&#{ord(letter)};"
        for letter in html.escape(text)
    )
    return "".join(named).replace("-", "&#8208;")


def restyle(text: str, style: str) -> str:
    """`text` in the manner of another source."""
    if style == "upper":
        return text.upper()
    if style == "lower":
        return text.lower()
    return as_tex(text) if style == "tex" else as_html(text)


def abbreviate(name: str) -> str:
    """`name` with its first name as an initial."""
    first_name, _, rest = name.partition(" ")
    return f"{first_name[0]}. {rest}"


def other_format(plan: Plan, index: int, original: Paper) -> tuple[Row, Row]:
    """The row of a paper as another source writes it, and what was changed."""
    row, draw = original.row, original.draw
    style = STYLES[next(draw) % len(STYLES)]
    missing = ("abstract", "first names", "abstract and first names")[next(draw) % 3]
    authors = row["authors"]
    if "first names" in missing:
        authors = [abbreviate(name) for name in authors]
    if style in ("tex", "html"):
        authors = [restyle(name, style) for name in authors]
    title = restyle(row["title"], style)
    if style == "tex":
        first, space, rest = title.partition(" ")
        title = f"{{{first}}}{space}{rest}"
    copy: Row = {"title": title}
    if "abstract" not in missing and "abstract" in row:
        copy["abstract"] = row["abstract"]
    year = row.get("year") or int(row["published_on"][:4])
    copy |= {"authors": authors, "year": year, "doi": doi(plan, index)}
    return copy, {"style": style, "without": missing}


def duplicate(plan: Plan, index: int, kind: str) -> tuple[Row, Row]:
    """The duplicate of `kind` of paper `index`, and what the truth says of it."""
    its = fate(plan, index)
    original = paper(plan, index, its)
    row = original.row
    if kind == "same_id":
        votes = row.get("votes", 0) + 1 + next(original.draw) % 40
        change = "title and votes" if has_typo(plan, index, its.copies) else "votes"
        return row | {"votes": votes}, {"change": change}
    copy_id = {"id": row_id(plan, index, 1 + its.copies.index(kind))}
    if kind == "other_format":
        copy, remark = other_format(plan, index, original)
        return copy_id | copy, remark
    # Found by its text alone: no identifier of the first row, and none of its address.
    keep = ("authors", "published_on", "year", "venue", "keywords", "language")
    same_fields = {key: row[key] for key in keep if key in row}
    # Of two duplicates neither has a DOI: two DOIs would tell of two works.
    has_doi = "doi" in row or len(its.copies) > 1
    own_doi = {} if has_doi else {"doi": f"{doi(plan, index)}.{kind[0]}"}
    if kind == "retitled" and original.about:
        title = original.about.title(named=not original.about.is_named)
        copy = {"title": title, "abstract": row["abstract"], **same_fields, **own_doi}
        return copy_id | copy, {}
    text, count = edit(row["abstract"], original.draw)
    many = len(row["abstract"].split(" "))
    copy = {"title": row["title"], "abstract": text, **same_fields, **own_doi}
    return copy_id | copy, {"words": many, "edited": count, "rate": round(count / many, 4)}


def delay(plan: Plan, index: int, its: Fate, kind: str) -> int:
    """The day on which a duplicate is delivered."""
    roll = numbers(plan.seed, kind, index)[0]
    least = 1 if kind == "same_id" else 0
    return min(its.day + least + roll % (MAX_DELAY - least + 1), plan.days - 1)


def rows_of_days(plan: Plan, truth: Truth) -> Iterator[tuple[int, Iterator[Row]]]:
    """Every day with its rows, to be read in order; `truth` fills as they are read."""
    due: dict[int, deque[tuple[int, str]]] = {day: deque() for day in range(plan.days)}
    for day in range(plan.days):
        yield day, rows_of_day(plan, day, due, truth)
        del due[day]


def rows_of_day(
    plan: Plan, day: int, due: dict[int, deque[tuple[int, str]]], truth: Truth
) -> Iterator[Row]:
    """The rows of one day: its papers, with duplicates due that day strewn among them."""
    today = due[day]
    for index in range(plan.starts[day], plan.starts[day + 1]):
        its = fate(plan, index)
        original = paper(plan, index, its)
        note(plan, index, its, original.row, truth)
        for kind in its.copies:
            due[delay(plan, index, its, kind)].append((index, kind))
        yield original.row | (
            {"title": with_typo(original.row["title"])} if has_typo(plan, index, its.copies) else {}
        )
        if today and index % 8 == 0:
            yield repeat(plan, day, *today.popleft(), truth)
    while today:
        yield repeat(plan, day, *today.popleft(), truth)


def note(plan: Plan, index: int, its: Fate, row: Row, truth: Truth) -> None:
    """Record a paper in the truth."""
    if its.topic is not None:
        truth.topics[its.topic][its.published] += 1
    if its.apart == "generic":
        truth.same_titles.setdefault(row["title"], []).append(row["id"])
    if its.second:
        ids = [row_id(plan, index - 1, 0), row["id"]]
        truth.apart.append({"kind": its.apart, "ids": ids})


def repeat(plan: Plan, day: int, index: int, kind: str, truth: Truth) -> Row:
    """The duplicate of `kind` of paper `index`, recorded in the truth."""
    row, remark = duplicate(plan, index, kind)
    first = row_id(plan, index, 0)
    days = [plan.dates[plan.day_of(index)].isoformat(), plan.dates[day].isoformat()]
    truth.duplicates[kind].append({"ids": [first, row["id"]], "days": days, **remark})
    truth.works.setdefault(index, [first]).append(row["id"])
    return row


def parameters(plan: Plan) -> Row:
    """What fixes a sample: two with equal parameters are equal, byte for byte."""
    return {
        "papers": plan.papers,
        "days": plan.days,
        "seed": plan.seed,
        "start": plan.start.isoformat(),
        "words": sample_text.words().digest,
    }


def truth_content(plan: Plan, truth: Truth) -> Row:
    """The content of `truth.json`."""
    rows = sum(truth.files.values())
    return {
        "parameters": parameters(plan),
        "counts": {
            "works": plan.papers,
            "rows": rows,
            "duplicates": rows - plan.papers,
            "without_topic": sum(len(ids) for ids in truth.same_titles.values()),
        },
        "files": truth.files,
        "coverage": {
            "from": plan.dates[min(coverage_day(plan.days), plan.days - 1)].isoformat(),
            "times": COVERAGE_TIMES / 100,
        },
        "days": [plan.dates[day].isoformat() for day in range(plan.days)],
        "topics": [topic_truth(plan, place, counts) for place, counts in enumerate(truth.topics)],
        "duplicates": truth.duplicates,
        "works": [truth.works[index] for index in sorted(truth.works)],
        "apart": truth.apart,
        "same_titles": dict(sorted(truth.same_titles.items())),
    }


def topic_truth(plan: Plan, place: int, counts: Counter[int]) -> Row:
    """One topic in the truth."""
    topic = sample_text.words().topics[place]
    its = plan.courses[place]
    first, last = plan.dates[its.first].isoformat(), plan.dates[its.last].isoformat()
    every: dict[str, Row] = {
        "steady": {},
        "born": {"born_on": first, "grown_by": last},
        "burst": {"burst_from": first, "burst_to": last, "times": BURST},
        "rising": {"rises_from": first, "rises_to": last, "times": BURST},
        "declining": {"declines_from": first, "declines_to": last},
        "died": {"declines_from": first, "died_on": last},
    }
    dates = every[its.kind]
    return {
        "name": topic.name,
        "kind": its.kind,
        "is_story": its.is_story,
        **dates,
        "terms": topic.terms,
        "categories": topic.categories,
        "expected_share": [
            round(its.rate(day) / plan.weights[day][-1], 6) for day in range(plan.days)
        ],
        "papers": [counts[day] for day in range(plan.days)],
    }


def check_target(out: Path, plan: Plan) -> None:
    """Raise ValueError unless `out` is absent, empty, or holds this very sample."""
    if not out.exists():
        return
    if not out.is_dir():
        raise ValueError(f"{out} is not a folder: name a new or empty one")
    names = sorted(path.name for path in out.iterdir())
    if not names:
        return
    try:
        same = orjson.loads((out / "truth.json").read_bytes())["parameters"] == parameters(plan)
    except (OSError, ValueError, KeyError, TypeError):
        same = False
    if not same:
        raise ValueError(
            f"{out} already holds {names[0]} and is not this sample: name a new or empty folder"
        )


def write_sample(
    out: Path, papers: int, days: int, seed: int, *, start: date = START
) -> dict[str, Any]:
    """Write a sample feed of `papers` works over `days` days to the folder `out`.

    The same arguments give the same bytes on every machine. The files appear whole: they are
    written under a temporary name and renamed at the end, `truth.json` first.

    Args:
        out: a folder that is absent, empty, or holds this very sample.
        papers: number of distinct works; rows are these and their duplicates.
        days: number of days; with few papers some have no file.
        seed: another seed gives other papers and other courses of the topics.
        start: the first day.

    Returns:
        The truth, as in `truth.json`.

    Raises:
        ValueError: an argument is out of range, or `out` holds something else.
    """
    plan = plan_sample(papers, days, seed, start)
    check_target(out, plan)
    out.mkdir(parents=True, exist_ok=True)
    partial = Path(mkdtemp(prefix=".partial-", dir=out))
    truth = Truth([Counter() for _ in plan.courses])
    try:
        for day, rows in rows_of_days(plan, truth):
            name = f"{plan.dates[day].isoformat()}.jsonl"
            count = write_rows(partial / name, rows)
            if count:
                truth.files[name] = count
        content = truth_content(plan, truth)
        (partial / "truth.json").write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))
        for name in ("truth.json", *truth.files):
            os.replace(partial / name, out / name)
    finally:
        shutil.rmtree(partial)
    return content


def write_rows(path: Path, rows: Iterator[Row]) -> int:
    """Write rows as JSON lines and return how many there were."""
    count = 0
    with path.open("wb") as file:
        for row in rows:
            file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
            count += 1
    return count
