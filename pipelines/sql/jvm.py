"""Functions of Python as the small interfaces of Spark's JVM that its session can be extended by.

Spark calls them while it parses and analyses a query on the driver, never a row at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from py4j.java_gateway import is_instance_of
from py4j.protocol import Py4JJavaError
from pyspark.errors.exceptions.captured import CapturedException
from pyspark.java_gateway import ensure_callback_server_started
from pyspark.sql import SparkSession

from storage.errors import PapertideError


def ready(spark: SparkSession) -> None:
    """Let the JVM call back, and errors pass through a callback as what they are."""
    gateway = spark.sparkContext._gateway
    ensure_callback_server_started(gateway)  # type: ignore[no-untyped-call]
    gateway.python_parameters.propagate_java_exceptions = True  # type: ignore[union-attr]


def forget_parses(spark: SparkSession) -> None:
    """Drop what Spark's parsers have learnt of the statements so far; they learn it again.

    They keep tens of kilobytes of each new kind of statement for good (SPARK-47404), which fills a
    server's memory. Statements that are parsed meanwhile take longer, and come out the same.
    """
    jvm: Any = spark._jvm
    parsers = jvm.org.apache.spark.sql.catalyst.parser
    for recognizer in (parsers.SqlBaseParser(None), parsers.SqlBaseLexer(None)):
        recognizer.getInterpreter().clearDFA()


class Function1:
    """`scala.Function1` by a function of one argument."""

    class Java:
        """What Py4J asks for."""

        implements = ("scala.Function1",)

    def __init__(self, spark: SparkSession, body: Callable[[Any], Any]) -> None:
        self._spark, self._body = spark, body

    def apply(self, value: Any) -> Any:
        """Called by the JVM."""
        return through(self._spark, lambda: self._body(value))


class Function2:
    """`scala.Function2` by a function of two arguments."""

    class Java:
        """What Py4J asks for."""

        implements = ("scala.Function2",)

    def __init__(self, spark: SparkSession, body: Callable[[Any, Any], Any]) -> None:
        self._spark, self._body = spark, body

    def apply(self, first: Any, second: Any) -> Any:
        """Called by the JVM."""
        return through(self._spark, lambda: self._body(first, second))


class Parser:
    """Spark's parser, but that plans of whole statements pass through `admit`."""

    class Java:
        """What Py4J asks for."""

        implements = ("org.apache.spark.sql.catalyst.parser.ParserInterface",)

    def __init__(self, spark: SparkSession, parser: Any, admit: Callable[[str], Any]) -> None:
        self._spark, self._parser, self._admit = spark, parser, admit

    def parsePlan(self, text: str) -> Any:  # noqa: N802 - the interface's name
        """Called by the JVM, as the others are."""
        return through(self._spark, lambda: self._admit(text))

    def __getattr__(self, name: str) -> Any:
        """All that is not about whole statements goes to Spark's own parser."""
        if not name.startswith("parse"):
            raise AttributeError(name)
        parse = getattr(self._parser, name)
        return lambda text: through(self._spark, lambda: parse(text))


def through(spark: SparkSession, body: Callable[[], Any]) -> Any:
    """The result of `body`; what it raises, as an exception that the JVM passes on as it is."""
    try:
        return body()
    except CapturedException as error:
        raise Py4JJavaError("", error._origin) from error
    except PapertideError as error:
        raised = spark._jvm.java.lang.IllegalArgumentException(str(error))  # type: ignore[union-attr]
        raise Py4JJavaError("", raised) from error


def is_a(spark: SparkSession, value: Any, name: str) -> bool:
    """Whether an object of the JVM is of the class `name`."""
    return bool(is_instance_of(spark.sparkContext._gateway, value, name))


def sequence(spark: SparkSession, *values: Any) -> Any:
    """A Scala sequence."""
    return spark._jvm.PythonUtils.toSeq(list(values))  # type: ignore[union-attr]


def to_list(values: Any) -> list[Any]:
    """A Scala sequence as a list."""
    return [values.apply(place) for place in range(values.size())]
