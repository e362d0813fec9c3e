"""Phrases: what the text of each paper names, its noun phrases and its terms, read once a text."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, chain
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from jobs.entities.names import names_of_paper
from jobs.source import module_digest
from jobs.terms.synonyms import key_of
from jobs.terms.terms import is_term, singular, terms_in
from jobs.text.languages import ENGLISH, is_read, phrases_between
from jobs.text.noun_phrases import Phrase, noun_phrases

_DIGITS = 6
_PARTITIONS_A_CORE = 4
_LOOK_RARELY = (100_000, 50, 1_000)  # for the garbage collector, in the workers
_COUNTED = (("occurrences", pa.int32()), ("position", pa.float64()))
_TERM = pa.struct(
    [("term", pa.string()), *_COUNTED, ("is_whole", pa.bool_()), ("name", pa.string())]
)
_PHRASE = pa.struct(
    [
        ("phrase", pa.string()),
        ("words", pa.list_(pa.string())),
        ("is_new", pa.list_(pa.bool_())),
        *_COUNTED,
    ]
)
_NAME = pa.struct(
    [
        ("key", pa.string()),
        ("name", pa.string()),
        ("is_marked", pa.bool_()),
        ("is_common", pa.bool_()),
        ("role", pa.string()),
        ("kind", pa.string()),
        ("in_title", pa.bool_()),
        ("occurrences", pa.int32()),
        ("plurals", pa.int32()),
        ("spelled", pa.string()),
        ("evidence", pa.string()),
    ]
)
_READ = pa.schema(
    [
        ("paper_id", pa.string()),
        ("text_digest", pa.string()),
        ("read_as", pa.string()),
        ("phrases", pa.list_(_PHRASE)),
        ("terms", pa.list_(_TERM)),
        ("names", pa.list_(_NAME)),
    ]
)

Text = tuple[str, bool, list[Phrase]]
"""A title (true) or abstract (false) and its noun phrases."""


def phrases(papers: DataFrame, known: DataFrame) -> DataFrame:
    """The noun phrases and terms of the papers whose text was not read before by this code.

    Args:
        papers: silver.papers. Withdrawn ones are left out. known: silver.phrases.

    Returns:
        Rows of silver.phrases, new or changed ones only. `occurrences` are those in title and
        abstract; `position` is that of the first, 0 in the title, else the share of the abstract
        before it, to 1.
    """
    keys = ["paper_id", "text_digest"]
    return _read_terms(_texts(papers).join(known.select(*keys), on=keys, how="left_anti"))


def all_phrases(papers: DataFrame) -> DataFrame:
    """The same of all papers."""
    return _read_terms(_texts(papers))


def _texts(papers: DataFrame) -> DataFrame:
    """Rows paper_id, text_digest, language, title, abstract of papers that are not withdrawn."""
    # Other code may read otherwise, so that what was read before by it is no longer known.
    language = F.col("language") if "language" in papers.columns else F.lit(None).cast("string")
    text = F.concat_ws("\n", F.lit(module_digest(__name__)), language, "title", "abstract")
    live = papers.where("not is_withdrawn")
    return live.select(
        "paper_id", F.sha2(text, 256).alias("text_digest"), language.alias("language"),
        "title", "abstract",
    )  # fmt: skip


def _read_terms(texts: DataFrame) -> DataFrame:
    # Reading is the cost, which Spark does not see in the few bytes of a partition.
    cores = texts.sparkSession.sparkContext.defaultParallelism
    spread = texts.repartition(_PARTITIONS_A_CORE * cores, "paper_id")
    rows = spread.mapInArrow(_batches, from_arrow_schema(_READ))
    keyed = F.transform("terms", lambda one: one.withField("key", key_of(one["term"])))
    return rows.withColumn("terms", keyed)


def names_of(rows: DataFrame) -> DataFrame:
    """Rows of silver.phrases as a row a paper and name: paper_id and the fields of `names`."""
    return _each(rows, "names")


def terms_of(rows: DataFrame) -> DataFrame:
    """Rows of silver.phrases as a row a paper and term: paper_id and the fields of `terms`."""
    return _each(rows, "terms")


def phrases_of(rows: DataFrame) -> DataFrame:
    """Rows of silver.phrases as a row a paper and phrase: paper_id and the fields of `phrases`."""
    return _each(rows, "phrases")


def _each(rows: DataFrame, lists: str) -> DataFrame:
    return rows.select("paper_id", F.explode(lists).alias("one")).select("paper_id", "one.*")


def _batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    # A batch's phrases are a million objects in no cycle: looking for cycles took half the time.
    gc.set_threshold(*_LOOK_RARELY)
    for batch in batches:
        texts = [
            [(text, is_title, _phrases_in(text, language)) for text, is_title in
             ((title or "", True), (abstract or "", False))]
            for title, abstract, language in zip(
                batch["title"].to_pylist(), batch["abstract"].to_pylist(),
                batch["language"].to_pylist(), strict=True,
            )
        ]  # fmt: skip
        read_as = [
            (language or ENGLISH) if is_read(language) else None
            for language in batch["language"].to_pylist()
        ]
        columns = [
            batch["paper_id"],
            batch["text_digest"],
            pa.array(read_as, pa.string()),
            _lists(texts, _phrases_of_paper, _PHRASE),
            _lists(texts, _terms_of_paper, _TERM),
            _lists(texts, _names_of_paper, _NAME),
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=_READ)


def _phrases_in(text: str, language: str | None) -> list[Phrase]:
    """The phrases of a text by the rules of its language; none where there are no rules."""
    if language is None or language == ENGLISH:
        return list(noun_phrases(text))
    return list(phrases_between(text, language)) if is_read(language) else []


def _lists(
    papers: Sequence[Sequence[Text]],
    of_paper: Callable[[Sequence[Text]], Iterator[tuple[Any, ...]]],
    form: pa.StructType,
) -> pa.ListArray:
    """What `of_paper` gives for each paper, as a list of structs."""
    rows = [list(of_paper(paper)) for paper in papers]
    flat = list(chain.from_iterable(rows))
    fields = [form.field(place) for place in range(form.num_fields)]
    columns = zip(*flat, strict=True) if flat else [()] * len(fields)
    values = [_column(column, field.type) for column, field in zip(columns, fields, strict=True)]
    return _list_array(rows, pa.StructArray.from_arrays(values, fields=fields))


def _column(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """A column of values or of lists; flat values are converted in half the time of nested ones."""
    if not pa.types.is_list(kind):
        return pa.array(values, kind)
    return _list_array(values, pa.array(list(chain.from_iterable(values)), kind.value_type))


def _list_array(rows: Sequence[Sequence[Any]], values: pa.Array) -> pa.ListArray:
    """The `values` of all rows as a list a row."""
    return pa.ListArray.from_arrays(pa.array([0, *accumulate(map(len, rows))], pa.int32()), values)


def _terms_of_paper(texts: Sequence[Text]) -> Iterator[tuple[Any, ...]]:
    """The terms of a paper by the alphabet, each once: rows by _TERM.

    `is_whole`: anywhere in the paper it is a noun phrase by itself. `name`: as the first of them
    writes it that writes it like a name.
    """
    terms: dict[str, tuple[int, float, bool, str | None]] = {}
    for text, is_title, text_phrases in texts:
        for term, place, is_whole, name in terms_in(text, text_phrases, is_title):
            if term in terms:
                times, position, was_whole, known_name = terms[term]
                terms[term] = times + 1, position, was_whole or is_whole, known_name or name
            else:
                terms[term] = 1, _position(place, is_title, text), is_whole, name
    for term in sorted(terms):
        yield term, *terms[term]


def _phrases_of_paper(texts: Sequence[Text]) -> Iterator[tuple[Any, ...]]:
    """The noun phrases of a paper that are terms, each once: rows by _PHRASE.

    Singular and plural are one phrase, in the form that comes first; `words` are in the singular.
    `is_new` says of each word whether no row of the paper before has it, so that papers can be
    counted by word.
    """
    by_words: dict[tuple[str, ...], tuple[str, int, float]] = {}
    for text, is_title, text_phrases in texts:
        for phrase in filter(is_term, text_phrases):
            words = tuple(map(singular, phrase.words))
            if words in by_words:
                name, times, position = by_words[words]
                by_words[words] = name, times + 1, position
            else:
                position = _position(phrase.places[0], is_title, text)
                by_words[words] = " ".join(phrase.words), 1, position
    known_words: set[str] = set()
    for words in sorted(by_words):
        name, times, position = by_words[words]
        # A word twice in one phrase is new at its first place alone.
        is_new = [
            word not in known_words and word not in words[:at] for at, word in enumerate(words)
        ]
        known_words.update(words)
        yield name, words, is_new, times, position


def _names_of_paper(texts: Sequence[Text]) -> Iterator[tuple[Any, ...]]:
    """The names of a paper, each once: rows by _NAME."""
    (title, _, _), (abstract, _, _) = texts
    return iter(names_of_paper(title, abstract))


def _position(place: int, is_title: bool, text: str) -> float:
    return 0.0 if is_title else round((place + 1) / (len(text) + 1), _DIGITS)
