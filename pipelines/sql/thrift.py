"""The Thrift server: the reader's session for JDBC, ODBC and DB-API clients.

Every client has a session of its own, with the functions, over what is published when its statement
begins. Nobody writes, and a result has `thrift.max_rows` rows at most.
"""

from __future__ import annotations

import ipaddress
import signal
import socket
import threading
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from pyspark.sql import SparkSession

from conf import Config
from pipelines.flows import report
from pipelines.sql.guard import SETTABLE
from pipelines.sql.reader import open_reader
from pipelines.sql.wall import behind_wall
from storage.errors import PapertideError, UsageError
from storage.home import ERRORS, home
from storage.warehouse import Warehouse

_SESSIONS = Path(__file__).with_name("Sessions.java")
_AUTHENTICATION = "hive.server2.authentication"
# What is no authentication: anyone is whoever they say.
_OPEN = ("NONE", "NOSASL")


def serve(config: Config, warehouse: Warehouse, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        UsageError: without authentication it listens on this machine alone.
        PapertideError: it cannot listen at that address.
    """
    hive = config.thrift.hive
    _check(host, port, hive)
    with behind_wall(home(), [home() / ERRORS]) as folder:
        session = _session(config, hive, host, port, str(folder))
        config = config.model_copy(update={"session": session})
        reader = open_reader(config, warehouse, config.thrift.max_rows)
        jvm: Any = reader.ground.spark._jvm
        for name, value in hive.items():  # where the check of a password looks for its directory
            jvm.java.lang.System.setProperty(name, value)
        started = _start(reader.spark)
        stop = threading.Event()

        def end(number: int, frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGINT, end)
        signal.signal(signal.SIGTERM, end)
        report.say(f"serving jdbc:hive2://{host}:{port}; {len(reader.tables)} tables")
        while not stop.wait(1.0):
            pass
        started.stop()
        reader.ground.spark.stop()


def _start(spark: SparkSession) -> Any:
    """Start the server, with sessions that take no settings of clients but a few.

    As `HiveThriftServer2.startWithContext` does, whose sessions take all.
    """
    jvm: Any = spark._jvm
    hive: Any = jvm.org.apache.spark.sql.hive
    context = spark._jsparkSession.sqlContext()
    scala_context = spark.sparkContext._jsc.sc()
    server = hive.thriftserver.HiveThriftServer2(context)
    hadoop = spark._jsparkSession.sessionState().newHadoopConf()
    clients = _module("org.apache.spark.sql.hive.HiveUtils", server)
    settings = clients.newClientForExecution(scala_context.conf(), hadoop).conf()
    server.init(settings)
    (cli,) = (each for each in server.getServices() if each.getName() == "CLIService")
    reflection = _module("org.apache.spark.sql.hive.thriftserver.ReflectionUtils", server)
    reflection.setSuperField(
        cli, "sessionManager", _sessions(spark, server, cli.getSessionManager())
    )
    companion = _module(server.getClass().getName(), server)
    (listening,) = (
        method
        for method in companion.getClass().getDeclaredMethods()
        if method.getName() == "createListenerAndUI"
    )
    listening.setAccessible(True)
    listening.invoke(companion, _array(spark, server, scala_context))
    server.start()
    return server


def _sessions(spark: SparkSession, server: Any, keeper: Any) -> Any:
    """Sessions.java around Spark's sessions, compiled by the compiler that Spark brings."""
    jvm: Any = spark._jvm
    compiler = jvm.org.codehaus.janino.SimpleCompiler()
    compiler.setParentClassLoader(server.getClass().getClassLoader())
    compiler.cook(_SESSIONS.read_text(encoding="utf-8"))
    (constructor,) = compiler.getClassLoader().loadClass(_SESSIONS.stem).getConstructors()
    return constructor.newInstance(_array(spark, server, keeper, ",".join(SETTABLE)))


def _module(name: str, server: Any) -> Any:
    """A singleton object of Scala."""
    loader = server.getClass().getClassLoader()
    return loader.loadClass(f"{name}$").getField("MODULE$").get(None)


def _array(spark: SparkSession, *values: Any) -> Any:
    gateway: Any = spark.sparkContext._gateway
    array = gateway.new_array(gateway.jvm.java.lang.Object, len(values))
    for place, value in enumerate(values):
        array[place] = value
    return array


def _check(host: str, port: int, hive: Mapping[str, str]) -> None:
    if not _is_loopback(host) and hive.get(_AUTHENTICATION, "NONE").upper() in _OPEN:
        raise UsageError(
            f"thrift: {host} can be reached from elsewhere, and anyone could ask as anyone\n"
            "  LDAP: thrift.hive with hive.server2.authentication: LDAP and "
            "hive.server2.authentication.ldap.url\n  a password file: keep 127.0.0.1, and put a "
            "proxy in front (README, SQL)"
        )
    try:
        with socket.create_server((host, port)):
            pass
    except OSError as error:
        raise PapertideError(
            f"thrift: cannot listen at {host}:{port}: {error.strerror}\n  another port: --port"
        ) from error


def _is_loopback(host: str) -> bool:
    """Whether an address, or all that a name stands for, is of this machine alone."""
    try:
        addresses = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None)}
    except OSError as error:
        raise UsageError(f"thrift: no address {host}: {error.strerror}") from error
    return all(ipaddress.ip_address(address).is_loopback for address in addresses)


def _session(config: Config, hive: Mapping[str, str], host: str, port: int, folder: str) -> Any:
    """The settings of the session, with those of Hive's server; what that writes goes to `folder`.

    Hive reads them where Hadoop does.
    """
    hive_settings = {
        "hive.server2.thrift.bind.host": host,
        "hive.server2.thrift.port": str(port),
        "hive.server2.thrift.http.port": str(port),
        "hive.server2.logging.operation.enabled": "false",
        "hive.exec.scratchdir": f"{folder}/scratch",
        "hive.exec.local.scratchdir": f"{folder}/local",
        "hive.downloaded.resources.dir": f"{folder}/resources",
        "javax.jdo.option.ConnectionURL": f"jdbc:derby:memory:{Path(folder).name};create=true",
        **hive,
    }
    spark = {
        **{f"spark.hadoop.{name}": value for name, value in hive_settings.items()},
        # Its threads look for classes where the server itself was loaded from.
        "spark.driver.extraClassPath": f"{home() / 'jars'}/*",
        "spark.sql.hive.thriftServer.singleSession": "false",
        # Rows go to the client as they come, instead of all into the memory of the server first.
        "spark.sql.thriftServer.incrementalCollect": "true",
        # It asks for days in a class that Delta does not make of its statistics: max(day) fails.
        "spark.databricks.delta.optimizeMetadataQuery.enabled": "false",
        **config.session.spark,
    }
    spark["spark.driver.defaultJavaOptions"] = f"-Dderby.system.home={folder}"
    return config.session.model_copy(update={"spark": spark})
