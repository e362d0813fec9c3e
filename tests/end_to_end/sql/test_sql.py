"""The reader: sees what is published, knows the functions, writes nothing."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from pathlib import Path

import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from conf import load
from jobs.tables.gold import TOPICS
from pipelines.sql.functions import FUNCTIONS
from pipelines.sql.query import run_query
from pipelines.sql.questions import questions
from pipelines.sql.reader import Reader, open_reader
from storage.errors import PapertideError
from storage.warehouse import Warehouse
from tests.end_to_end.processes import PAPERTIDE

MAX_ROWS = 50
# The papers of a sample may all fit a topic, and name no references or affiliations.
MAY_BE_EMPTY = (
    "What fits no topic?",
    "Which papers are cited most?",
    "Which countries work together?",
)


@pytest.fixture(scope="module")
def served(spark: SparkSession, whole: Path) -> Reader:
    """A reader as the server has it, over a whole warehouse."""
    config = load([], [f"warehouse={whole}"], {})
    return open_reader(config, Warehouse.at(str(whole)), MAX_ROWS)


def asked(reader: Reader, query: str) -> str:
    out = io.StringIO()
    run_query(reader.spark, query, "csv", out)
    return out.getvalue()


def one(reader: Reader, query: str) -> str:
    return asked(reader, query).splitlines()[1]


pytestmark = pytest.mark.slow


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_the_example_of_every_function_gives_rows(served: Reader, function: object) -> None:
    assert len(asked(served, function.example).splitlines()) > 1  # type: ignore[attr-defined]


def test_a_text_is_embedded_as_a_paper_of_that_text(served: Reader) -> None:
    row = served.spark.sql(
        "select title, abstract, vector from silver.papers join silver.embeddings using (paper_id) "
        "where title not like '%.' and title not like '%\\'%' and abstract not like '%\\'%' "
        "order by paper_id limit 1"
    ).first()
    assert row is not None
    text = f"{row['title']}. {row['abstract']}"
    numbers = ", ".join(f"{value!r}f" for value in row["vector"])
    found = one(served, f"select cosine(embed('{text}'), array({numbers}))")
    assert float(found) == pytest.approx(1, abs=1e-6)


def test_the_topic_of_a_papers_vector_is_the_papers_topic(served: Reader) -> None:
    query = """select count(*), count_if(paper_topic(e.vector) <=> t.label)
        from silver.embeddings e join gold.paper_topics p using (paper_id)
        left join gold.topics t on t.topic_id = p.topic_id and t.is_current"""
    papers, same = one(served, query).split(",")
    assert papers == same != "0"


def test_the_share_of_a_term_in_a_month_is_that_of_its_trend(served: Reader) -> None:
    query = """select max(abs(share - term_share(term, period, last_day(period))))
        from gold.term_trends where grain = 'month' and slice = 'all' and share is not null"""
    assert float(one(served, query)) < 1e-5


def test_a_cosine_is_that_of_the_two_vectors(served: Reader) -> None:
    told = one(served, "select cosine(array(1f, 0f), array(1f, 1f)), cosine(null, array(1f)), "
                       "cosine(array(0f), array(1f))")  # fmt: skip
    assert told.split(",")[0].startswith("0.70710678")
    assert told.split(",")[1:] == ["", ""]


def test_before_it_was_published_a_table_is_not_there(served: Reader) -> None:
    with pytest.raises(PapertideError, match="was not published by 2020-01-01 23:59; it first"):
        asked(served, "select * from as_of('gold.scores', '2020-01-01')")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("insert into gold.topics select * from gold.topics", "for reading"),
        ("with t as (select 1) insert into gold.topics select * from t", "for reading"),
        ("from gold.topics insert into a select * insert into b select *", "for reading"),
        ("drop view gold.topics", "for reading"),
        ("create table t as select 1 as a", "for reading"),
        ("add jar '/tmp/a.jar'", "for reading"),
        ("select transform(label) using 'cat' as (a string) from gold.topics", "for reading"),
        ("select java_method('java.lang.System', 'exit', 0)", "no function"),
        ("select * from text.`/etc/passwd`", "no table for readers"),
        ("create temp view v as select * from text.`/etc/passwd`", "no table for readers"),
        ("with x as (select * from CSV.`/etc/passwd`) select * from x", "no table for readers"),
        ("select 1 where 1 in (select count(*) from text.`/etc/passwd`)", "no table for readers"),
        ("select embed(label) from gold.topics", "one constant text"),
        ("select cosine(array(1f))", "1 arguments; it is cosine"),
        ("select * from as_of('gold.none', '2026-01-01')", "takes the name of a table"),
        ("select * from as_of('gold.scores', 'soon')", "neither a day nor a moment"),
        ("selec 1", "Syntax error"),
        ("select nope from gold.topics", "nope"),
        ("select * from gold.term_trends", f"more than {MAX_ROWS} rows"),
    ],
)
def test_what_is_refused_is_refused_in_words(served: Reader, query: str, told: str) -> None:
    with pytest.raises(PapertideError, match=told) as refused:
        asked(served, query)
    assert "Traceback" not in str(refused.value)
    assert "\tat " not in str(refused.value)


def test_writes_of_delta_are_refused(served: Reader) -> None:
    path = served.ground.warehouse.path(TOPICS)
    before = DeltaTable(path).version()
    for query in (f"vacuum delta.`{path}`", f"optimize delta.`{path}`",
                  f"restore table delta.`{path}` to version as of 0",
                  f"delete from delta.`{path}`"):  # fmt: skip
        with pytest.raises(PapertideError, match="for reading"):
            asked(served, query)
    assert DeltaTable(path).version() == before


@pytest.mark.parametrize(
    "query",
    [
        f"select term from gold.term_trends order by term limit {MAX_ROWS}",
        "with t as (select * from gold.topics) select count(*) from t",
        "values (1), (2)",
        "show tables in gold",
        "describe gold.topics",
        "explain select 1",
    ],
)
def test_what_reads_is_answered(served: Reader, query: str) -> None:
    assert asked(served, query)


def test_a_temporary_view_lives_in_its_session_alone(served: Reader) -> None:
    asked(served, "create temp view mine as select label from gold.topics")
    assert one(served, "select count(*) from mine") != "0"
    with pytest.raises(PapertideError, match="mine"):
        run_query(served.spark.newSession(), "select * from mine", "csv", io.StringIO())


@pytest.mark.parametrize("question", questions())
def test_every_question_is_answered(served: Reader, question: str) -> None:
    try:
        lines = asked(served, questions()[question]).splitlines()
    except PapertideError as error:  # a table that no run had rows for
        assert question in MAY_BE_EMPTY and "no run has had rows for it" in str(error)
        return
    # Few papers of few weeks need have no trend.
    assert len(lines) > 1 or question in MAY_BE_EMPTY or "trend_tests" in questions()[question]


def test_there_are_twenty_questions_and_more() -> None:
    assert len(questions()) >= 20


def test_a_pipe_runs_up_to_the_first_that_fails(whole: Path) -> None:
    done = subprocess.run(
        [str(PAPERTIDE), "sql", "--set", f"warehouse={whole}", "--format", "csv"],
        input="select 1 as a; select ';' as b;\nselec 3; select 4 as d",
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout == "a\n1\nb\n;\n"
    assert "Syntax error" in done.stderr
    assert "Traceback" not in done.stderr and "\tat " not in done.stderr


def test_in_a_terminal_ctrl_c_ends_the_query_and_not_the_shell(whole: Path) -> None:
    """A real terminal: a query that would take hours is ended, and the next one is answered."""
    process, terminal = in_terminal("sql", "--set", f"warehouse={whole}")
    try:
        read_until(terminal, "papertide> ", 180)
        os.write(terminal, b"\\d gold.topics\n")
        read_until(terminal, "most telling terms", 30)
        os.write(terminal, b"q")  # whatever the pager made of it
        os.write(terminal, b"\x7f\\timing\n")
        read_until(terminal, "timing is on", 30)
        os.write(terminal, b"select count(*) from range(1000000000000) where id * id % 7 = 9;\n")
        time.sleep(6)
        os.write(terminal, b"\x03")
        read_until(terminal, "cancelled", 60)
        os.write(terminal, b"select 6 *\n7 as answer;\n")
        read_until(terminal, "42", 60)
        os.write(terminal, b"selec;\n")
        told = read_until(terminal, "Syntax error", 60)
        os.write(terminal, b"\\q\n")
        assert process.wait(timeout=60) == 0
        assert "Traceback" not in told
    finally:
        os.close(terminal)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def in_terminal(*arguments: str) -> tuple[subprocess.Popen[bytes], int]:
    """The command with a terminal for its input and output, and our end of that terminal."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))

    def take() -> None:  # so that Ctrl-C reaches it as it would reach a person's
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        [str(PAPERTIDE), *arguments], stdin=its, stdout=its, stderr=its,
        preexec_fn=take,  # noqa: PLW1509 - it takes the terminal alone
        env={**os.environ, "TERM": "dumb"},
    )  # fmt: skip
    os.close(its)
    return process, ours


def read_until(terminal: int, words: str, seconds: float) -> str:
    """What the terminal shows up to `words`."""
    shown, deadline = "", time.monotonic() + seconds
    while words not in shown:
        ready, _, _ = select.select([terminal], [], [], 1.0)
        assert time.monotonic() < deadline, shown
        if ready:
            shown += os.read(terminal, 65536).decode(errors="replace")
    return shown
