"""Parse: payloads into the columns of silver.records, by the feed's own reader."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.ingest.payloads import read_payload
from jobs.params import ParseSettings
from jobs.tables.silver import (
    AUTHORS_TYPE,
    AUTHORSHIPS_TYPE,
    CITED_TYPE,
    DATES_TYPE,
    RECORDS,
    RELATIONS_TYPE,
)
from jobs.text.language import detect_language
from jobs.text.text import says_withdrawn, title_says_withdrawn

_LOOK_RARELY = (100_000, 50, 1_000)  # for the garbage collector, in the workers
RETRACTED, WITHDRAWN = "retracted", "withdrawn"
# What the runner sees beside the published columns, for quarantine.
_RAW_COLUMNS = ("record_id", "feed", "shown_on", "modified_at", "file", "position", "payload")
_DERIVED = ("dated_on", "date_basis")
_READ_TYPES = {c.name: c.type for c in RECORDS.columns if c.name not in _DERIVED}
_READ = ", ".join(
    [
        *(f"{name} {kind}" for name, kind in _READ_TYPES.items()),
        "published_basis string, parse_errors array<string>",
        "file string, position bigint, payload string",
    ]
)


def parse(
    raw: DataFrame,
    known: DataFrame,
    quarantine: DataFrame,
    options: Mapping[str, Mapping[str, str]],
    settings: ParseSettings,
) -> DataFrame:
    """Parse the records of `raw` that stand neither in `known` nor in `quarantine`.

    Args:
        raw: bronze.records. known: silver.records. quarantine: silver.quarantine.
        options: feed → option → value, as the feed's reader knows them.

    Returns:
        Rows of silver.records, with the file, position and payload they came from and
        `parse_errors`, which is empty for a record of the right shape.
    """
    quarantine_ids = quarantine.where(F.col("stage") == "parse").select(
        F.col("subject_id").alias("record_id")
    )
    new = raw.join(known.select("record_id"), on="record_id", how="left_anti").join(
        quarantine_ids, on="record_id", how="left_anti"
    )
    # mapInArrow must name types of its own: those of the table, with comments left out.
    rows = new.select(*_RAW_COLUMNS, "format").mapInArrow(_reader(options), _READ)
    return _with_dates(_plausible(rows, settings))


def _reader(
    options: Mapping[str, Mapping[str, str]],
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        # Rows are a million objects in no cycle: looking for cycles took a fifth of the time.
        gc.set_threshold(*_LOOK_RARELY)
        for batch in batches:
            yield pa.RecordBatch.from_arrays(_columns(batch, options), schema=_ARROW)

    return read


def _columns(batch: pa.RecordBatch, options: Mapping[str, Mapping[str, str]]) -> Iterable[pa.Array]:
    """The columns of _ARROW: those of `batch` as they came, the others of what is read."""
    raw = batch.select(["feed", "format", "payload"]).to_pylist()
    rows = [_row(record, options) for record in raw]
    names = {name for row in rows for name in row}
    return [
        batch.column(field.name).cast(field.type)
        if field.name in _RAW_COLUMNS
        else pa.array([row.get(field.name) for row in rows], field.type)
        if field.name in names
        else pa.nulls(len(rows), field.type)
        for field in _ARROW
    ]


def _row(raw: Mapping[str, Any], options: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """What is read of a record, and what follows from it."""
    record = read_payload(raw, options)
    fields = record.fields
    abstract = fields.get("abstract") or ""
    withdrawn_as = _withdrawn_as(fields)
    own_language = fields.get("language")
    language = own_language or detect_language(f"{fields.get('title') or ''}. {abstract}")
    return {
        **fields,
        "language": language,
        "language_basis": ("given" if own_language else "detected") if language else None,
        "is_withdrawn": withdrawn_as is not None,
        "withdrawn_as": withdrawn_as,
        "warnings": record.warnings,
        "parse_errors": [*record.errors, *_unknown(fields)],
    }


def _unknown(fields: Mapping[str, Any]) -> Iterator[str]:
    """A format's slip of the pen: what it reads would be lost without a word."""
    for name in sorted(fields.keys() - _NAMES) if not fields.keys() <= _NAMES else ():
        yield f"the reader fills a field that there is not: {name}"


def _withdrawn_as(fields: Mapping[str, Any]) -> str | None:
    """What the feed says, the title's mark or the abstract; a notice is not what it retracts."""
    if fields.get("withdrawn_as"):
        return str(fields["withdrawn_as"])
    kinds = {relation["kind"] for relation in fields.get("relations") or ()}
    if "retracts" in kinds:
        return None
    if "retracted by" in kinds:
        return RETRACTED
    marked = title_says_withdrawn(fields.get("title") or "")
    return marked or (WITHDRAWN if says_withdrawn(fields.get("abstract") or "") else None)


_TEXTS = pa.list_(pa.string())
_IDS = pa.list_(pa.struct([("scheme", pa.string()), ("id", pa.string())]))
_INSTITUTIONS = pa.list_(
    pa.struct((name, pa.string()) for name in ("scheme", "id", "name", "country"))
)
_ARROW_TYPES = {
    "string": pa.string(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
    "boolean": pa.bool_(),
    "array<string>": _TEXTS,
    AUTHORS_TYPE: pa.list_(
        pa.struct([("name", pa.string()), ("orcid", pa.string()), ("affiliation", pa.string())])
    ),
    DATES_TYPE: pa.list_(
        pa.struct([("kind", pa.string()), ("day", pa.date32()), ("precision", pa.string())])
    ),
    RELATIONS_TYPE: pa.list_(
        pa.struct([("kind", pa.string()), ("scheme", pa.string()), ("id", pa.string())])
    ),
    CITED_TYPE: pa.list_(pa.struct([("ids", _IDS), ("text", pa.string())])),
    AUTHORSHIPS_TYPE: pa.list_(
        pa.struct(
            [
                ("given", pa.string()),
                ("family", pa.string()),
                ("ids", _IDS),
                ("affiliations", _TEXTS),
                ("institutions", _INSTITUTIONS),
                ("countries", _TEXTS),
                ("is_corresponding", pa.bool_()),
            ]
        )
    ),
}
_ARROW = pa.schema(
    [
        *((name, _ARROW_TYPES[kind]) for name, kind in _READ_TYPES.items()),
        ("published_basis", pa.string()),
        ("parse_errors", _TEXTS),
        ("file", pa.string()),
        ("position", pa.int64()),
        ("payload", pa.string()),
    ]
)

_NAMES = frozenset(_ARROW.names)


def _plausible(rows: DataFrame, settings: ParseSettings) -> DataFrame:
    """Dates that cannot be become null, with a warning that names them."""
    least = settings.earliest_year
    latest = f"date_add(shown_on, {settings.max_days_ahead})"
    wrong = {
        "published_on": f"year(published_on) < {least} or published_on > {latest}",
        "listed_on": f"year(listed_on) < {least} or listed_on > {latest}",
        "year": f"year < {least} or year > year({latest})",
    }
    warnings = F.filter(
        F.array(
            *(
                F.when(F.expr(broken), F.concat(F.lit(f"{name} cannot be "), F.col(name)))
                for name, broken in wrong.items()
            )
        ),
        F.isnotnull,
    )
    columns = {
        name: F.when(~F.coalesce(F.expr(broken), F.lit(False)), F.col(name))
        for name, broken in wrong.items()
    }
    can_be = f"year(named.day) >= {least} and named.day <= {latest}"
    columns["dates"] = F.expr(f"filter(dates, named -> {can_be})")
    of_dates = F.expr(
        f"transform(filter(coalesce(dates, array()), named -> not ({can_be}) and "
        "named.kind not in ('published', 'listed')), "
        "named -> concat('date ', named.kind, ' cannot be ', named.day))"
    )
    return rows.withColumns({**columns, "warnings": F.concat("warnings", warnings, of_dates)})


def _with_dates(rows: DataFrame) -> DataFrame:
    """Year and publication day from each other, and the day that dates the record."""
    published = F.coalesce("published_on", F.make_date("year", F.lit(1), F.lit(1)))
    basis = F.when(
        F.col("published_on").isNotNull(), F.coalesce("published_basis", F.lit("published"))
    ).when(F.col("year").isNotNull(), "published year")
    return rows.select(
        *(name for name in rows.columns if name not in ("year", "published_on")),
        F.coalesce("year", F.year("published_on")).alias("year"),
        published.alias("published_on"),
        F.coalesce(published, "listed_on", "shown_on").alias("dated_on"),
        F.coalesce(basis, F.when(F.col("listed_on").isNotNull(), "listed"), F.lit("shown")).alias(
            "date_basis"
        ),
    )
