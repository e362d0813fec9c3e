"""Erasing: the rows of all tables that tell of erased people, each without them.

the file → their authorships (silver.authorships, silver.author_links) → marks (silver.erasures)
  → silver.records, bronze.records, silver.quarantine, and what identity noted of their surnames

What is made of these tables (silver.papers, silver.authors, …) follows by its own stages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StringType, StructField, StructType

from jobs.identity.features import BAND, CONTENT, PLACE, SURNAME
from jobs.ingest.payloads import ERASED_FORMAT, payload_left, payload_of_record
from jobs.people.erased import (
    ERASED,
    WORK_IDS,
    Erased,
    erased_in,
    marks_of,
    place_marks,
    without_people,
    works_of,
)
from jobs.tables.bronze import RAW_RECORDS
from jobs.tables.core import Table
from jobs.tables.silver import (
    AUTHOR_LINKS,
    AUTHORS,
    AUTHORSHIPS,
    ERASURES,
    IDENTITY,
    IDENTITY_EDGES,
    QUARANTINE,
    RECORDS,
    SIGNATURES,
)
from jobs.text.names import read_name

Batches = Iterable[pa.RecordBatch]
_PAYLOAD = "erased_payload"
_SURNAMES = r'"surnames":\[[^\]]+\]'
_OF_WORK = ("feed", "native_id", *WORK_IDS, "other_ids", "title")


@dataclass(frozen=True)
class Held:
    """The tables that tell of people, each as its table."""

    raw: DataFrame
    records: DataFrame
    quarantine: DataFrame
    identity: DataFrame
    edges: DataFrame
    signatures: DataFrame
    authorships: DataFrame
    links: DataFrame
    authors: DataFrame
    erasures: DataFrame


def erase(
    held: Held, people: Erased, options: Mapping[str, Mapping[str, str]]
) -> Mapping[Table, DataFrame]:
    """The rows that change when people are erased, and all SIGNATURES.

    A record stays, with as many authors as before, and so do its paper and all others' names. An
    ORCID iD or an id by a feed stands for the person that silver.authors has with it.

    Args:
        options: feed → option → value, as the feed's reader knows them.
    """
    return _changes(held, *_found(held, people), options)


def _found(held: Held, people: Erased) -> tuple[Erased, DataFrame, frozenset[str]]:
    """Whom the file names and what is known of them, their authorships, and new marks of lines.

    A line with a place is followed once: from then on it stands for whom it named then.
    """
    known = {row["mark"] for row in held.erasures.select("mark").collect()}  # of one file's people
    is_place = _place().isin([f"{paper} {at}" for paper, at in sorted(people.places)])
    rows = held.authorships.where(is_place).select("paper_id", "position", "name").collect()
    lines = {(row["paper_id"], row["position"]): row["name"] for row in rows}
    marks = {at: place_marks(at, name) for at, name in lines.items()}
    places = {at for at, (done, named) in marks.items() if done not in known or named in known}
    new = {one for at in places for one in marks[at]} - known
    people = people._replace(places=frozenset(places), marks=frozenset(known | new))
    return people, _authorships_of(held, people).localCheckpoint(), frozenset(new)


def _changes(
    held: Held,
    people: Erased,
    own: DataFrame,
    lines: frozenset[str],
    options: Mapping[str, Mapping[str, str]],
) -> Mapping[Table, DataFrame]:
    new = held.erasures.sparkSession.createDataFrame(
        [(one,) for one in sorted(lines)], "mark string"
    )
    marks = _marks(own, held).union(new).localCheckpoint()
    names = own.select("name", "given", "family").distinct().collect()  # of one file's people
    full = people._replace(
        marks=people.marks.union(row["mark"] for row in marks.collect()),
        names=frozenset(filter(None, (read_name(*row) for row in names))),
    )
    changed = _records(held, full).localCheckpoint()
    payloads = _payloads(held, changed, full, options).localCheckpoint()
    ids = F.broadcast(changed.select("record_id"))
    return {
        ERASURES: marks,
        RAW_RECORDS: payloads,
        RECORDS: changed.drop(_PAYLOAD).withColumn("parse_errors", F.array().cast("array<string>")),
        QUARANTINE: _quarantine(held.quarantine, payloads, full),
        IDENTITY_EDGES: _without_surnames(held.edges, ids, "a", "b"),
        IDENTITY: _without_surnames(held.identity, ids, "record_id", "joined_to"),
        SIGNATURES: _signatures(held.signatures, ids),
    }


def telling_rows(
    held: Held, people: Erased, options: Mapping[str, Mapping[str, str]]
) -> Mapping[Table, DataFrame]:
    """The rows that tell of people who are to be erased, and those that are still to follow."""
    people, own, lines = _found(held, people)
    changes = _changes(held, people, own, lines, options)
    named = held.authorships.where("name is not null").select("paper_id", "position")
    live = held.links.join(named, on=["paper_id", "position"], how="left_semi")
    return {
        **{table: changes[table] for table in changes if table not in (ERASURES, SIGNATURES)},
        AUTHORSHIPS: own,
        AUTHOR_LINKS: held.links.join(named, on=["paper_id", "position"], how="left_anti"),
        AUTHORS: held.authors.join(live.select("author_id"), on="author_id", how="left_anti"),
    }


def _authorships_of(held: Held, people: Erased) -> DataFrame:
    """The authorships of the people: those named, and all others of the same persons."""
    links = held.links.select("paper_id", "position", "author_id")
    every = held.authorships.join(links, on=["paper_id", "position"], how="left")
    ids = F.array(*map(F.lit, sorted(people.ids))).cast("array<string>")
    own = F.transform("author_ids", lambda of: F.concat_ws(":", of["scheme"], of["id"]))
    orcid = F.array_compact(F.array(F.concat(F.lit("orcid:"), F.col("orcid"))))
    places = [f"{paper} {place}" for paper, place in sorted(people.places)]
    is_named = (
        F.arrays_overlap(F.concat(orcid, F.coalesce(own, F.array().cast("array<string>"))), ids)
        | F.col("author_id").isin(sorted(people.author_ids))
        | _place().isin(places)
    )
    every = every.withColumn("is_named", F.coalesce(is_named, F.lit(False)))
    persons = every.where("is_named and author_id is not null").select("author_id").distinct()
    is_theirs = F.broadcast(persons.withColumn("is_theirs", F.lit(True)))
    joined = every.join(is_theirs, on="author_id", how="left")
    return joined.where("name is not null and (is_named or is_theirs)")


def _place() -> Column:
    return F.concat_ws(" ", "paper_id", "position")


def _marks(own: DataFrame, held: Held) -> DataFrame:
    """Rows (mark) of the erased authorships."""
    papers = F.broadcast(own.select("paper_id").distinct())
    erased = own.select("paper_id", "position", F.lit(True).alias("is_erased"))
    about = ("name", "given", "family", "orcid", "author_ids")
    lists = (
        held.authorships.join(papers, on="paper_id", how="left_semi")
        .join(erased, on=["paper_id", "position"], how="left")
        .withColumn("is_erased", F.coalesce("is_erased", F.lit(False)))
        .groupBy("paper_id")
        .agg(F.collect_list(F.struct(*about, "is_erased")).alias("authors"))
    )
    works = (
        held.identity.select("record_id", "paper_id")
        .join(papers, on="paper_id", how="left_semi")
        .join(held.records, on="record_id", how="inner")
        .groupBy("paper_id")
        .agg(F.collect_list(F.struct(*_OF_WORK)).alias("records"))
    )
    return lists.join(works, on="paper_id", how="inner").mapInArrow(_mark, "mark string").distinct()


def _mark(batches: Batches) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        marks = {
            each
            for paper in batch.to_pylist()
            for each in marks_of(
                paper["authors"],
                [work for record in paper["records"] for work in works_of(record, record["feed"])],
            )
        }
        yield pa.RecordBatch.from_pydict({"mark": pa.array(sorted(marks), pa.string())})


def _records(held: Held, people: Erased) -> DataFrame:
    """The records that change, and those whose payload does, with their new payload."""
    delivered = held.raw.where(F.col("format") != ERASED_FORMAT).select("record_id", "payload")
    # Whom a record lists or cites it has said; a name elsewhere in it may be a namesake's.
    told = _telling(delivered, people._replace(names=frozenset())).withColumn(
        "is_told", F.lit(True)
    )
    schema = StructType([*_plain(held.records), StructField(_PAYLOAD, StringType())])
    rows = held.records.join(told, on="record_id", how="left")
    return rows.mapInArrow(_eraser(people, to_arrow_schema(schema)), schema)


def _plain(frame: DataFrame) -> list[StructField]:
    return [StructField(field.name, field.dataType) for field in frame.schema]


def _eraser(people: Erased, schema: pa.Schema) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    def erase(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows = []
            for row in batch.to_pylist():
                is_told = row.pop("is_told")
                changed = without_people(row, row["feed"], people)
                if changed or is_told:
                    rest = {**row, **(changed or {})}
                    rows.append({**rest, _PAYLOAD: payload_of_record(rest)})
            yield pa.RecordBatch.from_pylist(rows, schema=schema)

    return erase


def _payloads(
    held: Held,
    changed: DataFrame,
    people: Erased,
    options: Mapping[str, Mapping[str, str]],
) -> DataFrame:
    """Rows of bronze.records with their new payloads."""
    read = changed.select("record_id", _PAYLOAD)
    unread = held.raw.join(held.records.select("record_id"), on="record_id", how="left_anti")
    rows = unread.select("record_id", "feed", "format", "payload")
    schema = f"record_id string, {_PAYLOAD} string"
    new = read.unionByName(rows.mapInArrow(_reader(people, options), schema))
    return held.raw.join(F.broadcast(new), on="record_id", how="inner").withColumns(
        {"format": F.lit(ERASED_FORMAT), "payload": F.col(_PAYLOAD)}
    )


def _reader(
    people: Erased, options: Mapping[str, Mapping[str, str]]
) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    """What is left of payloads that are no records: not read yet, or of no use."""

    def read(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows = batch.to_pylist()
            left = {row["record_id"]: payload_left(row, options, people) for row in rows}
            left = {key: payload for key, payload in left.items() if payload is not None}
            names = ["record_id", _PAYLOAD]
            columns = [pa.array(each, pa.string()) for each in (left, left.values())]
            yield pa.RecordBatch.from_arrays(columns, names=names)

    return read


def _quarantine(quarantine: DataFrame, payloads: DataFrame, people: Erased) -> DataFrame:
    """Rows of quarantine that tell of the people, without payload; where they say it, reason."""
    of_records = payloads.select(F.col("record_id").alias("subject_id"))
    text = F.concat_ws("\n", "payload", "reason")
    telling = _telling(quarantine.select("subject_id", text.alias("text")), people)
    ids = of_records.union(telling).distinct()
    rows = quarantine.join(F.broadcast(ids), on="subject_id", how="left_semi")
    return rows.where(F.col("payload").isNotNull() | (F.col("reason") != ERASED)).withColumns(
        {"payload": F.lit(None).cast("string"), "reason": F.lit(ERASED)}
    )


def _telling(texts: DataFrame, people: Erased) -> DataFrame:
    """The ids of texts that tell of the people; rows are (id, text)."""
    own = texts.columns[0]

    def tell(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            pairs = zip(*(column.to_pylist() for column in batch.columns), strict=True)
            ids = [key for key, text in pairs if text and erased_in(text, people)]
            yield pa.RecordBatch.from_pydict({own: pa.array(ids, pa.string())})

    return texts.mapInArrow(tell, f"{own} string").distinct()


def _without_surnames(frame: DataFrame, ids: DataFrame, *ends: str) -> DataFrame:
    """The rows whose evidence names surnames of changed records, with none."""
    touched = [
        ids.select(F.col("record_id").alias(end), F.lit(True).alias(f"of_{end}")) for end in ends
    ]
    rows = frame.where(F.col("evidence").rlike(_SURNAMES))
    for end, of_end in zip(ends, touched, strict=True):
        rows = rows.join(F.broadcast(of_end), on=end, how="left")
    evidence = F.regexp_replace("evidence", _SURNAMES, '"surnames":[]')
    rows = rows.where(" or ".join(f"of_{end}" for end in ends))
    return rows.select(*frame.columns).withColumn("evidence", evidence)


def _signatures(signatures: DataFrame, ids: DataFrame) -> DataFrame:
    """All signatures; those of changed records without what surnames went into."""
    is_changed = F.broadcast(ids.withColumn("is_changed", F.lit(True)))
    rows = signatures.join(is_changed, on="record_id", how="left")
    rows = rows.where(
        ~F.col("is_changed").isNotNull() | ~F.col("kind").isin(CONTENT, SURNAME, PLACE)
    )
    return rows.withColumn("likeness", _likeness()).drop("is_changed")


def _likeness() -> Column:
    """Bits of the title with all bits of surnames, as where no surname tells; the latter last."""
    likeness = F.col("likeness")
    titles = F.slice(likeness, 1, F.size(likeness) - 1)
    is_band = F.col("is_changed") & (F.col("kind") == BAND)
    return F.when(is_band, F.concat(titles, F.array(F.lit(-1).cast("bigint")))).otherwise(likeness)
