"""The session: the Java it finds, what it ships, what it leaves alone."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

import jobs
from jobs.params import SessionSettings
from jobs.session import (
    _compiled,
    build_session,
    class_archive,
    fit_to,
    java_home,
    java_version,
    jobs_zip,
)
from storage.home import home


def test_a_java_home_without_java_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert java_version(tmp_path) is None
    assert java_version(java_home()) in ("11", "17")


def test_without_jars_the_session_says_what_brings_them(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="make setup"):
        build_session(SessionSettings(), tmp_path)


_FORKS_BESIDE_IMPORTS = """
import subprocess
from importlib import import_module
from threading import Thread

from jobs.session import load_distutils

load_distutils()
beside = Thread(target=import_module, args=["pyspark.ml.image"], daemon=True)
beside.start()
while beside.is_alive():  # as PySpark starts Java: by a fork with something to do before its exec
    subprocess.run(["true"], preexec_fn=lambda: None, check=True)
"""


def test_java_starts_while_another_thread_imports() -> None:
    subprocess.run([sys.executable, "-c", _FORKS_BESIDE_IMPORTS], check=True, timeout=120)


def test_java_maps_the_classes_that_setup_made_ready(spark: SparkSession) -> None:
    jvm: Any = spark._jvm
    process = jvm.java.lang.ProcessHandle.current().pid()
    assert str(class_archive(home())) in Path(f"/proc/{process}/maps").read_text()


def test_no_jar_is_copied_to_this_process_s_own_executor(spark: SparkSession) -> None:
    jvm: Any = spark._jvm
    (folder,) = {jvm.org.apache.spark.SparkFiles.getRootDirectory()}
    assert not list(Path(folder).glob("*.jar"))
    assert "SPARK_DIST_CLASSPATH" not in os.environ


def test_workers_get_all_of_the_package() -> None:
    first = jobs_zip()
    with zipfile.ZipFile(first) as archive:
        names = set(archive.namelist())
    package = Path(jobs.__file__).parent
    assert {f"jobs/{f.relative_to(package)}" for f in package.rglob("*.py")} <= names
    assert jobs_zip() == first


def test_times_are_utc_and_no_metastore_is_made(spark: SparkSession) -> None:
    assert spark.conf.get("spark.sql.session.timeZone") == "UTC"
    assert spark.conf.get("spark.sql.catalogImplementation") == "in-memory"
    (row,) = spark.sql("select cast(timestamp'2024-01-01 23:30:00+00:00' as date) as d").collect()
    assert str(row["d"]) == "2024-01-01"


def test_queries_are_planned_for_the_records_but_for_what_a_person_set(
    spark: SparkSession,
) -> None:
    partitions, compiled = "spark.sql.shuffle.partitions", "spark.sql.codegen.wholeStage"
    before = str(spark.conf.get(partitions))
    try:
        fit_to(spark, SessionSettings(), 150_001)
        assert (spark.conf.get(partitions), spark.conf.get(compiled)) == ("8", "true")
        fit_to(spark, SessionSettings(spark={partitions: "3"}), 500_000)
        assert spark.conf.get(partitions) == "8"
        fit_to(spark, SessionSettings(), 1)
        assert (spark.conf.get(partitions), spark.conf.get(compiled)) == ("1", "false")
        fit_to(spark, SessionSettings(few_records=0), 1)
        least = str(SessionSettings().shuffle_partitions)
        assert (spark.conf.get(partitions), spark.conf.get(compiled)) == (least, "true")
    finally:
        spark.conf.set(partitions, before)


def test_java_compiles_once_what_works_on_few_records() -> None:
    settings = SessionSettings()
    once = "TieredStopAtLevel=1"
    assert once in _compiled(settings, settings.few_records)
    assert once not in _compiled(settings, settings.few_records + 1)
    assert once not in _compiled(settings, None)


def test_jars_of_an_extra_leave_the_archive_of_classes_as_it_is(tmp_path: Path) -> None:
    for folder in ("jars", "jars-s3"):
        (tmp_path / folder).mkdir()
    (tmp_path / "jars" / "a.jar").write_bytes(b"a")
    before = class_archive(tmp_path)
    (tmp_path / "jars-s3" / "b.jar").write_bytes(b"b")
    assert class_archive(tmp_path) == before
    (tmp_path / "jars" / "c.jar").write_bytes(b"c")
    assert class_archive(tmp_path) != before


def test_a_local_session_listens_on_this_machine_alone(spark: SparkSession) -> None:
    process = spark._jvm.java.lang.ProcessHandle.current().pid()  # type: ignore[union-attr]
    if not Path(f"/proc/{process}/net").exists():
        pytest.skip("no /proc to look at sockets")
    sockets = set()
    for descriptor in Path(f"/proc/{process}/fd").iterdir():
        with suppress(OSError):
            sockets.add(os.readlink(descriptor))
    listening = [
        fields[1].rpartition(":")[0]
        for name in ("tcp", "tcp6")
        for fields in map(str.split, Path(f"/proc/{process}/net/{name}").read_text().splitlines())
        if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets
    ]
    loopback = ("0100007F", "0000000000000000FFFF00000100007F", "0" * 24 + "01000000")
    assert listening and set(listening) <= set(loopback)
