"""The guard: readers look at what is published, whatever they write."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from conf import load
from jobs.tables.catalog import TABLES
from jobs.tables.ops import PUBLISHED
from pipelines.sql.questions import questions
from pipelines.sql.reader import open_reader
from storage import ledger
from storage.warehouse import Warehouse

SECRET = "guarded-by-the-tide"
CALLED = "papertide.called"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A warehouse whose tables stand and are published, and hold nothing."""
    warehouse = Warehouse.at(str(tmp_path_factory.mktemp("guard") / "w"))
    for table in TABLES:
        ledger.create(warehouse, table)
    ledger.append(warehouse, PUBLISHED, [
        {"table": table.name, "sequence": 1, "version": 0, "rows": 0, "run_id": "r", "stage": "s",
         "published_at": datetime.now(UTC)}
        for table in TABLES if not table.name.startswith("ops.")
    ])  # fmt: skip
    return warehouse


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that is none of the warehouse's."""
    file = tmp_path_factory.mktemp("elsewhere") / "secret.txt"
    file.write_text(f"{SECRET}\n")
    return file


@pytest.fixture(scope="module", params=[None, 1000], ids=["alone", "served"])
def reader(request: Any, spark: SparkSession, house: Warehouse) -> SparkSession:
    """The session of `papertide sql`, and that of the Thrift server."""
    config = load([], [f"warehouse={house.root}"], {})
    return open_reader(config, house, request.param).spark


Files = dict[str, tuple[int, float]]


def _files(house: Warehouse) -> Files:
    return {
        str(file): (file.stat().st_size, file.stat().st_mtime)
        for file in Path(house.root).rglob("*")
        if file.is_file()
    }


def asked(reader: SparkSession, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in reader.sql(query).collect()]


ATTACKS = (
    "insert overwrite identifier('delta.`{w}/gold/terms`') select * from gold.terms limit 1",
    "insert into delta.`{w}/gold/topics` select * from gold.topics",
    "insert into gold.topics select * from gold.topics",
    "with t as (select 1 a) insert into gold.topics select * from t",
    "from gold.topics insert into a select * insert into b select *",
    "insert overwrite directory '{w}/x' using csv select 1",
    "insert overwrite local directory '/tmp/papertide-x' using csv select 1",
    "explain analyze table gold.topics compute statistics",
    "explain create table x using delta as select 1",
    "merge into delta.`{w}/gold/topics` t using gold.topics s on t.topic_id = s.topic_id "
    "when matched then delete",
    "update delta.`{w}/gold/topics` set label = 'x'",
    "delete from delta.`{w}/gold/topics`",
    "create table x using delta location '{w}/x' as select 1 a",
    "create or replace table default.x (a int) using csv location '{s}'",
    "create view default.x as select 1",
    "create global temporary view x as select 1",
    "create temporary view x using text options (path '{s}')",
    "create temporary function f as 'org.apache.hadoop.hive.ql.udf.UDFAbs'",
    "drop view gold.topics", "alter view gold.topics as select 1", "truncate table gold.topics",
    "vacuum delta.`{w}/gold/topics` retain 0 hours", "optimize delta.`{w}/gold/topics`",
    "restore table delta.`{w}/gold/topics` to version as of 0",
    "describe detail delta.`{w}/gold/topics`", "describe history delta.`{w}/gold/topics`",
    "generate symlink_format_manifest for table delta.`{w}/gold/topics`",
    "convert to delta parquet.`{w}/gold/topics`",
    "create table x shallow clone delta.`{w}/gold/topics`",
    "cache table x as select 1", "uncache table gold.topics", "refresh table gold.topics",
    "refresh '{s}'", "load data inpath '{s}' into table gold.topics", "add jar '{s}'",
    "add file '{s}'", "list files", "list jars", "analyze tables in gold compute statistics",
    "select transform(label) using 'cat' as (a string) from gold.topics",
    "from (select 1 a) map a using 'cat {s}' as b",
    "select * from text.`{s}`", "select * from TEXT.`{s}`", "select * from `text`.`{s}`",
    "select * from spark_catalog.text.`{s}`", "select * from csv.`{s}` version as of 1",
    "select * from gold.`{s}`", "select * from org.apache.spark.sql.text.`{s}`",
    "select * from binaryfile.`{s}`", "select * from delta.`{w}/gold/topics`",
    "select * from delta.`{w}/gold/topics@v0`", "table text.`{s}`", "from text.`{s}` select *",
    "select * from identifier('text.`{s}`')", "select * from identifier('gold' || '.topics')",
    "with x as (select * from CSV.`{s}`) select * from x",
    "with text as (select 1) select * from text.`{s}`",
    "select 1 where 1 in (select count(*) from text.`{s}`)",
    "select (select first(value) from text.`{s}`)",
    "select exists(select * from text.`{s}`)",
    "select * from gold.topics where label = any(select value from text.`{s}`)",
    "select * from gold.topics, lateral (select * from text.`{s}`)",
    "select /*+ broadcast(t) */ * from text.`{s}` t", "select * from /* x */ text . `{s}` -- y",
    "select sum(1) over w from text.`{s}` window w as (order by value)",
    "select sum(1) over w from range(1) window w as (order by (select 1 from text.`{s}`))",
    "values ((select first(value) from text.`{s}`))",
    "create temporary view v as select * from text.`{s}`",
    "describe query select * from text.`{s}`", "explain select * from text.`{s}`",
    "describe text.`{s}`", "describe delta.`{w}/gold/topics`", "show columns in text.`{s}`",
    "show create table delta.`{w}/gold/topics`", "show tblproperties delta.`{w}/gold/topics`",
    "show tables in delta", "show tables in text.`{s}`", "use delta", "use text.`{s}`",
    "show partitions delta.`{w}/gold/topics`",
    "select * from table_changes('delta.`{w}/gold/topics`', 0)",
    "select * from table_changes_by_path('{w}/gold/topics', 0)",
    "select reflect('java.lang.System', 'setProperty', '{c}', '1')",
    "select java_method('java.lang.System', 'setProperty', '{c}', '1')",
    "select try_reflect('java.lang.System', 'setProperty', '{c}', '1')",
    "select REFLECT('java.lang.System', 'setProperty', '{c}', '1')",
    "select `reflect`('java.lang.System', 'setProperty', '{c}', '1')",
    "select builtin.reflect('java.lang.System', 'setProperty', '{c}', '1')",
    "select system.builtin.reflect('java.lang.System', 'setProperty', '{c}', '1')",
    "select identifier('reflect')('java.lang.System', 'setProperty', '{c}', '1')",
    "select * from range(1) where reflect('java.lang.System', 'setProperty', '{c}', '1') = '1'",
    "select * from range(1) lateral view reflect('java.lang.System', 'setProperty', '{c}', '1') t",
    "select * from identifier('range')(1)",
    "select transform(array(1), x -> reflect('java.lang.System', 'setProperty', '{c}', '1'))",
    "set spark.sql.debug.maxToStringFields=0", "set", "set -v", "set spark.sql.runSQLOnFiles=true",
    "set spark.sql.variable.substitute=true", "set spark.hadoop.fs.s3a.secret.key",
    "set spark.sql.catalog.evil=org.apache.spark.sql.execution.datasources.v2.jdbc.JDBCTableCatalog",
    "reset spark.sql.variable.substitute", "use catalog evil", "set catalog evil",
    "select * from evil.gold.topics", "declare variable x int default 1", "set var x = 1",
    "select :name", "select ?", "select * from stream gold.topics",
    "select xpath_string('<!DOCTYPE a [<!ENTITY x SYSTEM \"file://{s}\">]><a>&x;</a>', 'a')",
)  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_more_than_looking_is_refused_in_words(
    reader: SparkSession, house: Warehouse, secret: Path, attack: str
) -> None:
    before = _files(house)
    query = attack.format(w=house.root, s=secret, c=CALLED)
    with pytest.raises(Exception) as refused:
        asked(reader, query)
    assert SECRET not in str(refused.value)
    assert _files(house) == before
    assert reader._jvm.java.lang.System.getProperty(CALLED) is None  # type: ignore[union-attr]
    told = str(refused.value)
    assert "reader" in told or "Syntax error" in told or "INVALID_SET_SYNTAX" in told, told


@pytest.mark.parametrize("question", questions())
def test_every_question_may_be_asked(reader: SparkSession, question: str) -> None:
    reader.sql(questions()[question])


@pytest.mark.parametrize(
    "query",
    [
        "with t(a) as (select 1) select /*+ broadcast(t) */ t.a, sum(a) over w from t "
        "window w as (partition by a)",
        "select transform(array(1, 2), x -> x + 1), x'ff', interval 1 day, date '2026-01-01', 1.5",
        "select * from values (1, 'a'), (2, 'b') as t(n, s) where s like 'a%' or n between 1 and 2",
        "select grouping(layer), count(distinct layer) from values ('a') t(layer) "
        "group by rollup (layer) having count(*) > 0 order by 1 nulls last",
        "select * from (select 1 a, 2 b) pivot (sum(a) for b in (1, 2))",
        "select * from (select 1 a, 2 b) unpivot (v for n in (a, b))",
        "select t.* from gold.topics t left join silver.papers p on p.paper_id = t.topic_id",
        "select * from gold.topics natural join gold.topic_lineage",
        "select * from Gold.Topics tablesample (10 percent) limit 1 offset 1",
        "select case when 1 = 1 then cast('1' as int) else try_cast('x' as int) end, 5 div 2",
        "select 1 union all select 2 intersect select 2 except select 3",
        "select explode(array(1)), named_struct('a', 1).a, map('k', 1)['k'], array(1)[0]",
        "select * from range(2) t(n) lateral view outer explode(array(n)) e as x",
        "select * from range(2) t, lateral (select t.id + 1 as more)",
        "select count(*) filter (where id > 0), percentile_cont(0.5) within group (order by id) "
        "from range(3)",
        "select 1 where exists (select 1) and 1 in (select 1) and (1, 2) in ((1, 2))",
        "select extract(year from date '2026-01-01'), trim(both 'x' from 'xax'), "
        "position('a' in 'ba'), substring('abc' from 2 for 1), current_date",
        "from gold.topics select label", "table gold.topics", "values 1, 2",
        "show tables in gold", "show tables", "show databases", "show views in gold",
        "show columns in gold.topics", "show functions like 'a*'",
        "show create table gold.topics", "describe gold.topics", "describe extended gold.topics",
        "describe gold.topics label", "describe function abs", "describe database gold",
        "describe query select 1", "explain select 1", "explain formatted select * from gold.topics",
        "use gold", "use spark_catalog.gold", "use default", "set time zone 'Europe/Lisbon'",
        "set spark.sql.ansi.enabled=true", "reset", "set spark.sql.session.timeZone=UTC",
        "select '${env:HOME}'",
    ],
)  # fmt: skip
def test_looking_is_open(reader: SparkSession, query: str) -> None:
    asked(reader, query)


def test_a_temporary_view_is_made_and_asked(reader: SparkSession) -> None:
    asked(reader, "create or replace temporary view mine as select label from gold.topics")
    assert asked(reader, "select count(*) from mine") == [(0,)]


def test_no_variable_of_the_environment_is_put_into_a_query(reader: SparkSession) -> None:
    assert asked(reader, "select '${env:PATH}', '${system:java.home}'") == [
        ("${env:PATH}", "${system:java.home}")
    ]
