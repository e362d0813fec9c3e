"""A session at its usual work in small, so that Java can write down which classes that takes.

Run in a process of its own: `python -m pipelines.setup.training LIST` prints the class path.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.types import Row

from jobs.params import SessionSettings
from jobs.session import build_session, folder_of
from jobs.stores import S3_EXTRA
from storage.home import home


def main(listing: str) -> None:
    """Work with Java told to write the names of the classes that it loads to `listing`."""
    noted = {"spark.driver.extraJavaOptions": f"-XX:DumpLoadedClassList={listing}"}
    spark = build_session(SessionSettings(master="local[2]", spark=noted), home())
    with tempfile.TemporaryDirectory() as folder:
        work(spark, Path(folder))
    jvm: Any = spark._jvm
    # Archives are of a class path's beginning; jars of extras may be gone, or others, next time.
    extra = f"{folder_of(home(), S3_EXTRA)}{os.sep}"
    class_path = jvm.java.lang.System.getProperty("java.class.path").split(os.pathsep)
    print(os.pathsep.join(part for part in class_path if not part.startswith(extra)))
    spark.stop()


def work(spark: SparkSession, folder: Path) -> None:
    """What stages and readers do: Delta written, added to, read; joins, windows, Arrow."""
    table = str(folder / "table")
    numbers = spark.range(200).select(
        F.col("id").cast("string").alias("paper_id"),
        F.concat_ws(" ", F.lit("a title"), F.col("id")).alias("title"),
        F.expr("date_add(date'2020-01-01', cast(id % 90 as int))").alias("dated_on"),
        F.expr("sequence(1, cast(id % 5 as int) + 1)").alias("places"),
        F.expr("named_struct('name', 'a', 'score', cast(id as double))").alias("author"),
    )
    numbers.write.format("delta").save(table)
    numbers.write.format("delta").mode("append").option("txnAppId", "a").option(
        "txnVersion", "1"
    ).save(table)
    papers = spark.read.format("delta").load(table)
    papers.createOrReplaceTempView("papers")
    first = Window.partitionBy("month").orderBy("dated_on", "paper_id")
    counts = (
        papers.select(
            "paper_id",
            F.trunc("dated_on", "month").alias("month"),
            "dated_on",
            F.explode("places").alias("place"),
            "author.score",
            F.sha2(F.lower("title"), 256).alias("digest"),
            F.split("title", " ").alias("words"),
        )
        .withColumn("rank", F.row_number().over(first))
        .groupBy("month")
        .agg(
            F.count("*").alias("papers"),
            F.avg("score").alias("score"),
            F.collect_set("place").alias("places"),
            F.max_by("paper_id", "rank").alias("last"),
            F.percentile_approx("score", 0.5).alias("middle"),
        )
        .localCheckpoint()
    )
    counts.join(papers, counts["last"] == papers["paper_id"], how="left").dropDuplicates(
        ["last"]
    ).orderBy("month").collect()
    counts.join(
        F.broadcast(papers.select("paper_id")), counts["last"] == F.col("paper_id"), how="left_anti"
    ).count()
    papers.select("paper_id").mapInArrow(lambda batches: batches, "paper_id string").toPandas()
    papers.toPandas()
    spark.createDataFrame([Row(paper_id="1", n=1)]).join(
        papers, "paper_id", how="left_semi"
    ).count()
    counts.write.parquet(str(folder / "counts"))
    spark.sql(
        "select count(*), to_json(struct(max(title))) from papers where title like '%1%'"
    ).collect()
    spark.sql("describe history delta.`" + table + "`").collect()


if __name__ == "__main__":
    main(sys.argv[1])
