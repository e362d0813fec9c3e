"""The Thrift server as a process of its own, asked by beeline and by PyHive."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyhive import hive
from TCLIService import ttypes

from pipelines.sql.questions import questions
from tests.end_to_end.processes import PAPERTIDE, beeline, call, free_port, wait_for
from tests.end_to_end.sql.test_sql import MAY_BE_EMPTY

MAX_ROWS = 200


@pytest.fixture(scope="module")
def warehouse(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole warehouse that a test of this module may write to."""
    return shutil.copytree(whole, tmp_path_factory.mktemp("written") / "warehouse")


@pytest.fixture(scope="module")
def port(warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server over a whole warehouse."""
    folder, number = tmp_path_factory.mktemp("served"), free_port()
    log = folder.parent / "thrift.log"
    with log.open("w") as told:
        process = subprocess.Popen(
            [str(PAPERTIDE), "thrift", "--port", str(number), "--set", f"warehouse={warehouse}",
             "--set", f"thrift.max_rows={MAX_ROWS}", "--set", "session.driver_memory=1g"],
            cwd=folder, stderr=told, stdout=told, start_new_session=True,
        )  # fmt: skip
    try:
        wait_for(log, "serving jdbc:hive2://")
        yield number
        assert list(folder.iterdir()) == []  # no Derby, no scratch, no warehouse of Spark's own
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def ask(port: int) -> Iterator[Any]:
    """A query's rows, in a connection of the test's own."""
    connection = hive.connect("127.0.0.1", port, username="reader")

    def asked(query: str) -> list[tuple[Any, ...]]:
        cursor = connection.cursor()
        cursor.execute(query)
        return list(cursor.fetchall())

    yield asked
    connection.close()


@pytest.mark.slow
def test_a_client_sees_tables_comments_and_functions(ask: Any) -> None:
    assert ("gold", "topics", False) in ask("show tables in gold")
    comments = {name: comment for name, _, comment in ask("describe gold.topics")}
    assert comments["label"].startswith("name, of the phrases of its papers")
    assert ask("select round(cosine(array(1f, 0f), array(1f, 1f)), 3)") == [(0.707,)]
    assert ask("select size(embed('tides'))") == [(384,)]
    (papers,) = ask("select count(*) from silver.papers")
    assert ask("select count(*) from as_of('silver.papers', current_date())") == [papers]


@pytest.mark.slow
@pytest.mark.parametrize("question", questions())
def test_every_question_is_answered(ask: Any, question: str) -> None:
    try:
        ask(questions()[question])
    except hive.OperationalError as error:  # a table that no run had rows for
        assert question in MAY_BE_EMPTY and "TABLE_OR_VIEW_NOT_FOUND" in str(error)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("insert into gold.topics select * from gold.topics", "for reading"),
        ("select * from text.`/etc/passwd`", "no table for readers"),
        ("select * from identifier('text.`/etc/passwd`')", "identifier()"),
        ("insert overwrite identifier('gold.topics') select * from gold.topics", "identifier()"),
        ("select identifier('reflect')('java.lang.System', 'exit', 0)", "identifier()"),
        ("set spark.sql.debug.maxToStringFields=0", "not for readers: SET"),
        ("select * from gold.term_trends", f"more than {MAX_ROWS} rows"),
        ("selec 1", "Syntax error"),
        ("select nope from gold.topics", "nope"),
    ],
)
def test_a_client_is_told_what_is_wrong(ask: Any, query: str, told: str) -> None:
    with pytest.raises(hive.OperationalError) as refused:
        ask(query)
    assert told in str(refused.value)
    assert ask("select 1") == [(1,)]


@pytest.mark.slow
def test_settings_of_a_client_are_not_the_servers(port: int) -> None:
    asked = {
        "set:system:papertide.told": "1", "set:hiveconf:spark.sql.variable.substitute": "true",
        "spark.sql.variable.substitute": "true", "spark.sql.runSQLOnFiles": "true",
        "set:hiveconf:spark.sql.session.timeZone": "Europe/Lisbon",
    }  # fmt: skip
    cursor = hive.connect("127.0.0.1", port, username="guest", configuration=asked).cursor()
    cursor.execute("select '${system:papertide.told}', '${env:HOME}', current_timezone()")
    told = ("${system:papertide.told}", "${env:HOME}", "Europe/Lisbon")
    assert cursor.fetchall() == [told]


@pytest.mark.slow
def test_what_a_client_asks_about_tables_and_columns_is_answered(port: int) -> None:
    connection = hive.connect("127.0.0.1", port, username="tool")
    handle, client = connection.sessionHandle, connection.client
    for answer in (
        client.GetSchemas(ttypes.TGetSchemasReq(handle)),
        client.GetTables(ttypes.TGetTablesReq(handle, schemaName="gold", tableName="%")),
        client.GetColumns(ttypes.TGetColumnsReq(handle, schemaName="gold", tableName="topics")),
        client.GetFunctions(ttypes.TGetFunctionsReq(handle, functionName="%")),
    ):
        assert answer.status.statusCode == ttypes.TStatusCode.SUCCESS_STATUS


@pytest.mark.slow
def test_clients_have_temporary_views_of_their_own(ask: Any, port: int) -> None:
    ask_there = hive.connect("127.0.0.1", port, username="other").cursor()
    cursor = hive.connect("127.0.0.1", port, username="one").cursor()
    cursor.execute("create temp view mine as select label from gold.topics")
    cursor.execute("select count(*) from mine")
    assert cursor.fetchall() != [(0,)]
    with pytest.raises(hive.OperationalError):
        ask_there.execute("select * from mine")


@pytest.mark.slow
def test_beeline_is_answered(port: int) -> None:
    query = "select count(*) as topics from gold.topics where is_current"
    done = beeline(f"jdbc:hive2://127.0.0.1:{port}", query, "-n", "reader")
    assert done.returncode == 0, done.stderr
    header, number = done.stdout.strip().splitlines()[-2:]
    assert header.endswith("topics")  # a prompt may stand before it
    assert int(number) > 0


@pytest.mark.slow
def test_what_is_published_meanwhile_is_seen_by_the_next_statement(
    ask: Any, warehouse: Path, days: Path
) -> None:
    scores = "select max(sequence) from ops.published where table = 'gold.scores'"
    runs = "select count(*) from ops.runs where state = 'done'"
    fresh = "select round(sum(recency_part), 6) from gold.scores"
    (published_before,), (runs_before,), (fresh_before,) = (
        ask(query)[0] for query in (scores, runs, fresh)
    )
    call("run", "--feed", f"papers={days}", "--set", f"warehouse={warehouse}",
         "--set", "scores.half_life_days=2")  # fmt: skip
    assert ask(runs) == [(runs_before + 1,)]
    assert ask(scores) == [(published_before + 1,)]
    (fresh_after,) = ask(fresh)[0]
    assert 0 < fresh_after < fresh_before  # papers age faster


@pytest.mark.parametrize(
    ("host", "told"), [("0.0.0.0", "can be reached from elsewhere"), ("no.such.", "no address")]
)
def test_without_authentication_it_listens_on_this_machine_alone(host: str, told: str) -> None:
    done = call("thrift", "--host", host, status=2)
    assert told in done.stderr
    assert "Traceback" not in done.stderr
