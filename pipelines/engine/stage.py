"""What a stage is, what a run is, and what comes of a stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from conf import Config
from jobs.ingest.listing import File
from jobs.source import function_digest, module_digest
from jobs.tables.bronze import RAW_RECORDS
from jobs.tables.core import Table
from storage import ledger
from storage.home import home
from storage.ledger import Publication
from storage.warehouse import Warehouse

if TYPE_CHECKING:  # their imports take seconds
    from great_expectations.data_context import AbstractDataContext
    from pyspark.sql import DataFrame, SparkSession

Inputs = Mapping[Table, "DataFrame"]

# What is not read yet is guessed at: records with an abstract are seldom shorter.
_RECORD_BYTES = 1_000


class Mode(StrEnum):
    """How staged rows meet the published ones.

    `append` adds them, `upsert` adds or changes by key, `replace` also removes what is not staged:
    where anything differs it writes the table anew. Rows lie in no order, so that to merge a few
    changes would write most files anew as well, after two joins.
    """

    APPEND = "append"
    UPSERT = "upsert"
    REPLACE = "replace"


@dataclass(frozen=True)
class Output:
    """A table that a stage writes, and how."""

    table: Table
    mode: Mode


@dataclass(frozen=True)
class Params:
    """What a stage may lean on besides its inputs.

    Attributes:
        config: the whole configuration.
        as_of: the day as of which the run looks; None for a stage that is not `dated`.
        listing: the files of the run's feeds; None for a stage that does not `list` them.
        model: folder of the embedding model and the id that its vectors carry.
    """

    config: Config
    as_of: date | None
    listing: Listing | None
    model: tuple[str, str]


@dataclass(frozen=True)
class Stage:
    """One step: the tables it reads, the tables it writes, and the pure function between.

    Attributes:
        name: its name in commands, the ledger and messages.
        reads: tables whose published version it is given, empty where nothing is published.
        writes: its outputs, in the order in which they are published.
        transform: from inputs and parameters to a frame for each table written.
        settings: what its result depends on besides its inputs.
        dated: whether the result depends on the day as of which the run looks.
        lists: whether it reads the feeds' files.
        code: the digest of the code that its result follows from; None: of the transform's source.
    """

    name: str
    reads: tuple[Table, ...]
    writes: tuple[Output, ...]
    transform: Callable[[Inputs, Params], Mapping[Table, DataFrame]]
    settings: Callable[[Params], Any] = lambda params: None
    dated: bool = False
    lists: bool = False
    code: Callable[[], str] | None = None


@dataclass(frozen=True)
class Argument:
    """What the function of a stage is given.

    Attributes:
        make: its value, from inputs and parameters.
        reads: tables that it is made of.
        settings: what of the parameters it depends on.
        dated, lists: as of a stage.
        code: digest of the code that makes it.
    """

    make: Callable[[Inputs, Params], Any]
    reads: tuple[Table, ...] = ()
    settings: Callable[[Params], Any] = lambda params: None
    dated: bool = False
    lists: bool = False
    code: Callable[[], str] = str


def setting(
    value: Callable[[Params], Any],
    digested: Callable[[Params], Any] | None = None,
    dated: bool = False,
    lists: bool = False,
) -> Argument:
    """An argument made of parameters; what follows from it follows from `digested`, if given."""
    return Argument(
        lambda _, params: value(params), settings=digested or value, dated=dated, lists=lists
    )


def argument_of(
    make: Callable[[Inputs, Params], Any], *reads: Table, by: Argument | None = None
) -> Argument:
    """An argument that a function makes of tables, and of the setting `by`."""
    code = partial(function_digest, make)
    if by is None:
        return Argument(make, reads, code=code)
    return Argument(make, reads, by.settings, by.dated, code=code)


def group(kind: str, *tables: Table) -> Argument:
    """Several tables in one argument, of the class named by `module:name`."""
    return Argument(
        lambda inputs, _: _import_function(kind)(*(inputs[table] for table in tables)),
        tables,
        code=lambda: module_digest(kind.partition(":")[0]),
    )


def calling(
    name: str,
    function: str,
    takes: Sequence[Table | Argument],
    writes: Mapping[Table, Mode],
) -> Stage:
    """The stage that calls the function named by `module:name` with what it takes, in order.

    The function gives a frame, a tuple of frames in the order of `writes`, or frames by table.
    """
    arguments = [_table(each) if isinstance(each, Table) else each for each in takes]

    def transform(inputs: Inputs, params: Params) -> Mapping[Table, DataFrame]:
        result = _import_function(function)(*(each.make(inputs, params) for each in arguments))
        if isinstance(result, Mapping):
            return result
        return dict(zip(writes, result if isinstance(result, tuple) else (result,), strict=True))

    def code() -> str:
        digests = (function, module_digest(function.partition(":")[0]))
        return " ".join((*digests, *(each.code() for each in arguments)))

    return Stage(
        name,
        reads=tuple(dict.fromkeys(table for each in arguments for table in each.reads)),
        writes=tuple(Output(table, mode) for table, mode in writes.items()),
        transform=transform,
        settings=lambda params: [_plain(each.settings(params)) for each in arguments],
        dated=any(each.dated for each in arguments),
        lists=any(each.lists for each in arguments),
        code=code,
    )


def _table(table: Table) -> Argument:
    return Argument(lambda inputs, _: inputs[table], (table,))


def _import_function(name: str) -> Callable[..., Any]:
    module, _, attribute = name.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), attribute)
    return function


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value


@dataclass(frozen=True)
class Listing:
    """The files of a run's feeds.

    Attributes:
        files: every file that the feeds show.
        digest: the same for the same files, with their sizes and times of change.
        due: feeds that must show a file: none is known of them, or none was listed.
    """

    files: tuple[File, ...]
    digest: str
    due: tuple[str, ...]


def raw_records(published: Mapping[str, Publication]) -> int:
    """How many raw records are published."""
    raw = published.get(RAW_RECORDS.name)
    return raw.rows if raw else 0


@dataclass
class Run:
    """One pass of the flow, while it lasts.

    Attributes:
        spark: its session, made when it is first asked for: a run with nothing to do needs none.
        gate: the context of its gates; None until one is needed.
        published: the publications that the run reads; its own stages add theirs.
        fingerprints: what each stage last read, from the ledger.
        behind: how far the clock is behind the ledger.
        shown_days: first and last day on which a feed showed a paper, once they were asked for.
        listing: the files of the run's feeds.
        forced: names of the stages that run even if nothing has changed.
    """

    run_id: str
    warehouse: Warehouse
    config: Config
    published: dict[str, Publication]
    fingerprints: Mapping[str, str]
    model: tuple[str, str]
    behind: timedelta = timedelta()
    gate: AbstractDataContext | None = None
    as_of: date | None = None
    shown_days: tuple[date | None, date | None] | None = None
    listing: Listing | None = None
    forced: frozenset[str] = frozenset()
    outcomes: list[Outcome] = field(default_factory=list)

    @cached_property
    def spark(self) -> SparkSession:
        """The session of this process."""
        from jobs.session import build_session

        return build_session(self.config.session, home())

    def cancel(self) -> None:
        """End the Spark jobs of this run, if it has a session."""
        if "spark" in self.__dict__:
            self.spark.sparkContext.cancelJobGroup(self.run_id)

    def records(self, listing: Listing | None) -> int:
        """About how many raw records there are, with those that the files of a listing hold."""
        file_bytes = sum(file.bytes for file in listing.files) if listing else 0
        return max(raw_records(self.published), file_bytes // _RECORD_BYTES)

    def read(self, table: Table) -> DataFrame | None:
        """The table at the version that this run sees; None when it is not published."""
        publication = self.published.get(table.name)
        if publication is None:
            return None
        files = ledger.files(self.warehouse, table, publication.version)
        # Delta in Spark would first rebuild the table's log, in a few jobs of its own.
        if files:
            return self.spark.read.schema(table.schema()).parquet(*files)
        return empty(self.spark, table)


def empty(spark: SparkSession, table: Table) -> DataFrame:
    """No rows of a table, which Spark sees before it plans what is joined with them."""
    names = ", ".join(f"CAST(NULL AS {c.type}) AS {c.name}" for c in table.columns)
    return spark.sql(f"SELECT {names} WHERE false")


@dataclass(frozen=True)
class Outcome:
    """What became of a stage: its row of ops.stages, the warnings of its gates, and what of which
    table was published (table, rows, new, changed, gone).
    """

    row: Mapping[str, Any]
    warnings: tuple[str, ...] = ()
    outputs: tuple[Mapping[str, Any], ...] = ()
