"""The guard: what of SQL a reader may ask, by the classes of the plan that Spark's parser makes.

It looks at the parsed plan, before any name in it is resolved and any file is touched. Everything
that the plan's nodes are made of is visited, and what no list here names is refused: a new kind
of statement is closed until somebody opens it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from py4j.java_gateway import JavaObject
from pyspark.sql import SparkSession

from jobs.tables.catalog import BY_NAME
from storage.errors import UsageError

_CATALYST = "org.apache.spark.sql.catalyst."
_LAYERS = frozenset(name.split(".")[0] for name in BY_NAME)
_NAMESPACES = frozenset(((), ("default",), *((layer,) for layer in _LAYERS)))
_CATALOG = "spark_catalog"

SETTABLE = (
    "spark.sql.session.timezone",
    "spark.sql.ansi.enabled",
    "spark.sql.legacy.timeparserpolicy",
)
"""Settings (lower case) that a reader may change: how days, times and overflows are read."""

# Nodes of queries.
_QUERIES = """
    Project Filter Aggregate Sort GlobalLimit LocalLimit Offset Join LateralJoin Union Intersect
    Except Distinct JoinHint SubqueryAlias OneRowRelation UnresolvedWith WithWindowDefinition
    UnresolvedHint UnresolvedHaving Generate Pivot Unpivot Sample RepartitionByExpression
    Repartition UnresolvedRelation UnresolvedInlineTable UnresolvedTableValuedFunction
    UnresolvedTVFAliases UnresolvedSubqueryColumnAliases
"""
# Commands that look, or concern the session alone, and how they name what they look at.
_COMMANDS = """
    ShowTables ShowTableExtended ShowViews ShowColumns ShowNamespaces ShowFunctions ShowCreateTable
    ShowTableProperties DescribeRelation DescribeColumn
    DescribeFunction DescribeNamespace DescribeQueryCommand ExplainCommand SetCommand ResetCommand
    SetCatalogAndNamespace SetNamespaceCommand CreateViewCommand UnresolvedNamespace
    UnresolvedTableOrView UnresolvedTable UnresolvedView UnresolvedFunctionName UnresolvedFieldName
    UnresolvedIdentifier
"""
_EXPRESSIONS = """
    UnresolvedAttribute UnresolvedAlias UnresolvedStar UnresolvedRegex UnresolvedFunction
    UnresolvedGenerator UnresolvedExtractValue UnresolvedDeserializer UnresolvedSubqueryColumnAlias
    UnresolvedNamedLambdaVariable UnresolvedWindowExpression UnresolvedOrdinal
    UnresolvedTableArgument UnresolvedLeafNode MultiAlias
"""
_NODES = frozenset(f"{_QUERIES} {_COMMANDS} {_EXPRESSIONS}".split())
_NODE_ROOMS = (
    f"{_CATALYST}plans.logical.",
    f"{_CATALYST}analysis.",
    "org.apache.spark.sql.execution.command.",
)
# What stands in nodes and holds nothing further.
_LEAVES = (
    "java.", "scala.None$", "scala.Enumeration", "org.apache.spark.sql.types.",
    "org.apache.spark.unsafe.types.", f"{_CATALYST}AliasIdentifier",
    f"{_CATALYST}TableIdentifier", f"{_CATALYST}FunctionIdentifier",
    f"{_CATALYST}analysis.LocalTempView$", "org.apache.spark.sql.execution.ExplainMode",
    "org.apache.spark.sql.util.CaseInsensitiveStringMap",
    *(f"org.apache.spark.sql.execution.{kind}Mode$"
      for kind in ("Simple", "Extended", "Codegen", "Cost", "Formatted")),
)  # fmt: skip
# Functions that call what they like in the JVM, and those that read documents which may name files.
CLOSED = frozenset(("reflect", "java_method", "try_reflect"))
_UNNEEDED = "xpath"


class Guard:
    """What a session's readers may ask.

    Args:
        spark: a session of the JVM.
        ours: names of functions that are ours, those that give rows among them.
    """

    def __init__(self, spark: SparkSession, ours: Iterable[str]) -> None:
        jvm: Any = spark._jvm
        analysis = jvm.org.apache.spark.sql.catalyst.analysis
        registries = analysis.FunctionRegistry, analysis.TableFunctionRegistry
        self._functions = frozenset(ours) | {
            name
            for registry in registries
            for name in _names(registry.builtin().listFunction())
            if name not in CLOSED and not name.startswith(_UNNEEDED)
        }

    def check(self, plan: Any) -> None:
        """Refuse a parsed plan that is more than looking.

        Raises:
            UsageError: it writes, names what is not published, or calls what is closed.
        """
        waiting = [plan]
        while waiting:  # no recursion: how deep a plan is, its writer decides
            value = waiting.pop()
            if isinstance(value, JavaObject):
                waiting.extend(self._within(value, value.getClass().getName()))

    def _within(self, value: Any, kind: str) -> Iterable[Any]:
        """What a value holds, once it may stand in a plan itself."""
        if kind.startswith(("scala.collection.", "scala.Tuple", "scala.Some")):
            return _items(value, kind)
        if kind.startswith(_LEAVES) or _is_plain(kind):
            return ()
        if kind.startswith(f"{_CATALYST}expressions."):
            name = kind.removeprefix(f"{_CATALYST}expressions.")
            if name.startswith(("objects.", "CallMethodViaReflection")):
                raise UsageError(f"not for readers: {name}")
            return () if name == "Literal" else _product(value)
        name = kind.rpartition(".")[2]
        if not kind.startswith(_NODE_ROOMS) or name not in _NODES:
            raise UsageError(_refusal(name))
        if name in _CHECKS:
            _CHECKS[name](self, value)
        return _product(value)

    def call(self, parts: tuple[str, ...]) -> None:
        """Refuse a function that is none of Spark's open ones, nor ours."""
        if len(parts) != 1 or parts[0].lower() not in self._functions:
            raise UsageError(
                f"no function for readers: {'.'.join(parts)}; SHOW FUNCTIONS lists Spark's, "
                "papertide sql's \\df ours"
            )


def _refusal(name: str) -> str:
    if name.endswith("WithUnresolvedIdentifier"):
        return "not for readers: identifier(); write the name itself"
    if name.endswith("Parameter"):
        return "not for readers: parameter markers; write the value itself"
    return (
        f"not for readers: {name}; this is for reading: queries, SHOW, DESCRIBE, EXPLAIN, USE, "
        f"temporary views, SET of {_settings()}\n"
        "  tables change by papertide run, restore and quarantine --replay"
    )


def _is_plain(kind: str) -> bool:
    """Kinds of joins and the like: no node, and nothing in them but names."""
    return kind.startswith(f"{_CATALYST}plans.") and kind.count(".") == _CATALYST.count(".") + 1


def _items(value: Any, kind: str) -> Iterator[Any]:
    iterator = value.iterator() if kind.startswith("scala.collection.") else value.productIterator()
    while iterator.hasNext():
        yield iterator.next()


def _product(value: Any) -> Iterator[Any]:
    for place in range(value.productArity()):
        yield value.productElement(place)


def _names(identifiers: Any) -> Iterator[str]:
    for place in range(identifiers.size()):
        yield identifiers.apply(place).funcName()


def _parts(value: Any) -> tuple[str, ...]:
    return tuple(_items(value, "scala.collection."))


def _relation(guard: Guard, node: Any) -> None:
    if not node.options().isEmpty() or node.isStreaming():
        raise UsageError("not for readers: streams, and relations with options")
    _table(_parts(node.multipartIdentifier()))


def _table(parts: tuple[str, ...]) -> None:
    """A name alone is of a subquery or a temporary view; a layer holds published tables alone."""
    if len(parts) > 1 and parts[0].lower() == _CATALOG:
        parts = parts[1:]
    if len(parts) != 1 and ".".join(parts).lower() not in BY_NAME:
        raise UsageError(
            f"no table for readers: {'.'.join(parts)}; the published tables are: SHOW TABLES IN "
            f"{', '.join(sorted(_LAYERS))}"
        )


def _namespace(parts: tuple[str, ...]) -> None:
    lowered = tuple(part.lower() for part in parts)
    if lowered[:1] == (_CATALOG,):
        lowered = lowered[1:]
    if lowered not in _NAMESPACES:
        raise UsageError(
            f"no layer for readers: {'.'.join(parts)}; they are {', '.join(sorted(_LAYERS))}"
        )


def _setting(guard: Guard, node: Any) -> None:
    """SET of one setting; SET alone would list what the server was started with."""
    pair = node.kv()
    name = pair.get()._1() if pair.isDefined() else ""
    if name.lower() not in SETTABLE:
        raise UsageError(f"not for readers: SET {name}; settings for readers: {_settings()}")


def _reset(guard: Guard, node: Any) -> None:
    name = node.config()
    if name.isDefined() and name.get().lower() not in SETTABLE:
        raise UsageError(f"not for readers: RESET {name.get()}; they are {_settings()}")


def _settings() -> str:
    return ", ".join(SETTABLE)


def _view(guard: Guard, node: Any) -> None:
    if node.viewType().getClass().getSimpleName() != "LocalTempView$":
        raise UsageError("not for readers: views that others see; CREATE TEMPORARY VIEW")
    if node.name().database().isDefined():
        raise UsageError("a temporary view has a name alone")


_CHECKS: dict[str, Callable[[Guard, Any], None]] = {
    "UnresolvedRelation": _relation,
    "UnresolvedFunction": lambda guard, node: guard.call(_parts(node.nameParts())),
    "UnresolvedGenerator": lambda guard, node: guard.call(
        (node.name().unquotedString(),)  # with a database it has a dot, as no function has
    ),
    "UnresolvedTableValuedFunction": lambda guard, node: guard.call(_parts(node.name())),
    "UnresolvedNamespace": lambda guard, node: _namespace(_parts(node.multipartIdentifier())),
    "SetNamespaceCommand": lambda guard, node: _namespace(_parts(node.namespace())),
    "UnresolvedTableOrView": lambda guard, node: _table(_parts(node.multipartIdentifier())),
    "UnresolvedTable": lambda guard, node: _table(_parts(node.multipartIdentifier())),
    "UnresolvedView": lambda guard, node: _table(_parts(node.multipartIdentifier())),
    "UnresolvedIdentifier": lambda guard, node: _table(_parts(node.nameParts())),
    "UnresolvedFunctionName": lambda guard, node: guard.call(_parts(node.multipartIdentifier())),
    "SetCommand": _setting,
    "ResetCommand": _reset,
    "CreateViewCommand": _view,
}
