"""Affiliations: each that records have, once, with the institutions of ROR's list that it names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from jobs.people.institution_decisions import Decisions
from jobs.people.matching import Organizations, match, organizations
from jobs.people.ror import RorList, read_list
from jobs.source import module_digest
from jobs.tables.silver import AFFILIATIONS

_MATCHED = pa.schema(
    {
        "affiliation": pa.string(),
        "place": pa.int32(),
        "institution_id": pa.string(),
        "country": pa.string(),
        "score": pa.float64(),
        "basis": pa.string(),
        "evidence": pa.string(),
    }
)
_AT_ONCE = 1_000


def affiliations(
    records: DataFrame, known: DataFrame, ror: RorList, decided: Decisions
) -> DataFrame:
    """Rows of silver.affiliations.

    What an affiliation names follows from its text, the list and the decisions alone, so those
    that were matched by the same are taken over. Without list and decisions there are no rows.

    Args:
        records: silver.records. known: silver.affiliations.
    """
    nothing = records.sparkSession.createDataFrame([], AFFILIATIONS.schema())
    if not ror.file and not decided:
        return nothing
    texts = _texts(records)
    if texts.isEmpty():  # as of feeds of names alone; to plan what follows takes seconds
        return nothing
    told = f"{module_digest(__name__)} {ror.digest} {sorted(decided.items(), key=str)}"
    method = F.xxhash64(F.lit(told))
    same = known.where(F.col("method") == method).join(texts, on="affiliation", how="left_semi")
    new = texts.join(same.select("affiliation").distinct(), on="affiliation", how="left_anti")
    matching = _matching(records, ror, decided)
    matched = new.mapInArrow(matching, from_arrow_schema(_MATCHED)).withColumn("method", method)
    return same.unionByName(matched)


def _texts(records: DataFrame) -> DataFrame:
    """Rows (affiliation), each once; of records of before, which had one text an author, that."""
    apart = F.transform("authorships", lambda one: F.coalesce(one["affiliations"], F.array()))
    whole = F.transform("authors", lambda one: F.array(one["affiliation"]))
    each = F.flatten(F.coalesce(apart, whole))
    return (
        records.select(F.explode(each).alias("affiliation"))
        .where("length(trim(affiliation)) > 0")
        .distinct()
    )


def _matching(
    records: DataFrame, ror: RorList, decided: Decisions
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """The function that matches batches, with the list in it: workers may be on other machines."""
    sink = pa.BufferOutputStream()
    table = read_list(ror)
    with pa.ipc.new_stream(
        sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")
    ) as out:
        out.write_table(table)
    content = records.sparkSession.sparkContext.broadcast(sink.getvalue().to_pybytes())
    digest = ror.digest

    def matching(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        known = None
        for batch in batches:
            known = known or _organizations(digest, lambda: content.value)
            for begin in range(0, batch.num_rows, _AT_ONCE):
                texts = batch.column(0).slice(begin, _AT_ONCE).to_pylist()
                rows = [row for text in texts for row in _rows(text, known, decided)]
                yield pa.RecordBatch.from_pylist(rows, schema=_MATCHED)

    return matching


_kept: dict[str, Organizations] = {}


def _organizations(digest: str, content: Callable[[], bytes]) -> Organizations:
    """The list as it is looked up, made once a worker."""
    if digest not in _kept:
        _kept.clear()
        _kept[digest] = organizations(pa.ipc.open_stream(content()).read_all())
    return _kept[digest]


def _rows(text: str, known: Organizations, decided: Decisions) -> Iterator[dict[str, Any]]:
    for place, one in enumerate(match(text, known, decided), start=1):
        yield {"affiliation": text, "place": place, **one._asdict()}
