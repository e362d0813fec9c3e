"""Keyphrases against those that indexers gave to abstracts (Hulth 2003, "Inspec").

A phrase is right when it equals one of the uncontrolled keys after Porter's stemming of its words;
of phrases with one stem the first counts. F1 of the first 5 and 10 phrases, the mean over the
papers. Beside it stand YAKE (Campos et al. 2018, as in Spark NLP) and TF-IDF over sequences of one
to three words, on the same texts.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from snowballstemmer import stemmer

from conf import Config
from jobs.session import build_session
from jobs.terms.keyphrases import keyphrases
from jobs.text.phrases import all_phrases
from jobs.text.stop_words import FUNCTION_WORDS
from pipelines.evaluate import Measure
from storage.errors import UsageError
from storage.home import home

AIMS = {5: 0.29, 10: 0.36}
_COLUMNS = "paper_id string, title string, abstract string, is_withdrawn boolean"
_LONGEST = 3  # words of a phrase of the yardsticks
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")

Phrases = Mapping[str, Sequence[str]]
"""The phrases of each paper, best first."""


class Labelled(NamedTuple):
    """One abstract with the keys that indexers gave it."""

    paper_id: str
    title: str
    abstract: str
    keys: tuple[str, ...]


def evaluate(data: Path, config: Config) -> Iterator[Measure]:
    """F1 on every split of `data`/gold/inspec, beside YAKE and TF-IDF.

    Raises:
        UsageError: there is no such folder.
    """
    splits = sorted(path for path in (data / "gold" / "inspec").glob("*") if path.is_dir())
    if not splits:
        raise UsageError(f"eval: no abstracts with keyphrases in {data / 'gold' / 'inspec'}")
    spark = build_session(config.session, home())
    for split in splits:
        papers = read_labelled(split)
        name = f"inspec/{split.name}"
        frame = spark.createDataFrame([(p[:3] + (False,)) for p in papers], _COLUMNS)
        phrase_rows = all_phrases(frame).localCheckpoint()  # read once
        by_paper = _in_order(keyphrases(phrase_rows, config.keyphrases))
        for most, aim in AIMS.items():
            yield Measure(name, f"F1@{most}", f1(papers, by_paper, most), aim)
        yield Measure(name, "keys that stand in the text", _ceiling(papers))
        yardsticks = {"YAKE": yake(spark, papers), "TF-IDF": tf_idf(papers)}
        for yardstick, phrases in yardsticks.items():
            for most in AIMS:
                yield Measure(name, f"{yardstick} F1@{most}", f1(papers, phrases, most))


def read_labelled(folder: Path) -> list[Labelled]:
    """The abstracts of a split: files `N.abstr`, title first, and their keys in `N.uncontr`."""
    return [
        Labelled(
            path.stem,
            *_title_and_abstract(path.read_text(encoding="utf-8", errors="replace")),
            tuple(
                " ".join(key.split())
                for key in path.with_suffix(".uncontr")
                .read_text(encoding="utf-8", errors="replace")
                .split(";")
                if key.strip()
            ),
        )
        for path in sorted(folder.glob("*.abstr"))
    ]


def _title_and_abstract(text: str) -> tuple[str, str]:
    """The first line and the indented ones after it, and the rest."""
    lines = text.splitlines()
    end = 1
    while end < len(lines) and lines[end].startswith("\t"):
        end += 1
    title, abstract = (" ".join(" ".join(part).split()) for part in (lines[:end], lines[end:]))
    return title, abstract


def f1(papers: Sequence[Labelled], phrases: Phrases, most: int) -> float:
    """Mean over the papers of F1 of the first `most` phrases that differ in their stems."""
    total = 0.0
    for paper in papers:
        keys = {_stem_phrase(key) for key in paper.keys}
        stems = list(dict.fromkeys(_stem_phrase(p) for p in phrases.get(paper.paper_id, ())))[:most]
        right = len(keys & set(stems))
        # The harmonic mean of right / told and right / keys.
        total += 2 * right / (len(stems) + len(keys)) if right else 0.0
    return round(total / len(papers), 4)


def _ceiling(papers: Sequence[Labelled]) -> float:
    """Share of the keys whose stems stand one after the other in title or abstract."""
    among = [
        f" {_stem_phrase(key)} "
        in f" {_stem_phrase(' '.join(_WORD.findall(p.title + ' ' + p.abstract)))} "
        for p in papers
        for key in p.keys
    ]
    return round(sum(among) / len(among), 4)


@cache
def _stem(word: str) -> str:
    return str(stemmer("porter").stemWord(word))


def _stem_phrase(phrase: str) -> str:
    return " ".join(_stem(word) for word in phrase.lower().split())


def _in_order(rows: DataFrame) -> dict[str, list[str]]:
    """The phrases of rows (paper_id, phrase, rank)."""
    ranked = F.array_sort(F.collect_list(F.struct("rank", "phrase")))["phrase"].alias("phrases")
    return {
        row["paper_id"]: row["phrases"] for row in rows.groupBy("paper_id").agg(ranked).collect()
    }


def yake(spark: SparkSession, papers: Sequence[Labelled]) -> dict[str, list[str]]:
    """The phrases of Spark NLP's YAKE, with its defaults, of up to three words."""
    from pyspark.ml import Pipeline
    from sparknlp.annotator import SentenceDetector, Tokenizer, YakeKeywordExtraction
    from sparknlp.base import DocumentAssembler

    stages = [
        DocumentAssembler().setInputCol("text").setOutputCol("document"),
        SentenceDetector().setInputCols(["document"]).setOutputCol("sentence"),
        Tokenizer().setInputCols(["sentence"]).setOutputCol("token"),
        YakeKeywordExtraction()
        .setInputCols(["token"])
        .setOutputCol("keywords")
        .setMinNGrams(1)
        .setMaxNGrams(_LONGEST)
        .setNKeywords(3 * max(AIMS)),  # some of them have one stem
    ]
    texts = [(p.paper_id, f"{p.title}. {p.abstract}") for p in papers]
    frame = spark.createDataFrame(texts, "paper_id string, text string")
    output = Pipeline(stages=stages).fit(frame).transform(frame)
    score = F.col("keyword.metadata")["score"].cast("double")
    best = F.array_sort(F.collect_list(F.struct(score.alias("score"), "keyword.result")))
    rows = (
        output.select("paper_id", F.explode("keywords").alias("keyword"))
        .groupBy("paper_id")
        .agg(best["result"].alias("phrases"))
        .collect()
    )
    return {row["paper_id"]: row["phrases"] for row in rows}


def tf_idf(papers: Sequence[Labelled]) -> dict[str, list[str]]:
    """Sequences of one to three words without function words at the edges, by TF-IDF."""
    counts = {p.paper_id: Counter(_sequences(f"{p.title}. {p.abstract}")) for p in papers}
    having = Counter(term for count in counts.values() for term in count)
    weight = {term: math.log(len(papers) / number) for term, number in having.items()}
    return {
        paper_id: sorted(count, key=lambda term: (-count[term] * weight[term], term))
        for paper_id, count in counts.items()
    }


def _sequences(text: str) -> Iterator[str]:
    for clause in re.split(r"[^\w\s-]", text.lower()):
        words = _WORD.findall(clause)
        for begin in range(len(words)):
            for end in range(begin + 1, min(begin + _LONGEST, len(words)) + 1):
                if not FUNCTION_WORDS & {words[begin], words[end - 1]}:
                    yield " ".join(words[begin:end])
