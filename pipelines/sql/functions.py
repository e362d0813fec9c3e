"""Functions for research questions, the same in the shell, in a single query and through Thrift.

Each is an expression or a plan of Spark's own, made when a query is analysed: `cosine` and `embed`
stay in the JVM, `paper_topic` and `term_share` work on Arrow batches with what they look up, which
settings bound, beside them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

import pyarrow.compute as pc
from pyspark.errors import PySparkException
from pyspark.rdd import PythonEvalType
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.udf import UserDefinedFunction

from conf import Config
from jobs.sql_functions import Counts, Grain, share_between, topic_of
from jobs.tables.catalog import BY_NAME
from jobs.tables.core import Table
from jobs.tables.gold import PERIOD_TOTALS, TERM_TRENDS, TOPICS
from jobs.topics.fit import TOPIC, Topic
from jobs.vectors.embed import embed_text
from pipelines.sql.jvm import Function1, sequence, to_list
from storage import ledger
from storage.errors import UsageError
from storage.home import home
from storage.models import ready_folder
from storage.warehouse import Warehouse

_GRAINS = ("day", "month")


@dataclass(frozen=True)
class Ground:
    """What the functions stand on: a session without guard, the warehouse, the settings."""

    spark: SparkSession
    warehouse: Warehouse
    config: Config


@dataclass(frozen=True)
class Function:
    """A function of SQL.

    Attributes:
        usage: how it is called; what stands before the bracket is its name.
        meaning: what it gives, in a line.
        example: a query that uses it.
        build: from expressions of Spark's JVM to one, or to a plan where it gives `rows`.
        arguments: how many it takes.
    """

    usage: str
    meaning: str
    example: str
    build: Callable[[Ground, list[Any]], Any]
    arguments: int
    rows: bool = False

    @property
    def name(self) -> str:
        """Its name."""
        return self.usage.split("(")[0]


def inject(extensions: Any, ground: Ground) -> None:
    """Add the functions to the extensions of a session that is not made yet."""
    catalyst = ground.spark._jvm.org.apache.spark.sql.catalyst  # type: ignore[union-attr]
    for function in FUNCTIONS:
        entry = ground.spark._jvm.scala.Tuple3(  # type: ignore[union-attr]
            catalyst.FunctionIdentifier(function.name),
            catalyst.expressions.ExpressionInfo("papertide", function.name),
            Function1(ground.spark, _builder(function, ground)),
        )
        if function.rows:
            extensions.injectTableFunction(entry)
        else:
            extensions.injectFunction(entry)


def _builder(function: Function, ground: Ground) -> Callable[[Any], Any]:
    def build(arguments: Any) -> Any:
        values = to_list(arguments)
        if len(values) != function.arguments:
            raise UsageError(f"{function.name}: {len(values)} arguments; it is {function.usage}")
        return function.build(ground, values)

    return build


def _embed(ground: Ground, arguments: list[Any]) -> Any:
    text = _constant(ground, arguments[0])
    if text is None:
        raise UsageError(
            "embed: takes one constant text; the vectors of papers are in silver.embeddings"
        )
    settings = ground.config.embed
    vector = embed_text(text, str(ready_folder(settings, home())), settings)
    return _parse(ground, f"from_json('{json.dumps(vector)}', 'array<float>')")


def _cosine(ground: Ground, arguments: list[Any]) -> Any:
    """As a call of Spark's own vectors: six times as fast as `aggregate(zip_with(…))`."""
    jvm: Any = ground.spark._jvm
    loader = jvm.java.lang.Thread.currentThread().getContextClassLoader()
    calls = jvm.org.apache.spark.sql.catalyst.expressions.objects
    types = jvm.org.apache.spark.sql.types
    vectors = jvm.java.lang.Class.forName("org.apache.spark.ml.linalg.Vectors", True, loader)
    vector = types.ObjectType(
        jvm.java.lang.Class.forName("org.apache.spark.ml.linalg.Vector", True, loader)
    )
    numbers = types.ObjectType(jvm.java.lang.Class.forName("[D", True, loader))
    number = types.DataType.fromJson('"double"')

    untyped, true = sequence(ground.spark), (True, True, True)

    def invoke(on: Any, name: str, gives: Any, *operands: Any) -> Any:
        return calls.Invoke(on, name, gives, sequence(ground.spark, *operands), untyped, *true)

    def static(name: str, gives: Any, *operands: Any) -> Any:
        operand_seq = sequence(ground.spark, *operands)
        return calls.StaticInvoke(vectors, gives, name, operand_seq, untyped, *true)

    def dense(values: Any) -> Any:
        doubles = _column(ground, values).cast("array<double>")._jc.expr()
        return static("dense", vector, invoke(doubles, "toDoubleArray", numbers))

    def norm(values: Any) -> Any:
        return static("norm", number, values, F.lit(2.0)._jc.expr())

    first, second = map(dense, arguments)
    product = _column(ground, invoke(first, "dot", number, second))
    lengths = _column(ground, norm(first)) * _column(ground, norm(second))
    return F.when(lengths > 0, product / lengths)._jc.expr()


def _paper_topic(ground: Ground, arguments: list[Any]) -> Any:
    version = _version(ground, TOPICS)
    topics, labels = _topics(ground.warehouse, version)
    return _arrow(ground, topic_of(topics, labels), "string", arguments)


def _term_share(ground: Ground, arguments: list[Any]) -> Any:
    versions = _version(ground, TERM_TRENDS), _version(ground, PERIOD_TOTALS)
    grains = _grains(ground.warehouse, *versions, ground.config.trends.max_periods)
    term, *days = arguments
    dates = [_column(ground, day).cast("date")._jc.expr() for day in days]
    return _arrow(ground, share_between(*grains), "double", [term, *dates])


def _as_of(ground: Ground, arguments: list[Any]) -> Any:
    name, moment = (_constant(ground, argument) for argument in arguments)
    if name not in BY_NAME or moment is None:
        raise UsageError(
            "as_of: takes the name of a table and a constant day or moment (UTC), such as "
            "as_of('gold.scores', '2026-11-24'); the tables: papertide tables"
        )
    table = BY_NAME[name]
    version = _version_at(ground.warehouse, table, _end_of(moment))
    reader = ground.spark.read.format("delta").option("versionAsOf", version)
    try:
        frame = reader.load(ground.warehouse.path(table)).select(*table.column_names)
    except PySparkException as error:
        raise UsageError(
            f"as_of: {table.name} can no longer be read at its version {version}: maintenance "
            "removes old versions (maintenance.keep_days)"
        ) from error
    return frame._jdf.queryExecution().analyzed()


def _end_of(text: str) -> datetime:
    """The moment that a text names; of a day, its end."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"as_of: {text!r} is neither a day nor a moment") from error
    if len(text) == len("2026-11-24"):
        moment += timedelta(days=1, microseconds=-1)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _version_at(warehouse: Warehouse, table: Table, moment: datetime) -> int:
    """The version of a table that readers saw at a moment."""
    history = ledger.publications(warehouse, table)
    then = [row["version"] for row in history if row["published_at"] <= moment]
    if not then:
        first = f"; it first was on {history[0]['published_at']:%Y-%m-%d %H:%M}" if history else ""
        raise UsageError(f"as_of: {table.name} was not published by {moment:%Y-%m-%d %H:%M}{first}")
    return int(then[-1])


def _version(ground: Ground, table: Table) -> int:
    publication = ledger.published(ground.warehouse).get(table.name)
    if publication is None:
        raise UsageError(f"{table.name} is not published yet: papertide run")
    return publication.version


@lru_cache(maxsize=2)
def _topics(warehouse: Warehouse, version: int) -> tuple[list[Topic], dict[str, str]]:
    """The topics in use that papers are given to, in order, and their labels."""
    data = ledger.dataset(warehouse, TOPICS, version)
    columns = ["topic_id", "label", "centroid", "threshold"]
    condition = pc.field("is_current") & (pc.field("level") == TOPIC)
    rows = data.to_table(columns=columns, filter=condition).to_pylist()
    rows.sort(key=lambda row: row["topic_id"])
    topics = [Topic(row["topic_id"], tuple(row["centroid"]), row["threshold"]) for row in rows]
    return topics, {row["topic_id"]: row["label"] for row in rows}


@lru_cache(maxsize=2)
def _grains(
    warehouse: Warehouse, terms_version: int, totals_version: int, max_periods: int
) -> tuple[Grain, Grain]:
    """Papers by day and by month: terms times periods, both of which settings bound."""
    condition = (pc.field("slice") == "all") & pc.field("grain").isin(_GRAINS)
    totals = _rows(warehouse, PERIOD_TOTALS, totals_version, ["papers"], condition)
    terms = _rows(warehouse, TERM_TRENDS, terms_version, ["term", "n"], condition)
    grains = []
    for grain in _GRAINS:
        papers = {row["period"]: row["papers"] for row in totals if row["grain"] == grain}
        having: dict[str, dict[date, int]] = {}
        for row in terms:
            if row["grain"] == grain:
                having.setdefault(row["term"], {})[row["period"]] = row["n"]
        counts = {term: Counts.of(periods) for term, periods in having.items()}
        since = min(papers) if len(papers) >= max_periods else None
        grains.append(Grain(Counts.of(papers), counts, since))
    return grains[0], grains[1]


def _rows(
    warehouse: Warehouse, table: Table, version: int, columns: Sequence[str], condition: Any
) -> list[Mapping[str, Any]]:
    data = ledger.dataset(warehouse, table, version)
    part = data.to_table(columns=["grain", "period", *columns], filter=condition)
    return part.to_pylist()  # type: ignore[no-any-return]


def _arrow(ground: Ground, body: Callable[..., Any], returns: str, arguments: Sequence[Any]) -> Any:
    udf = UserDefinedFunction(body, returns, evalType=PythonEvalType.SQL_SCALAR_PANDAS_UDF)
    return udf._judf.builder(sequence(ground.spark, *arguments))


def _constant(ground: Ground, expression: Any) -> str | None:
    """The text of a constant expression; None for a column, and for null."""
    if not expression.foldable():
        return None
    value = _column(ground, expression).cast("string")._jc.expr().eval(None)
    return None if value is None else str(value.toString())


def _column(ground: Ground, expression: Any) -> Column:
    return Column(ground.spark._jvm.org.apache.spark.sql.Column(expression))  # type: ignore[union-attr]


def _parse(ground: Ground, text: str) -> Any:
    return ground.spark._jsparkSession.sessionState().sqlParser().parseExpression(text)


FUNCTIONS: tuple[Function, ...] = (
    Function(
        "embed(text)",
        "the vector of a constant text, by the model of the papers' own",
        "select size(embed('learning from human preferences')) as numbers",
        _embed,
        1,
    ),
    Function(
        "cosine(a, b)",
        "cosine of two vectors; null where one is null or has no length",
        "select paper_id, cosine(vector, embed('language models that reason')) as likeness "
        "from silver.embeddings order by likeness desc, paper_id limit 5",
        _cosine,
        2,
    ),
    Function(
        "paper_topic(vector)",
        "label of the topic that a paper with this vector would have; null where none fits",
        "select paper_topic(embed('robots that grasp objects')) as topic",
        _paper_topic,
        1,
    ),
    Function(
        "term_share(term, from, to)",
        "share of the papers dated in these days, both included, that have the term; null for a "
        "term or days that trends do not count",
        "select term, term_share(term, min(period), max(period)) as share from gold.term_trends "
        "where grain = 'day' and slice = 'all' group by term order by share desc, term limit 5",
        _term_share,
        3,
    ),
    Function(
        "as_of(table, moment)",
        "rows of a table as readers saw them at a moment, or at the end of a day (UTC)",
        "select count(*) as papers from as_of('silver.papers', current_date())",
        _as_of,
        2,
        rows=True,
    ),
)
