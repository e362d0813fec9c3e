"""The reader: a session that sees the published tables, knows the functions and writes nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from conf import Config
from jobs.session import build_session
from jobs.tables.ops import TABLES as LEDGER
from pipelines import ledger
from pipelines.errors import UsageError
from pipelines.setup.home import home
from pipelines.sql import quoted, register
from pipelines.sql.functions import Ground, inject
from pipelines.sql.jvm import Function2, Parser, is_a, ready
from pipelines.warehouse import Warehouse

_PLANS = "org.apache.spark.sql.catalyst.plans.logical"
# Commands that look, or concern the session alone; CreateViewCommand makes temporary views.
_LOOKING = """
    ShowTables ShowTableExtended ShowViews ShowColumns ShowNamespaces ShowFunctions ShowCreateTable
    ShowTableProperties ShowCurrentNamespaceCommand DescribeRelation DescribeColumn
    DescribeFunction DescribeFunctionCommand DescribeNamespace DescribeQueryCommand ExplainCommand
    SetCommand ResetCommand SetCatalogAndNamespace SetNamespaceCommand CreateViewCommand
"""
# Nodes of a plan that write, or start programs, wherever they stand in it.
_WRITING = re.compile(r"InsertInto|ScriptTransformation|RestoreTable|CloneTable")
_RELATION = re.compile(r"UnresolvedRelation \[`?(\w+)`?, ")
_LAYERS = frozenset(("bronze", "silver", "gold", "ops", "default", "global_temp"))
# Functions that call any static method of the JVM.
_CALLING = re.compile(r"\b(?:try_)?(?:reflect|java_method)\(")


@dataclass
class Reader:
    """A session of readers, and what it takes to keep it at what is published.

    Attributes:
        spark: the session that queries are asked in.
        ground: the session in which views are made, unguarded, with warehouse and settings.
        max_rows: rows of a result at most, where others are served; they read no files either.
    """

    ground: Ground
    max_rows: int | None
    lock: RLock = field(default_factory=RLock)
    seen: tuple[int | None, ...] = ()
    tables: list[str] = field(default_factory=list)
    spark: SparkSession = field(init=False)

    def refresh(self) -> None:
        """Make the views anew if something was published or noted since they were made."""
        with self.lock:
            now = tuple(ledger.version(self.ground.warehouse, table) for table in LEDGER)
            if now != self.seen:
                self.tables = register(self.ground.spark, self.ground.warehouse)
                self.seen = now


def open_reader(config: Config, warehouse: Warehouse, max_rows: int | None = None) -> Reader:
    """A reader of the warehouse's published tables."""
    base = build_session(config.session, home())
    ready(base)
    reader = Reader(Ground(base, warehouse, config), max_rows)
    reader.spark = _session(reader)
    reader.refresh()
    return reader


def _session(reader: Reader) -> SparkSession:
    """A session like the base's, with our parser and functions; its own new sessions have them."""
    base = reader.ground.spark
    jvm: Any = base._jvm
    extensions = jvm.org.apache.spark.sql.SparkSessionExtensions()
    jvm.io.delta.sql.DeltaSparkSessionExtension().apply(extensions)
    inject(extensions, reader.ground)
    extensions.injectParser(
        Function2(base, lambda made, parser: Parser(base, parser, _admitting(reader, made, parser)))
    )
    shared = jvm.scala.Option.apply(base._jsparkSession.sharedState())
    nothing = jvm.scala.Option.empty()
    options = base._jsparkSession.initialSessionOptions()
    session = jvm.org.apache.spark.sql.SparkSession(
        base.sparkContext._jsc.sc(), shared, nothing, extensions, options
    )
    return SparkSession(base.sparkContext, session)


def _admitting(reader: Reader, session: Any, parser: Any) -> Any:
    """From the text of a statement to its plan over what is published now, unless refused."""
    spark = reader.ground.spark
    jvm: Any = spark._jvm
    nothing = jvm.scala.Option.empty()

    def admitted(text: str) -> Any:
        reader.refresh()
        plan = parser.parsePlan(text)
        _check(spark, plan, served=reader.max_rows is not None)
        if reader.max_rows is None or is_a(spark, plan, f"{_PLANS}.Command"):
            return plan
        limited = _limited(spark, parser, plan, reader.max_rows)
        with reader.lock:  # analysed at once: no view changes under it
            tracker = jvm.org.apache.spark.sql.catalyst.QueryPlanningTracker(nothing)
            try:
                return session.sessionState().analyzer().executeAndCheck(limited, tracker)
            except AnalysisException:
                return limited  # Spark analyses it once more, and says what is wrong

    return admitted


def _check(spark: SparkSession, plan: Any, served: bool) -> None:
    """Refuse what writes, what starts programs, and, where others are served, what reads files."""
    kind, drawn = plan.getClass(), plan.treeString()
    writes = is_a(spark, plan, f"{_PLANS}.Command") or "delta" in kind.getName().lower()
    if (writes and kind.getSimpleName() not in _LOOKING.split()) or _WRITING.search(drawn):
        raise UsageError(
            "this is for reading: queries, SHOW, DESCRIBE, EXPLAIN, SET, USE, temporary views\n"
            "  tables change by papertide run, restore and quarantine --replay"
        )
    if served:
        if _CALLING.search(drawn.lower()):
            raise UsageError("not served: reflect and java_method, which call what they like")
        strange = {name for name in _RELATION.findall(drawn) if name.lower() not in _LAYERS}
        if strange:
            raise UsageError(
                f"not served: {', '.join(sorted(strange))}; the published tables are: SHOW TABLES "
                "IN silver, gold, bronze, ops"
            )


def _limited(spark: SparkSession, parser: Any, plan: Any, rows: int) -> Any:
    """The plan with an error in the place of a row too many: a cut that nobody sees is a lie."""
    told = (
        f"papertide: more than {rows:,} rows; ask for fewer (LIMIT, WHERE, GROUP BY), or raise "
        "thrift.max_rows where the server is started"
    )
    plans: Any = spark._jvm.org.apache.spark.sql.catalyst.plans.logical  # type: ignore[union-attr]
    # A limit leaves one partition, in which these ids are the places of the rows.
    fits = parser.parseExpression(
        f"if(monotonically_increasing_id() < {rows}, true, cast(raise_error({quoted(told)}) "
        "as boolean))"
    )
    return plans.Filter(fits, plans.Limit.apply(parser.parseExpression(str(rows + 1)), plan))
