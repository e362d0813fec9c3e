"""The reader: a session that sees the published tables, knows the functions and writes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from conf import Config
from jobs.session import build_session, fit_to, for_few
from jobs.tables.core import Table
from jobs.tables.ops import TABLES as LEDGER
from pipelines.engine.stage import raw_records
from pipelines.sql import make_databases, make_view, quote, tables_in, visible
from pipelines.sql.functions import FUNCTIONS, Ground, inject
from pipelines.sql.guard import CLOSED, Guard
from pipelines.sql.jvm import Function2, Parser, forget_parses, is_a, ready
from storage import ledger
from storage.home import home
from storage.warehouse import Warehouse

_PLANS = "org.apache.spark.sql.catalyst.plans.logical"
# The bits of monotonically_increasing_id() that count rows; those above count partitions.
_PLACES = 2**33 - 1
# No name of a statement is made of the environment's or the JVM's variables: ${env:HOME}.
_SESSION = {"spark.sql.variable.substitute": "false"}
# Statements after which Spark's parsers start afresh: some tens of megabytes of memory.
_PARSES = 1_000


@dataclass
class Reader:
    """A session of readers, and what it takes to keep it at what is published.

    Attributes:
        spark: the session that queries are asked in.
        ground: the session in which views are made, unguarded, with warehouse and settings.
        max_rows: rows of a result at most, where others are served.
        tables: the tables that are published, at their versions. views: those that are views.
        statements: how many have been read.
    """

    ground: Ground
    max_rows: int | None
    lock: RLock = field(default_factory=RLock)
    ledger_versions: tuple[int | None, ...] | None = None
    tables: dict[Table, int] = field(default_factory=dict)
    views: dict[Table, int] = field(default_factory=dict)
    statements: int = 0
    spark: SparkSession = field(init=False)

    def refresh(self, statement: str) -> None:
        """Make the views that a statement asks for, of what is published now.

        Those made before are kept at what is published, too: views of a person's own stand on
        them. Where others are served, all are made: their tools list tables without a statement.
        """
        spark, warehouse = self.ground.spark, self.ground.warehouse
        with self.lock:
            self.statements += 1
            if self.statements % _PARSES == 0:
                forget_parses(spark)
            now = tuple(ledger.version(warehouse, table) for table in LEDGER)
            if now != self.ledger_versions:
                self.tables, self.ledger_versions = visible(warehouse), now
                make_databases(spark, self.tables)
            tables_asked = tables_in(statement, self.tables)
            for table, version in self.tables.items():
                is_wanted = (
                    table in tables_asked or table in self.views or self.max_rows is not None
                )
                if is_wanted and self.views.get(table) != version:
                    make_view(spark, warehouse, table, version)
                    self.views[table] = version


def open_reader(config: Config, warehouse: Warehouse, max_rows: int | None = None) -> Reader:
    """A reader of the warehouse's published tables."""
    base = build_session(config.session, home())
    few: dict[str, str] = {}
    if max_rows is None:  # a server outlasts what a warehouse holds at its start
        records = raw_records(ledger.published(warehouse))
        fit_to(base, config.session, records)
        few = for_few(config.session, records)
    ready(base)
    reader = Reader(Ground(base, warehouse, config), max_rows)
    reader.spark = _session(reader, few)
    reader.refresh("")
    return reader


def _session(reader: Reader, few: dict[str, str]) -> SparkSession:
    """A session like the base's, with our parser and functions; its own new sessions have them.

    And the settings of `few`, which the base has at run time alone.
    """
    base = reader.ground.spark
    jvm: Any = base._jvm
    extensions = jvm.org.apache.spark.sql.SparkSessionExtensions()
    jvm.io.delta.sql.DeltaSparkSessionExtension().apply(extensions)
    inject(extensions, reader.ground)
    extensions.injectParser(
        Function2(
            base,
            lambda of_session, parser: Parser(base, parser, _admitting(reader, of_session, parser)),
        )
    )
    shared = jvm.scala.Option.apply(base._jsparkSession.sharedState())
    nothing = jvm.scala.Option.empty()
    _close_functions(jvm)
    options = base._jsparkSession.initialSessionOptions()
    for name, value in {**_SESSION, **few}.items():
        options = options.updated(name, value)
    session = jvm.org.apache.spark.sql.SparkSession(
        base.sparkContext._jsc.sc(), shared, nothing, extensions, options
    )
    return SparkSession(base.sparkContext, session)


def _close_functions(jvm: Any) -> None:
    """Take out of the JVM's registry, for all sessions made later, what calls any method of it."""
    builtin = jvm.org.apache.spark.sql.catalyst.analysis.FunctionRegistry.builtin()
    for name in CLOSED:
        builtin.dropFunction(jvm.org.apache.spark.sql.catalyst.FunctionIdentifier(name))


def _admitting(reader: Reader, session: Any, parser: Any) -> Any:
    """From the text of a statement to its plan over what is published now, unless refused."""
    spark = reader.ground.spark
    jvm: Any = spark._jvm
    nothing = jvm.scala.Option.empty()
    guard = Guard(spark, (function.name for function in FUNCTIONS))

    def admit(text: str) -> Any:
        reader.refresh(text)
        plan = parser.parsePlan(text)
        guard.check(plan)
        if reader.max_rows is None or is_a(spark, plan, f"{_PLANS}.Command"):
            return plan
        limited = _limit(spark, parser, plan, reader.max_rows)
        with reader.lock:  # analysed at once: no view changes under it
            tracker = jvm.org.apache.spark.sql.catalyst.QueryPlanningTracker(nothing)
            try:
                return session.sessionState().analyzer().executeAndCheck(limited, tracker)
            except AnalysisException:
                return limited  # Spark analyses it once more, and says what is wrong

    return admit


def _limit(spark: SparkSession, parser: Any, plan: Any, rows: int) -> Any:
    """The plan with an error in the place of a row too many: a cut that nobody sees is a lie."""
    message = (
        f"papertide: more than {rows:,} rows; ask for fewer (LIMIT, WHERE, GROUP BY), or raise "
        "thrift.max_rows where the server is started"
    )
    plans: Any = spark._jvm.org.apache.spark.sql.catalyst.plans.logical  # type: ignore[union-attr]
    # A limit leaves one partition, in which the low bits of these ids are the places of the rows;
    # where Spark knows that there are fewer it takes the limit away, and leaves several.
    fits = parser.parseExpression(
        f"if((monotonically_increasing_id() & {_PLACES}) < {rows}, true, "
        f"cast(raise_error({quote(message)}) as boolean))"
    )
    return plans.Filter(fits, plans.Limit.apply(parser.parseExpression(str(rows + 1)), plan))
