"""Titles, abstracts and names for the sample feed, made from `sample_words.yaml`.

A sentence of the words file, such as `We [introduce|present] {name} for {task}.`, is expanded once
into all its forms; a paper's text is a walk through such sentences with a stream of numbers.
The same numbers give the same text on every machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256, shake_128
from itertools import permutations, product
from pathlib import Path
from struct import unpack
from typing import Any

import yaml

WORDS_FILE = Path(__file__).with_name("sample_words.yaml")
MIN_WORDS, MAX_WORDS = 90, 220  # of an abstract: the range in which most published ones lie
NAMED = 45  # percent of titles that carry a coined name, about as in machine learning today
SENTENCE_CASE = 25  # percent of titles in sentence case; the others are headlines
ROLES = {
    "C": "context",
    "G": "gap",
    "M": "claim",
    "H": "how",
    "D": "detail",
    "T": "test",
    "R": "result",
    "I": "insight",
    "X": "cost",
    "Z": "close",
}
SPARE = "IZDX"  # roles that lengthen an abstract that would be too short
FIGURES = 4_096  # sets of reported numbers
STRIDE = 2_654_435_761  # a prime that divides no pool size: index -> stride * index is one to one
COUNTS = ("two", "three", "four", "five")
MORE_COUNTS = ("six", "seven", "eight", "nine")
SMALL = frozenset(
    ("a", "an", "and", "as", "at", "by", "for", "from", "in", "into", "of", "on", "or", "the", "to")
    + ("with", "without")
)

Draw = Iterator[int]
Slots = dict[str, str]
Forms = tuple[str, ...]  # of one sentence or title: %-formats over slots


@dataclass(frozen=True)
class Topic:
    """One topic, compiled: its terms, and for each kind of slot every way to fill it."""

    name: str
    style: str
    categories: tuple[str, ...]
    techniques: tuple[str, ...]
    tasks: tuple[str, ...]
    techniques_ways: tuple[tuple[Slots, ...], ...]
    tasks_ways: tuple[tuple[Slots, ...], ...]
    settings: tuple[str, ...]
    ways: tuple[tuple[Slots, ...], ...]
    roles: Mapping[str, tuple[Forms, ...]]
    ours: tuple[str, ...]

    @property
    def terms(self) -> tuple[str, ...]:
        """The phrases planted in this topic's papers and in no other's."""
        return (self.name, *self.techniques, *self.tasks)


@dataclass(frozen=True)
class Words:
    """The compiled words file."""

    digest: str
    topics: tuple[Topic, ...]
    modifiers: tuple[Slots, ...]
    titles: Mapping[str, tuple[str, ...]]
    plans: tuple[tuple[str, int], ...]  # roles, spare ones at the end, and how many are not spare
    generic: tuple[str, ...]
    venues: Mapping[str, tuple[str, ...]]
    synonyms: Mapping[str, str]
    given: tuple[str, ...]
    family: tuple[str, ...]
    name_parts: tuple[tuple[str, ...], ...]
    tails: tuple[str, ...]

    @property
    def base_names(self) -> int:
        """How many coined names there are without a tail."""
        start, middle, end = self.name_parts
        return len(start) * len(middle) * len(end)

    @property
    def capacity(self) -> int:
        """How many papers can have titles that are unique by construction."""
        topics = (len(t.techniques) * len(t.tasks) * len(t.settings) for t in self.topics)
        plain = min(topics) * len(self.modifiers) * len(self.titles["plain"])
        return min(plain, self.base_names * len(self.tails))


@dataclass(frozen=True)
class Core:
    """What title and abstract share: the words that make a paper's titles its own.

    `forms` are those of its two titles, the one with the coined name first.
    """

    slots: Slots
    forms: tuple[str, str]
    is_named: bool
    is_headline: bool

    def title(self, *, named: bool) -> str:
        """The title with or without the coined name; unique among all papers of a seed."""
        text = self.forms[0 if named else 1] % self.slots
        return headline(text) if self.is_headline else capital(text)


def split_items(text: str) -> tuple[str, ...]:
    """The items of a semicolon-separated list."""
    return tuple(" ".join(item.split()) for item in text.split(";"))


def capital(phrase: str) -> str:
    """`phrase` with a capital first letter."""
    return phrase[:1].upper() + phrase[1:]


def with_article(word: str) -> str:
    """`word` after its indefinite article."""
    vowel = word[0] in "aeio" or (word[0] == "u" and not word.startswith("uni"))
    return f"{'an' if vowel else 'a'} {word}"


def expand(block: str) -> tuple[tuple[str, ...], ...]:
    """For each line of a block every form that its choices allow, with `{slot}` as `%(slot)s`."""
    lines = []
    for line in block.splitlines():
        text = re.sub(r"\{(\w+)\}", r"%(\1)s", line.strip().replace("%", "%%"))
        pieces = re.split(r"\[([^]]*)\]", text)
        choices = [piece.split("|") if at % 2 else [piece] for at, piece in enumerate(pieces)]
        lines.append(tuple("".join(form) for form in product(*choices)))
    return tuple(lines)


def ways(slot: str, phrases: Sequence[str], many: int) -> tuple[Slots, ...]:
    """Every way to fill slot, slot2, … with `many` different phrases."""
    keys = [slot, *(f"{slot}{place}" for place in range(2, many + 1))]
    return tuple(dict(zip(keys, chosen, strict=True)) for chosen in permutations(phrases, many))


def topic(
    raw: Mapping[str, Any],
    words: Mapping[str, Any],
    roles: Mapping[str, Mapping[str, tuple[Forms, ...]]],
) -> Topic:
    """One topic of the words file, compiled."""
    style = raw["style"]
    lists = {key: split_items(value) for key, value in raw.items() if key not in ("field", "style")}

    def leading(slot: str, phrases: tuple[str, ...]) -> tuple[tuple[Slots, ...], ...]:
        every = ways(slot, phrases, 2)
        return tuple(tuple(way for way in every if way[slot] == first) for first in phrases)

    return Topic(
        name=raw["field"],
        style=style,
        categories=lists["categories"],
        techniques=lists["techniques"],
        tasks=lists["tasks"],
        techniques_ways=leading("technique", lists["techniques"]),
        tasks_ways=leading("task", lists["tasks"]),
        settings=split_items(words["settings"][style]),
        ways=(
            ways("data", lists["data"], 2),
            ways("trouble", lists["troubles"], 2),
            ways("gain", lists["gains"], 1),
            ways("parts", lists["parts"], 2),
            ways("set", lists["sets"], 3),
            ways("fact", lists["facts"], 5),
        ),
        roles=roles[style],
        ours=split_items(words["ours"][style]),
    )


@cache
def words() -> Words:
    """The words file, read and compiled once."""
    text = WORDS_FILE.read_text(encoding="utf-8")
    raw = yaml.safe_load(text)
    titles = {kind: expand(block) for kind, block in raw["titles"].items() if kind != "generic"}
    roles = {
        style: {
            role: expand(styles.get("all", "") + styles.get(style, ""))
            for role, styles in raw["sentences"].items()
        }
        for style in raw["settings"]
    }
    return Words(
        digest=sha256(text.encode()).hexdigest()[:16],
        topics=tuple(topic(each, raw, roles) for each in raw["topics"]),
        modifiers=tuple(
            {"mod": word, "a_mod": with_article(word)} for word in split_items(raw["modifiers"])
        ),
        titles={
            kind: tuple(form for line in lines for form in line) for kind, lines in titles.items()
        },
        plans=tuple(
            (plan + "".join(role for role in SPARE if role not in plan), len(plan))
            for plan in split_items(raw["plans"])
        ),
        generic=split_items(raw["titles"]["generic"]),
        venues={kind: split_items(venues) for kind, venues in raw["venues"].items()},
        synonyms=dict(pair.split("/") for pair in split_items(raw["synonyms"])),
        given=split_items(raw["given"]),
        family=split_items(raw["family"]),
        name_parts=tuple(split_items(raw[f"name_{part}"]) for part in ("start", "middle", "end")),
        tails=("", *split_items(raw["name_tail"])),
    )


def coined_name(index: int, offset: int) -> str:
    """The coined name of a paper: one to one from `index` below the capacity."""
    known = words()
    block, place = divmod(index, known.base_names)
    left = (STRIDE * place + offset) % known.base_names
    name = ""
    for part in known.name_parts:
        left, here = divmod(left, len(part))
        name += part[here]
    return name + known.tails[block]


@lru_cache(maxsize=8192)
def headline_word(word: str) -> str:
    """A word as it stands in a headline."""
    return "-".join(part if part in SMALL else capital(part) for part in word.split("-"))


def headline(title: str) -> str:
    """`title` with capitals as in a headline."""
    lead, colon, rest = title.partition(": ")
    parts = (capital(" ".join(map(headline_word, part.split(" ")))) for part in (lead, rest))
    return colon.join(parts)


def core(of: Topic, index: int, offset: int, draw: Draw) -> Core:
    """The words of paper `index` that its titles are made of.

    The plain title spells out the digits of `stride * index + offset` in the mixed radix of title
    form, modifier, technique, task and setting, and the named title holds the coined name; so no
    two papers of one topic share a title, and topics share no technique.
    """
    known = words()
    forms = known.titles["plain"]
    rest, form = divmod(STRIDE * index + offset, len(forms))
    rest, mod = divmod(rest, len(known.modifiers))
    rest, technique = divmod(rest, len(of.techniques))
    rest, task = divmod(rest, len(of.tasks))
    techniques, tasks = of.techniques_ways[technique], of.tasks_ways[task]
    slots = {
        **known.modifiers[mod],
        **techniques[next(draw) % len(techniques)],
        **tasks[next(draw) % len(tasks)],
        "setting": of.settings[rest % len(of.settings)],
        "trouble": of.ways[1][next(draw) % len(of.ways[1])]["trouble"],
        "name": coined_name(index, offset),
    }
    named = known.titles["named"]
    return Core(
        slots,
        forms=(named[next(draw) % len(named)], forms[form]),
        is_named=next(draw) % 100 < NAMED,
        is_headline=next(draw) % 100 >= SENTENCE_CASE,
    )


@cache
def figures() -> tuple[Slots, ...]:
    """Sets of numbers for a paper to report, in words or digits."""
    sets = []
    for place in range(FIGURES):
        draw = iter(unpack("<16I", shake_128(f"figures/{place}".encode()).digest(64)))
        level = 71 + next(draw) % 24
        sets.append(
            {
                "n": COUNTS[next(draw) % 4],
                "n2": MORE_COUNTS[next(draw) % 4],
                "n3": ("ten", "eleven", "twelve")[next(draw) % 3],
                "pts": f"{0.6 + next(draw) % 44 / 10:.1f}",
                "pts2": f"{5 + next(draw) % 80 / 10:.1f}",
                "times": f"{1.3 + next(draw) % 60 / 10:.1f}",
                "pct": str(12 + next(draw) % 47),
                "pct2": str(72 + next(draw) % 25),
                "small": str(2 + next(draw) % 8),
                "level": str(level),
                "lower": str(level - 2 - next(draw) % 14),
                "size": f"{2_000 + next(draw) % 960 * 100:,}",
                "people": str(12 + next(draw) % 85),
            }
        )
    return tuple(sets)


def abstract(of: Topic, about: Core, draw: Draw) -> str:
    """An abstract of `MIN_WORDS` to `MAX_WORDS` words about `about`."""
    slots = figures()[next(draw) % FIGURES] | {"field": of.name}
    for way in of.ways:
        slots |= way[next(draw) % len(way)]
    if slots["trouble2"] == about.slots["trouble"]:
        slots["trouble2"] = slots["trouble"]
    slots |= about.slots
    if not about.is_named:
        slots["name"] = of.ours[next(draw) % len(of.ours)]
    plans = words().plans
    plan, least = plans[next(draw) % len(plans)]
    sentences: list[str] = []
    long = 0
    for letter in plan:
        if len(sentences) >= least and long >= MIN_WORDS:
            break
        role = ROLES[letter]
        if role == "claim":
            role = "named claim" if about.is_named else "plain claim"
        choices = of.roles[role]
        form, sentence = divmod(next(draw), len(choices))
        text = choices[sentence][form % len(choices[sentence])] % slots
        more = text.count(" ") + 1
        if long + more > MAX_WORDS:
            break
        sentences.append(capital(text))
        long += more
    return " ".join(sentences)


def authors(index: int, offset: int, many: int, draw: Draw) -> list[str]:
    """`many` authors; the first differs between any two papers of neighboring index."""
    known = words()
    people = len(known.given) * len(known.family)
    persons = [(STRIDE * index + offset) % people]
    for _ in range(many - 1):
        person = next(draw) % people
        if person not in persons:
            persons.append(person)
    names = []
    for person in persons:
        family, first_name = divmod(person, len(known.given))
        initial = next(draw) % 104
        middle = f" {chr(65 + initial)}." if initial < 26 else ""
        names.append(f"{known.given[first_name]}{middle} {known.family[family]}")
    return names
