"""Names of topics: the terms that tell a topic from the others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.params import TopicsSettings
from jobs.terms.terms import singular, singular_column
from jobs.text.stop_words import EMPTY_NOUNS, VAGUE_MODIFIERS
from jobs.text.stop_words import words as words_of

WORDS_PER_TOPIC = 10  # single words by which coherence and diversity are measured
_CANDIDATES = 4  # terms weighed against each other for every term that is kept
_NEARLY = 0.75
"""A term within a longer one goes when the longer one has so much of its papers: "large language"
beside "large language models"."""
_DIGITS = 6
_TWO = 2
_LONGEST = 4  # words of a phrase
_WORDS = 4  # of two phrases: with "and" five, a name that is said in a breath
_AND = " and "
_METRICS = words_of(
    "accuracy decrease error f1 gain improvement increase length performance precision quality "
    "rate recall score"
)  # what is measured everywhere, and how it moved, leads no name
_OPENINGS = words_of(
    "advancing boosting enhancing exploring improving leveraging rethinking revisiting towards "
    "unleashing unlocking"
)  # of titles: what comes behind is the name
_EXTENTS = words_of("in-the-wild long longer normal short shorter")
"""Beside one noun they say how much or where of it, which names nothing ("long contexts")."""
_OPEN = words_of(
    "application benchmark case condition content context data dataset environment feature input "
    "method model output problem scenario setting size task"
)
"""Nouns at the end of a phrase that leave open what it is about ("scientific data")."""
_SECOND = 0.5  # of the papers that the first phrase covers, which a second one has to reach
_COVERS = 0.25  # share of the papers that a phrase covers which names them alone
_WHOLE = 0.15  # of the papers with a phrase; below it is a part of longer ones
_SMALL = words_of("of and in on to for the a by with from al de et ex la vs")


class Term(NamedTuple):
    """A term of a topic and its score there."""

    term: str
    score: float


class Telling(NamedTuple):
    """A candidate for a topic's terms: its words, the topic's papers that have it, its score.

    `whole` is the share of all papers with it in which it is a noun phrase by itself.
    """

    term: str
    words: int
    papers: int
    score: float
    whole: float = 1.0

    def names(self) -> bool:
        """Whether it can name a topic: a phrase that stands by itself and is no praise."""
        words = self.term.split(" ")
        is_two = self.words == _TWO
        is_style = words[0] in VAGUE_MODIFIERS and (is_two or words[-1] in EMPTY_NOUNS)
        is_extent = words[0] in _EXTENTS and is_two
        is_opening = words[0] in _OPENINGS
        is_metric = singular(words[-1]) in _METRICS or singular(words[0]) in _METRICS
        is_name = self.whole >= _WHOLE and not (is_style or is_extent or is_opening or is_metric)
        return _TWO <= self.words <= _LONGEST and is_name

    def adds(self) -> bool:
        """Whether it can stand behind another name: it says by itself what it is about."""
        return self.names() and singular(self.term.split(" ")[-1]) not in _OPEN


def telling_terms(
    members: DataFrame, document_terms: DataFrame, settings: TopicsSettings
) -> DataFrame:
    """The most telling terms of each topic, and its most telling words: topic_id and Telling.

    Class-based TF-IDF (Grootendorst 2022, "BERTopic") over papers instead of occurrences, so that
    one paper's favourite word counts once: tf * log(1 + A / f), where tf is the share of the
    topic's papers that have the term, f the number of papers that have it in all topics, and A the
    mean number of papers a topic. Times log2(1 + words), for of a phrase and a word of it, as
    frequent, the phrase says more (after the C-value: Frantzi, Ananiadou & Mima 2000). Singular and
    plural are one term, in the form that most of the topic's papers have. Terms of more than
    `settings.max_term_share` of all papers, or of one paper of the topic, are left out.

    Args:
        members: paper_id, topic_id of the papers that fit a topic.
        document_terms: paper_id, term, words, is_whole; each paper and term once.
        settings: how many terms, and how common they may be.
    """
    sizes = members.groupBy("topic_id").agg(F.count("*").alias("topic_papers"))
    total = sizes.agg(F.sum("topic_papers").alias("all_papers"), F.count("*").alias("topics"))
    by_topic = (
        members.join(document_terms, on="paper_id", how="inner")
        .groupBy("paper_id", "topic_id", "words", singular_column("term").alias("key"))
        .agg(F.max("term").alias("term"), F.max(F.col("is_whole").cast("int")).alias("is_whole"))
        .groupBy("topic_id", "words", "key", "term")
        .agg(F.count("*").alias("papers"), F.sum("is_whole").alias("own"))
        .groupBy("topic_id", "words", "key")
        .agg(
            F.max(F.struct("papers", "term"))["term"].alias("term"),
            F.sum("papers").alias("papers"),
            F.sum("own").alias("own"),
        )
        .withColumn("f", F.sum("papers").over(Window.partitionBy("key")))
        .withColumn("whole", F.sum("own").over(Window.partitionBy("key")) / F.col("f"))
    )
    tf = F.col("papers") / F.col("topic_papers")
    idf = F.log1p(F.col("all_papers") / F.col("topics") / F.col("f"))
    best_first = [F.desc("score"), F.asc("term")]
    place = F.row_number().over(Window.partitionBy("topic_id").orderBy(*best_first))
    among_words = Window.partitionBy("topic_id", F.col("words") == 1).orderBy(*best_first)
    is_word = (F.col("words") == 1) & (F.row_number().over(among_words) <= WORDS_PER_TOPIC)
    return (
        by_topic.join(F.broadcast(sizes), on="topic_id", how="inner")
        .crossJoin(F.broadcast(total))
        .where(
            (F.col("papers") > 1) & (F.col("f") <= F.col("all_papers") * settings.max_term_share)
        )
        .withColumn("score", F.round(tf * idf * F.log2(1 + F.col("words")), _DIGITS))
        .withColumn("is_kept", (place <= _CANDIDATES * settings.terms_per_topic) | is_word)
        .where("is_kept")
        .select("topic_id", "term", "words", "papers", "score", "whole")
    )


def topic_terms(telling: Sequence[Telling], settings: TopicsSettings) -> list[Term]:
    """The terms of one topic, best first, without those that a longer one says nearly as often."""
    terms = [
        Term(one.term, one.score)
        for one in sorted(telling, key=lambda each: (-each.score, each.term))
        if not any(
            one.term != longer.term
            and f" {one.term} " in f" {longer.term} "
            and longer.papers >= _NEARLY * one.papers
            for longer in telling
        )
    ]
    return terms[: settings.terms_per_topic]


def labels(
    by_level: Sequence[Sequence[str]],
    telling: Mapping[str, Sequence[Telling]],
    sizes: Mapping[str, int],
    spellings: Mapping[str, str],
    used_labels: Collection[str],
    settings: TopicsSettings,
) -> dict[str, str]:
    """A name for each topic, field and area, of phrases of its papers, in title case.

    The best phrase of two words or more names it, with a second one that shares no word where the
    first covers less than `_COVERS` of its papers and both have four words at most. A phrase names
    one topic of all levels: the one where it scores best, areas first, so that what is told apart
    from its siblings is told apart from what it is part of as well. An abbreviation goes with the
    phrase whose first letters it is. No two are equal, and none is used; where nothing is left
    the terms that there are name it, and last its id.

    Args:
        by_level: ids, areas first. telling: the candidates of each. sizes: its papers.
        spellings: how words are written that are names.
    """
    by_topic: dict[str, str] = {}
    keys = _keys(telling, spellings)
    used = {_key(part, {}) for label in used_labels for part in label.lower().split(_AND)}
    names = set(used_labels)
    for ids in by_level:
        firsts = _firsts(ids, telling, keys, used)
        for topic_id in sorted(ids):
            parts = [firsts[topic_id].term] if topic_id in firsts else []
            if parts:
                second = _second(firsts[topic_id], telling[topic_id], sizes[topic_id], keys, used)
                parts += second[: settings.label_phrases - 1]
            name = _AND.join(title_case(part, spellings) for part in parts)
            if not name or name in names:
                name = _fallback_name(topic_id, telling.get(topic_id, ()), name, names, spellings)
            by_topic[topic_id] = name
            names.add(name)
            used |= {keys[part] for part in parts}
    return by_topic


def _firsts(
    ids: Sequence[str],
    telling: Mapping[str, Sequence[Telling]],
    keys: Mapping[str, str],
    used: Collection[str],
) -> dict[str, Telling]:
    """The phrase that leads each name, each given once, the best score first."""
    pairs = sorted(
        (
            (candidate, topic_id)
            for topic_id in ids
            for candidate in telling.get(topic_id, ())
            if candidate.names()
        ),
        key=lambda pair: (-pair[0].score, pair[0].term, pair[1]),
    )
    firsts: dict[str, Telling] = {}
    used_keys = set(used)
    for candidate, topic_id in pairs:
        if topic_id not in firsts and keys[candidate.term] not in used_keys:
            firsts[topic_id] = candidate
            used_keys.add(keys[candidate.term])
    return firsts


def _second(
    first: Telling,
    telling: Sequence[Telling],
    papers: int,
    keys: Mapping[str, str],
    used: Collection[str],
) -> list[str]:
    """A further phrase, where the first says too little of a topic."""
    if first.papers >= _COVERS * papers:
        return []
    words = set(keys[first.term].split())
    for candidate in sorted(telling, key=lambda one: (-one.score, one.term)):
        own = set(keys[candidate.term].split())
        is_short = first.words + candidate.words <= _WORDS
        is_said = candidate.papers >= _SECOND * first.papers
        if (
            candidate.adds()
            and is_said
            and is_short
            and not own & words
            and keys[candidate.term] not in used
        ):
            return [candidate.term]
    return []


def _fallback_name(
    topic_id: str,
    telling: Sequence[Telling],
    name: str,
    names: Collection[str],
    spellings: Mapping[str, str],
) -> str:
    """A name where no phrase is left for one: with single words, and last with the id."""
    for candidate in sorted(telling, key=lambda one: (-one.score, one.term)):
        more = title_case(candidate.term, spellings)
        longer = _AND.join(filter(None, (name, more)))
        if longer not in names and more != name:
            return longer
    return f"{name} ({topic_id})".strip()


def _keys(telling: Mapping[str, Sequence[Telling]], spellings: Mapping[str, str]) -> dict[str, str]:
    """What the forms of each candidate share: the singular, and the long form of abbreviations.

    A word is an abbreviation of the commonest phrase whose first letters it is, where it is written
    in capitals.
    """
    candidates = [one for of_topic in telling.values() for one in of_topic]
    longs: dict[str, str] = {}
    for one in sorted(candidates, key=lambda one: (-one.papers, one.term)):
        if one.words > 1 or "-" in one.term:
            longs.setdefault(initials(one.term), _key(one.term, {}))
    short = {
        singular(word): longs[singular(word)]
        for word, name in spellings.items()
        if name.removesuffix("s").isupper() and singular(word) in longs
    }
    return {one.term: _key(one.term, short) for one in candidates}


def _key(term: str, longs: Mapping[str, str]) -> str:
    words = (singular(word) for word in term.replace("-", " ").split())
    return " ".join(longs.get(word, word) for word in words)


def title_case(term: str, spellings: Mapping[str, str]) -> str:
    """A term as a title: names as they are written, else a capital but for small words."""

    def of_word(word: str) -> str:
        if word in spellings:
            return spellings[word]
        if len(word) == _TWO and word not in _SMALL:
            return word.upper()  # no term by itself, and an abbreviation: "kv cache", "ai safety"
        return "-".join(map(of_part, word.split("-")))

    def of_part(part: str) -> str:
        return spellings.get(part) or (part if part in _SMALL else part[:1].upper() + part[1:])

    first, *others = term.split(" ")
    head = spellings.get(first) or of_word(first)[:1].upper() + of_word(first)[1:]
    return " ".join([head, *map(of_word, others)])


def initials(term: str) -> str:
    """The first letters of the words of a term."""
    return "".join(word[0] for word in term.replace("-", " ").split())


def word_spellings(
    term_rows: DataFrame, telling: Mapping[str, Sequence[Telling]], settings: TopicsSettings
) -> dict[str, str]:
    """How the words of the candidates are written that most papers write like names.

    Args:
        term_rows: rows of terms with name and words.
    """
    whole = {word for of_topic in telling.values() for candidate in of_topic
             for word in candidate.term.split(" ")}  # fmt: skip
    words = sorted(whole.union(*(word.split("-") for word in whole)))
    word_rows = term_rows.sparkSession.createDataFrame([(word,) for word in words], "term string")
    by_name = (
        term_rows.where("words = 1")
        .join(F.broadcast(word_rows), on="term", how="inner")
        .groupBy("term", "name")
        .agg(F.count("*").alias("papers"))
        .groupBy("term")
        .agg(
            F.max(F.when(F.col("name").isNotNull(), F.struct("papers", "name"))).alias("best"),
            F.sum(F.when(F.col("name").isNotNull(), F.col("papers"))).alias("named"),
            F.sum("papers").alias("all"),
        )
        .where(F.col("named") >= settings.written_so * F.col("all"))
        .select("term", "best.name")
    )
    return {row["term"]: row["name"] for row in by_name.collect()}
